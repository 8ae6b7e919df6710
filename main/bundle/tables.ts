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
import type { FlowColumns, RunColumns } from '../../preload/contract/shapes';
import { checkArrow } from './arrow-check';
import { BundleError } from './error';

const EVENT_COLUMNS = [
  'time',
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
  const events: Columns = { step };
  for (const c of EVENT_COLUMNS) events[c] = run[c];
  events.deltaEnd = run.deltaStart.slice(1);
  yield ['evidence/events.arrow', arrow(events)];
  yield ['evidence/deltas.arrow', arrow(Object.fromEntries(DELTA_COLUMNS.map((c) => [c, run[c]])))];
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
    a instanceof Uint32Array ? a : Uint32Array.from(a as ArrayLike<number>);
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
  const time = narrow(event('time'), Float64Array);
  return {
    events: time.length,
    time,
    task: narrow(event('task'), Uint16Array),
    kind: narrow(event('kind'), Uint8Array),
    thing: u32(event('thing')),
    field: u32(event('field')),
    value: u32(event('value')),
    result: u32(event('result')),
    stack: u32(event('stack')),
    scriptLine: u32(event('scriptLine')),
    open: u32(event('open')),
    deltaStart: Uint32Array.from([deltaFirst, ...u32(event('deltaEnd'))]),
    deltaThing: u32(delta('deltaThing')),
    deltaField: u32(delta('deltaField')),
    deltaOld: u32(delta('deltaOld')),
    deltaNew: u32(delta('deltaNew')),
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

/** A column as it is when it has the right type already. */
function narrow<A extends Float64Array | Uint16Array | Uint8Array>(
  column: ArrayLike<unknown>,
  type: { new (n: number): A; from(a: ArrayLike<number>): A },
): A {
  return column instanceof type ? column : type.from(column as ArrayLike<number>);
}

function checked(run: RunColumns): RunColumns {
  const below = (a: ArrayLike<number>, limit: number, what: string): void => {
    for (let i = 0; i < a.length; i++) {
      if ((a[i] as number) >= limit) throw new BundleError(`${what} ${a[i]} is out of range`);
    }
  };
  below(run.task, run.tasks.length, 'a task number');
  below(run.thing, run.things.length + 1, 'an object number');
  below(run.stack, run.stacks.length, 'a stack number');
  for (const c of [run.field, run.value, run.result, run.deltaField, run.deltaOld, run.deltaNew]) {
    below(c, run.strings.length, 'a string number');
  }
  below(run.deltaThing, run.things.length + 1, 'an object number');
  below(run.deltaStart, run.deltaThing.length + 1, 'a delta number');
  for (const s of run.stacks) {
    for (let d = 0; d < s.length; d += 2)
      below([s[d] ?? 0], run.functions.length, 'a function number');
  }
  return run;
}
