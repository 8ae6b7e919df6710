"""The tables of a bundle as pandas, polars and DuckDB see them: printed as JSON, one object a reader.

    python3 read_tables.py FILE.faultline events.arrow

reads every table of the bundle's evidence and the Arrow export beside it.
"""

import io
import json
import sys
import zipfile

import duckdb
import pandas
import polars
import pyarrow.ipc


def tables(bundle, export):
    with zipfile.ZipFile(bundle) as z:
        for name in sorted(z.namelist()):
            if name.endswith(".arrow"):
                yield name, z.read(name)
    with open(export, "rb") as f:
        yield "export", f.read()


def of_pandas(data):
    frame = pandas.read_feather(io.BytesIO(data))
    assert isinstance(frame, pandas.DataFrame)
    step = int(frame["step"].sum()) if "step" in frame else 0
    return {"rows": len(frame), "columns": list(frame.columns), "steps": step}


def of_polars(data):
    frame = polars.read_ipc(io.BytesIO(data))
    step = int(frame["step"].sum()) if "step" in frame.columns else 0
    return {"rows": frame.height, "columns": frame.columns, "steps": step}


def of_duckdb(data):
    arrow = pyarrow.ipc.open_file(io.BytesIO(data)).read_all()
    rows, = duckdb.query("select count(*) from arrow").fetchone()
    columns = [d[0] for d in duckdb.query("select * from arrow limit 0").description]
    step = 0
    if "step" in columns:
        step = int(duckdb.query("select sum(step) from arrow").fetchone()[0])
    return {"rows": rows, "columns": columns, "steps": step}


READERS = {"pandas": of_pandas, "polars": of_polars, "duckdb": of_duckdb}

if __name__ == "__main__":
    found = list(tables(*sys.argv[1:3]))
    print(json.dumps({r: {n: read(d) for n, d in found} for r, read in READERS.items()}))
