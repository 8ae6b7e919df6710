// The record path: everything a timeline needs, as columns. One row per performed op, deltas of
// simulated state both ways, and what every task would do next. Strings are interned; the search
// path never creates a recorder.
import { CHAIN_CHUNK, ChainHash } from './chain-hash';
import type { Machine } from './machine';
import type { Thing } from './object';
import type { FunctionInfo, Task } from './task';
import { functions } from './task';
import { KINDS } from './vocabulary';

const ERRNO: Record<number, string> = {
  2: 'ENOENT',
  12: 'ENOMEM',
  14: 'EFAULT',
  16: 'EBUSY',
  19: 'ENODEV',
  22: 'EINVAL',
  28: 'ENOSPC',
  29: 'ESPIPE',
  75: 'EOVERFLOW',
  95: 'EOPNOTSUPP',
};

/** A value as people read it: object names, NULL, errno names for small negative numbers. */
export function valueText(v: unknown): string {
  if (v === undefined) return '';
  if (v === null) return 'NULL';
  if (typeof v === 'number') {
    const name = v < 0 ? ERRNO[-v] : undefined;
    return name ? `-${name}` : String(v);
  }
  if (typeof v === 'object' && 'name' in v) return String((v as Thing).name);
  if (Array.isArray(v)) return `[${v.map(valueText).join(', ')}]`;
  if (typeof v === 'function') return v.name;
  if (typeof v === 'object') return partName(v);
  return String(v);
}

/** A bundle of arguments is read as the first of them that has a name. */
function partName(v: object): string {
  const part = Object.values(v).find((p) => typeof p === 'object' && p !== null && 'name' in p);
  return part === undefined ? '' : String((part as Thing).name);
}

/** A thing that appears in a recorded run. */
export interface RecordedThing {
  readonly name: string;
  /** `object`, `mutex`, `refcount`, `list`, `task`, `ring`, `device`, … */
  readonly kind: string;
  /** Name of the memory object it lives in, or empty. */
  readonly container: string;
}

export interface RecordedTask {
  readonly name: string;
  readonly context: string;
  readonly daemon: boolean;
  readonly bornAt: number;
}

/** A recorded run as columns; row i is the op performed at step i + 1. */
export interface RunTables {
  readonly events: number;
  readonly time: Float64Array;
  readonly task: Uint16Array;
  readonly kind: Uint8Array;
  /** Index into `things` + 1; 0 for none. */
  readonly thing: Uint32Array;
  /** Index into `strings`. */
  readonly field: Uint32Array;
  readonly value: Uint32Array;
  readonly result: Uint32Array;
  /** Index into `stacks`. */
  readonly stack: Uint32Array;
  readonly scriptLine: Uint32Array;
  /** Bit mask of the tasks that could have run (ids below 32). */
  readonly open: Uint32Array;
  /** Deltas of row i are entries deltaStart[i] … deltaStart[i+1]-1. */
  readonly deltaStart: Uint32Array;
  readonly deltaThing: Uint32Array;
  readonly deltaField: Uint32Array;
  readonly deltaOld: Uint32Array;
  readonly deltaNew: Uint32Array;
  readonly strings: readonly string[];
  readonly things: readonly RecordedThing[];
  readonly tasks: readonly RecordedTask[];
  /** Each stack: pairs (function id, line), innermost last. */
  readonly stacks: readonly (readonly number[])[];
  readonly functions: readonly FunctionInfo[];
  /** Chain hash after every CHAIN_CHUNK events, and after the last one. */
  readonly chain: readonly string[];
}

/** Collects a run. One recorder serves one run. */
export class Recorder {
  private readonly strings: string[] = [''];
  private readonly stringIds = new Map<string, number>([['', 0]]);
  private readonly things: RecordedThing[] = [];
  private readonly thingIds = new Map<Thing, number>();
  private readonly tasks: RecordedTask[] = [];
  private readonly stacks: number[][] = [];
  private readonly stackIds = new Map<string, number>();
  private readonly time: number[] = [];
  private readonly task: number[] = [];
  private readonly kind: number[] = [];
  private readonly thing: number[] = [];
  private readonly field: number[] = [];
  private readonly value: number[] = [];
  private readonly result: number[] = [];
  private readonly stack: number[] = [];
  private readonly scriptLine: number[] = [];
  private readonly open: number[] = [];
  private readonly deltaStart: number[] = [];
  private readonly deltaThing: number[] = [];
  private readonly deltaField: number[] = [];
  private readonly deltaOld: number[] = [];
  private readonly deltaNew: number[] = [];
  private readonly hash = new ChainHash();
  private readonly chain: string[] = [];
  private openMask = 0;
  private firstDelta = 0;
  private readonly lastNext: string[] = [];

  private str(s: string): number {
    let id = this.stringIds.get(s);
    if (id === undefined) {
      id = this.strings.length;
      this.strings.push(s);
      this.stringIds.set(s, id);
    }
    return id;
  }

  private thingId(t: Thing): number {
    let id = this.thingIds.get(t);
    if (id === undefined) {
      this.things.push({
        name: t.name,
        kind: t.thing,
        container: t.mem === null || (t.mem as Thing) === t ? '' : t.mem.name,
      });
      id = this.things.length;
      this.thingIds.set(t, id);
    }
    return id;
  }

  private stackId(t: Task): number {
    const pairs: number[] = [];
    for (let d = 0; d <= t.depth; d++) {
      pairs.push((t.frames[d] as FunctionInfo).id, t.frameLines[d] as number);
    }
    const key = pairs.join(',');
    let id = this.stackIds.get(key);
    if (id === undefined) {
      id = this.stacks.length;
      this.stacks.push(pairs);
      this.stackIds.set(key, id);
    }
    return id;
  }

  /** A task came into being. */
  taskBorn(t: Task): void {
    this.tasks.push({
      name: t.name,
      context: t.context,
      daemon: t.daemon,
      bornAt: this.kind.length,
    });
  }

  /** The runnable tasks of the decision about to be carried out. */
  decided(runnable: ArrayLike<Task>, n: number): void {
    this.openMask = 0;
    for (let i = 0; i < n; i++) {
      const id = (runnable[i] as Task).id;
      if (id < 32) this.openMask |= 1 << id;
    }
    this.firstDelta = this.deltaThing.length;
  }

  /** An op is about to be performed; deltas from here on belong to it. */
  opening(): void {
    this.firstDelta = this.deltaThing.length;
  }

  /** A piece of simulated state changed. */
  delta(thing: Thing, field: string, before: unknown, after: unknown): void {
    this.deltaThing.push(this.thingId(thing));
    this.deltaField.push(this.str(field));
    this.deltaOld.push(this.str(valueText(before)));
    this.deltaNew.push(this.str(valueText(after)));
  }

  /** An op was performed. */
  event(
    m: Machine,
    t: Task,
    kind: number,
    object: Thing | null,
    field: string | null,
    value: unknown,
    result: unknown,
  ): void {
    this.time.push(m.time);
    this.task.push(t.id);
    this.kind.push(kind);
    this.thing.push(object === null ? 0 : this.thingId(object));
    this.field.push(this.str(field ?? ''));
    this.value.push(this.str(valueText(value)));
    this.result.push(this.str(valueText(result)));
    this.stack.push(this.stackId(t));
    let line = 0;
    for (let d = t.depth; d >= 0; d--) {
      if ((t.frames[d] as FunctionInfo).script) {
        line = t.frameLines[d] as number;
        break;
      }
    }
    this.scriptLine.push(line);
    this.open.push(this.openMask >>> 0);
    this.deltaStart.push(this.firstDelta);
    this.mix(this.kind.length - 1);
  }

  /** A task said what it would do next (or ended): part of the state people look at. */
  announced(t: Task): void {
    const info = KINDS[t.kind] as (typeof KINDS)[number];
    const target = t.object === null ? '' : ` ${t.object.name}`;
    const part = t.field === null ? '' : `.${t.field}`;
    const next = t.alive ? `${info.name}${target}${part}` : '';
    const before = this.lastNext[t.id] ?? '';
    if (before === next) return;
    this.lastNext[t.id] = next;
    this.delta(t, 'next', before, next);
  }

  /** Mix row i (without its deltas) into the chain hash, by meaning and not by table index. */
  private mix(i: number): void {
    const h = this.hash;
    h.word(this.task[i] as number);
    h.word(this.kind[i] as number);
    h.word((this.time[i] as number) | 0);
    const thing = this.thing[i] as number;
    h.text(thing === 0 ? '' : (this.things[thing - 1] as RecordedThing).name);
    h.text(this.strings[this.field[i] as number] as string);
    h.text(this.strings[this.value[i] as number] as string);
    h.text(this.strings[this.result[i] as number] as string);
    h.word(this.scriptLine[i] as number);
    if ((i + 1) % CHAIN_CHUNK === 0) this.chain.push(h.hex());
  }

  /** The run is over. */
  finish(_m: Machine): void {
    const n = this.kind.length;
    if (this.chain.length * CHAIN_CHUNK < n || n === 0) this.chain.push(this.hash.hex());
  }

  /** The finished run as columns. */
  tables(): RunTables {
    const n = this.kind.length;
    const starts = Uint32Array.from([...this.deltaStart, this.deltaThing.length]);
    return {
      events: n,
      time: Float64Array.from(this.time),
      task: Uint16Array.from(this.task),
      kind: Uint8Array.from(this.kind),
      thing: Uint32Array.from(this.thing),
      field: Uint32Array.from(this.field),
      value: Uint32Array.from(this.value),
      result: Uint32Array.from(this.result),
      stack: Uint32Array.from(this.stack),
      scriptLine: Uint32Array.from(this.scriptLine),
      open: Uint32Array.from(this.open),
      deltaStart: starts,
      deltaThing: Uint32Array.from(this.deltaThing),
      deltaField: Uint32Array.from(this.deltaField),
      deltaOld: Uint32Array.from(this.deltaOld),
      deltaNew: Uint32Array.from(this.deltaNew),
      strings: this.strings,
      things: this.things,
      tasks: this.tasks,
      stacks: this.stacks,
      functions: functions().map((f) => ({ ...f })),
      chain: this.chain,
    };
  }
}
