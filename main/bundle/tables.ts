// A run's columns as Arrow files, and back. Internal compression off: the ZIP deflates the entry,
// and other tools read the tables as they are (`ux.md` C4).
import {
  Dictionary,
  Int32,
  makeData,
  makeVector,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { FlowColumns, IndexColumn, RunColumns } from '../../preload/contract/shapes';
import { greatest, isIndex, slim } from '../timeline/columns';
import { checkArrow } from './arrow-check';
import { BundleError } from './error';

/** Columns of numbers that stand for something: as wide in the file as they need to be. */
const EVENT_COLUMNS = [
  'task',
  'kind',
  'thing',
  'field',
  'value',
  'result',
  'stack',
  'scriptLine',
  'open',
] as const;
const DELTA_COLUMNS = ['deltaThing', 'deltaField', 'deltaOld', 'deltaNew'] as const;

type Columns = Record<string, ArrayBufferView | readonly string[]>;

function arrow(columns: Columns): Uint8Array {
  const arrays = Object.fromEntries(
    Object.entries(columns).map(([k, c]) => [
      k,
      Array.isArray(c) ? vectorFromArray(c as string[], new Utf8()) : c,
    ]),
  );
  return tableToIPC(tableFromArrays(arrays as Record<string, Uint32Array>), 'file');
}

/** The evidence tables of a run, path and bytes, made one after the other. */
export function* writeTables(run: RunColumns): Generator<[string, Uint8Array]> {
  const step = Uint32Array.from({ length: run.events }, (_, i) => i + 1);
  const events: Columns = { step, time: run.time };
  for (const c of EVENT_COLUMNS) events[c] = slim(run[c]);
  events.deltaEnd = run.deltaStart.slice(1);
  yield ['evidence/events.arrow', arrow(events)];
  yield [
    'evidence/deltas.arrow',
    arrow(Object.fromEntries(DELTA_COLUMNS.map((c) => [c, slim(run[c])]))),
  ];
  yield ['evidence/strings.arrow', arrow({ text: run.strings })];
  yield [
    'evidence/objects.arrow',
    arrow({
      name: run.things.map((t) => t.name),
      kind: run.things.map((t) => t.kind),
      container: run.things.map((t) => t.container),
    }),
  ];
  yield [
    'evidence/tracks.arrow',
    arrow({
      name: run.tasks.map((t) => t.name),
      context: run.tasks.map((t) => t.context),
      daemon: Uint8Array.from(run.tasks, (t) => (t.daemon ? 1 : 0)),
      bornAt: Uint32Array.from(run.tasks, (t) => t.bornAt),
    }),
  ];
  const flat = run.stacks.flatMap((s, id) =>
    Array.from({ length: s.length / 2 }, (_, d) => [id, s[2 * d] ?? 0, s[2 * d + 1] ?? 0]),
  );
  yield [
    'evidence/stacks.arrow',
    arrow({
      stack: Uint32Array.from(flat, (x) => x[0] ?? 0),
      function: Uint32Array.from(flat, (x) => x[1] ?? 0),
      line: Uint32Array.from(flat, (x) => x[2] ?? 0),
    }),
  ];
}

/** Arrows between steps, for other tools: a reader of ours derives them from the events. */
export function writeFlows({ from, to, kind, kinds }: FlowColumns): Uint8Array {
  const words = kinds.length > 0 ? kinds : [''];
  const dictionary = vectorFromArray([...words], new Utf8());
  const type = new Dictionary(new Utf8(), new Int32(), 0);
  const data = makeData({ type, length: kind.length, data: Int32Array.from(kind), dictionary });
  const columns = { from, to, kind: makeVector(data) };
  return tableToIPC(tableFromArrays(columns as unknown as Record<string, Uint32Array>), 'file');
}

type Reader = (path: string) => Uint8Array;

function table(read: Reader, name: string): (column: string) => ArrayLike<unknown> {
  const path = `evidence/${name}.arrow`;
  const bytes = read(path);
  checkArrow(bytes, path);
  const t = tableFromIPC(bytes);
  return (column) => {
    const c = t.getChild(column);
    if (c === null) throw new BundleError(`${path} has no column ${column}`);
    return c.toArray();
  };
}

/**
 * The columns of a bundle's evidence.
 * @param functions the functions of `vocabulary.json`
 * @throws BundleError when a table is missing, damaged, or points outside another one
 */
export function readTables(
  read: Reader,
  functions: RunColumns['functions'],
  deltaFirst: number,
  chain: readonly string[],
): RunColumns {
  try {
    return checked(assemble(read, functions, deltaFirst, chain));
  } catch (e) {
    if (e instanceof BundleError) throw e;
    throw new BundleError(`an evidence table is damaged: ${(e as Error).message}`);
  }
}

function assemble(
  read: Reader,
  functions: RunColumns['functions'],
  deltaFirst: number,
  chain: readonly string[],
): RunColumns {
  const event = table(read, 'events');
  const delta = table(read, 'deltas');
  const object = table(read, 'objects');
  const track = table(read, 'tracks');
  const stack = table(read, 'stacks');
  const u32 = (a: ArrayLike<unknown>): Uint32Array =>
    a instanceof Uint32Array ? a : new Uint32Array(a as ArrayLike<number>);
  const index = (a: ArrayLike<unknown>): IndexColumn => (isIndex(a) ? a : u32(a));
  const strings = (a: ArrayLike<unknown>): string[] => Array.from(a as ArrayLike<string>);
  const stacks: number[][] = [];
  const ids = u32(stack('stack'));
  const fns = u32(stack('function'));
  const lines = u32(stack('line'));
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] as number;
    if (id > ids.length) throw new BundleError('a stack number is out of range');
    while (stacks.length <= id) stacks.push([]);
    stacks[id]?.push(fns[i] as number, lines[i] as number);
  }
  const names = strings(object('name'));
  const kinds = strings(object('kind'));
  const containers = strings(object('container'));
  const taskNames = strings(track('name'));
  const contexts = strings(track('context'));
  const daemons = u32(track('daemon'));
  const born = u32(track('bornAt'));
  const stamps = event('time');
  const time = stamps instanceof Float64Array ? stamps : new Float64Array(stamps as number[]);
  const deltaEnd = u32(event('deltaEnd'));
  const deltaStart = new Uint32Array(deltaEnd.length + 1);
  deltaStart[0] = deltaFirst;
  deltaStart.set(deltaEnd, 1);
  return {
    events: time.length,
    time,
    task: index(event('task')),
    kind: index(event('kind')),
    thing: index(event('thing')),
    field: index(event('field')),
    value: index(event('value')),
    result: index(event('result')),
    stack: index(event('stack')),
    scriptLine: index(event('scriptLine')),
    open: index(event('open')),
    deltaStart,
    deltaThing: index(delta('deltaThing')),
    deltaField: index(delta('deltaField')),
    deltaOld: index(delta('deltaOld')),
    deltaNew: index(delta('deltaNew')),
    strings: strings(table(read, 'strings')('text')),
    things: names.map((name, i) => ({
      name,
      kind: kinds[i] ?? '',
      container: containers[i] ?? '',
    })),
    tasks: taskNames.map((name, i) => ({
      name,
      context: contexts[i] ?? '',
      daemon: daemons[i] === 1,
      bornAt: born[i] ?? 0,
    })),
    stacks,
    functions,
    chain,
  };
}

function checked(run: RunColumns): RunColumns {
  const below = (column: IndexColumn, limit: number, what: string): void => {
    // What is narrower than the limit is not looked at.
    if (2 ** (8 * column.BYTES_PER_ELEMENT) <= limit) return;
    const most = greatest(column);
    if (column.length > 0 && most >= limit)
      throw new BundleError(`${what} ${most} is out of range`);
  };
  below(run.task, run.tasks.length, 'a task number');
  below(run.thing, run.things.length + 1, 'an object number');
  below(run.stack, run.stacks.length, 'a stack number');
  for (const c of [run.field, run.value, run.result, run.deltaField, run.deltaOld, run.deltaNew]) {
    below(c, run.strings.length, 'a string number');
  }
  below(run.deltaThing, run.things.length + 1, 'an object number');
  below(run.deltaStart, run.deltaThing.length + 1, 'a delta number');
  for (let i = 1; i <= run.events; i++) {
    if ((run.deltaStart[i] as number) < (run.deltaStart[i - 1] as number))
      throw new BundleError(`deltaEnd goes back at step ${i}`);
  }
  for (const s of run.stacks) {
    for (let d = 0; d < s.length; d += 2)
      below(Uint32Array.of(s[d] ?? 0), run.functions.length, 'a function number');
  }
  return run;
}
