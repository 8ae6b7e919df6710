// A Python with pandas, polars and DuckDB, for the test that reads our tables with them. On continuous integration
// it is made; elsewhere nobody is made to fetch half a gigabyte: the one that is there is used, if it has them.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './ensure.mjs';

const PACKAGES = ['pyarrow', 'pandas', 'polars', 'duckdb'];
const HOME = join(root, 'node_modules/.faultline-readers');
/** Left behind when they could not be had, so that the next run does not wait again. */
const FAILED = join(root, 'node_modules/.faultline-no-readers');
/** How long the packages may take to arrive. */
const DOWNLOAD_MS = 300_000;

function has(python) {
  const asked = spawnSync(python, ['-c', `import ${PACKAGES.join(', ')}`], { stdio: 'ignore' });
  return asked.status === 0;
}

/** Path of a Python that has the readers, or empty. */
export function findReaders() {
  const own = join(HOME, 'bin/python3');
  const known = [process.env.FAULTLINE_PYTHON, own, 'python3'];
  const found = known.find((p) => p && has(p));
  if (found) return found;
  if (!process.env.CI || existsSync(FAILED)) return '';
  console.log('faultline: fetching pandas, polars and DuckDB for the test that reads with them …');
  const quiet = { stdio: 'ignore', timeout: DOWNLOAD_MS };
  spawnSync('python3', ['-m', 'venv', HOME], quiet);
  spawnSync(own, ['-m', 'pip', 'install', '-q', '--retries', '0', ...PACKAGES], quiet);
  if (has(own)) return own;
  writeFileSync(FAILED, '');
  return '';
}
