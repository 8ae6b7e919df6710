// Makes a bundle of many events for the benchmark of the interface: a recorded run, repeated, its tasks
// spread over 64. `node out/main/million.js <file> <events>` writes it, reads it back, and prints how long each
// part took. The numbers in it mean nothing; their sizes are those of a real run.
import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { readBundle, readLargeBundle } from '../../main/bundle/read';
import { writeLargeBundle } from '../../main/bundle/write';
import { Recorded } from '../../main/timeline/recorded';
import type { IndexColumn, KeptRun, RunColumns } from '../../preload/contract/shapes';

const TASKS = 64;

/** A run's columns, repeated until there are `events`. */
export function repeated(run: RunColumns, events: number): RunColumns {
  const n = run.events;
  const tile = <T extends Uint32Array | Uint16Array | Uint8Array | Float64Array>(
    column: T,
    of: (value: number, i: number) => number = (v) => v,
  ): T => {
    const out = new (column.constructor as new (n: number) => T)(events);
    for (let i = 0; i < events; i++) out[i] = of(column[i % n] as number, i);
    return out;
  };
  const rounds = Math.ceil(events / n);
  const perRound = (run.deltaStart[n] as number) - (run.deltaStart[0] as number);
  const first = run.deltaStart[0] as number;
  const deltas = (column: IndexColumn): Uint32Array => {
    const out = new Uint32Array(first + rounds * perRound);
    out.set(column.subarray(0, first));
    for (let r = 0; r < rounds; r++) {
      out.set(column.subarray(first, first + perRound), first + r * perRound);
    }
    return out;
  };
  // Values differ from round to round, or the file would be smaller than any real one.
  let seed = 1;
  const draw = (below: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 0x100000000) * below);
  };
  const values = (column: IndexColumn): Uint32Array =>
    Uint32Array.from(column, (v) => (draw(4) === 0 ? draw(run.strings.length) : v));
  const span = run.time[n - 1] as number;
  const copies = Math.floor(TASKS / run.tasks.length);
  const tasks = Array.from({ length: copies }, (_, c) =>
    run.tasks.map((t) => ({ ...t, name: `${t.name}.${c}`, bornAt: 0 })),
  ).flat();
  const start = new Uint32Array(events + 1);
  for (let i = 0; i <= events; i++) {
    const base = run.deltaStart[i % n] as number;
    start[i] = base + Math.floor(i / n) * perRound;
  }
  return {
    ...run,
    events,
    tasks,
    time: tile(run.time, (v, i) => v + Math.floor(i / n) * span),
    task: tile(
      Uint16Array.from(run.task),
      (v, i) => v + run.tasks.length * (Math.floor(i / n) % copies),
    ),
    kind: tile(run.kind),
    thing: tile(run.thing),
    field: tile(run.field),
    value: values(tile(run.value)),
    result: values(tile(run.result)),
    stack: tile(run.stack),
    scriptLine: tile(run.scriptLine),
    open: tile(run.open),
    deltaStart: start,
    deltaThing: deltas(run.deltaThing),
    deltaField: deltas(run.deltaField),
    deltaOld: values(deltas(run.deltaOld)),
    deltaNew: values(deltas(run.deltaNew)),
  };
}

const [path, count] = process.argv.slice(2) as [string, string];
const small = readBundle(readFileSync(path)).run;
const columns = repeated(small.columns, Number(count));
const last = small.findings[0];
const findings = last ? [{ ...last, step: columns.events }] : [];
// Its events are not what the script does: it is not to be taken for one that ships with the lab, and replayed.
const script = `${small.script}// repeated\n`;
const run: KeptRun = { ...small, script, title: `${count} events`, columns, findings };
const times: Record<string, number> = {};
const timed = <T>(name: string, work: () => T): T => {
  const begun = performance.now();
  const result = work();
  times[name] = Math.round(performance.now() - begun);
  return result;
};
const begun = performance.now();
const bytes = await writeLargeBundle(run, 'faultline bench');
times.save = Math.round(performance.now() - begun);
writeFileSync(path, bytes);
const opening = performance.now();
const read = (await readLargeBundle(bytes)).run;
times.open = Math.round(performance.now() - opening);
const recorded = new Recorded(read);
timed('tracks', () => recorded.tracks);
timed('flows', () => recorded.flows);
timed('state', () => recorded.inspect(columns.events));
timed('cone', () => recorded.cone(columns.events));
console.log(JSON.stringify({ events: columns.events, bytes: bytes.length, ...times }));
