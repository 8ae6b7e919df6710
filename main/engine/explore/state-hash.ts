// A 64-bit hash of the state of a machine between two ops, equal for equal states however they were
// reached. Memory is read as it is: every field of every thing that can be reached. What a task is
// doing inside its functions cannot be read, but it follows from what its ops have given it and shows in
// the ops it announces, so a task counts as the history of both.
import type { Machine } from '../core/machine';
import { KObject, type Thing } from '../core/object';
import type { Observer } from '../core/observer';
import { Task } from '../core/task';

/** Fields that say how a state was reached, or never change. */
const PASSED_OVER = new Set([
  'allocStep',
  'allocTask',
  'freeStep',
  'freeTask',
  'freeFunction',
  'rcuStep',
  'stamp',
  'missedStep',
  'step',
  'justAnswered',
  'serial',
  'fixedName',
  'full',
  'name',
  'cls',
  'lockClass',
  'mem',
  'thing',
  'member',
  'entry',
]);

function mix(h: number, w: number): number {
  let x = Math.imul(h ^ w, 0x9e3779b1);
  x ^= x >>> 15;
  return Math.imul(x, 0x85ebca77) ^ (x >>> 13);
}

/** Hash of a number of any size. */
function ofNumber(n: number): number {
  if ((n | 0) === n) return n ^ 0x5bd1e995;
  const high = Math.floor(n / 4294967296);
  return mix(n | 0, high | 0);
}

const texts = new Map<string, number>();

function ofText(s: string): number {
  let h = texts.get(s);
  if (h !== undefined) return h;
  h = 0x811c9dc5;
  for (let i = 0; i < s.length; i++) h = Math.imul(h ^ s.charCodeAt(i), 0x01000193);
  texts.set(s, h);
  return h;
}

/** Field names of each sort of thing, in the order of their declaration. */
const shapes = new Map<unknown, readonly string[]>();

function fieldsOf(o: object): readonly string[] {
  const made = o.constructor;
  if (made === Object || made === undefined) return Object.keys(o);
  let fields = shapes.get(made);
  if (fields === undefined) {
    fields = Object.keys(o).filter((k) => !PASSED_OVER.has(k));
    shapes.set(made, fields);
  }
  return fields;
}

function isThing(v: object): v is Thing {
  return 'uid' in v;
}

/** Counts the hashes taken, of all searches: a thing may be met by several. */
let stamps = 0;

/** Hashes the states of one run; an observer of it. */
export class StateHash implements Observer {
  /** The two halves of the hash last taken. */
  high = 0;
  low = 0;
  private readonly histories = new Map<number, number>();
  /** Things that have been met carry the number of the hash; those still to be hashed are listed. */
  private stamp = 0;
  private readonly todo: object[] = [];

  /** What each op of the run has replaced in `histories`, to go back by. */
  private readonly replacedKey: number[] = [];
  private readonly replaced: number[] = [];
  private ops = 0;

  /** Forget the run. */
  begin(): void {
    this.histories.clear();
    this.ops = 0;
  }

  /** Forget all ops from number `n` on; false when fewer are known. */
  goBack(n: number): boolean {
    if (n > this.ops) return false;
    while (this.ops > n) {
      this.ops--;
      this.histories.set(this.replacedKey[this.ops] as number, this.replaced[this.ops] as number);
    }
    return true;
  }

  performed(
    _m: Machine,
    t: Task,
    _kind: number,
    _object: unknown,
    _field: unknown,
    _value: unknown,
    result: unknown,
  ): void {
    const before = this.histories.get(t.key) ?? t.key;
    this.replacedKey[this.ops] = t.key;
    this.replaced[this.ops++] = before;
    this.histories.set(t.key, mix(before, this.value(result, 0)));
  }

  /** What a task says it does next shows what code between its ops has looked at. */
  announced(m: Machine, t: Task): void {
    while (m.beside.length > 0) m.beside.pop();
    let h = mix(this.histories.get(t.key) as number, t.kind);
    if (t.object !== null) h = mix(h, ofNumber(t.object.uid));
    if (t.field !== null) h = mix(h, ofText(t.field));
    if (t.value !== undefined) h = mix(h, this.value(t.value, 0));
    this.histories.set(t.key, h);
  }

  exited(m: Machine, _t: Task): void {
    while (m.beside.length > 0) m.beside.pop();
  }

  barrier(): void {}

  /** Take the hash of the machine's present state. */
  take(m: Machine): void {
    const { todo } = this;
    this.stamp = ++stamps;
    todo.length = 0;
    let high = m.settingUp ? 1 : 0;
    let low = 0;
    for (const t of m.tasks) {
      // What became of a task that has ended is in memory, or in what a checker remembers.
      if (!t.alive) continue;
      const h = mix(this.histories.get(t.key) ?? t.key, ofNumber(t.key));
      high = (high + h) | 0;
      low = (low + mix(h, 0x27d4eb2f)) | 0;
      if (t.object !== null) this.meet(t.object);
      if (typeof t.value === 'object' && t.value !== null) this.value(t.value, 0);
    }
    for (const o of m.objects) this.meet(o);
    for (const r of m.roots) this.meet(r);
    for (const [key, v] of m.extras) if (key !== 'kernel') high = mix(high, this.value(v, 0));
    for (const c of m.checkers) if (c.remembers) high = mix(high, this.value(c.remembers(), 0));
    for (const name of m.fired) high = (high + ofText(name)) | 0;
    for (const f of m.findings) {
      high = (high + ofText(f.identity)) | 0;
      low = (low + mix(ofText(f.identity), 3)) | 0;
    }
    for (let o = todo.pop(); o !== undefined; o = todo.pop()) {
      const h = mix(this.thing(o), ofNumber((o as Thing).uid));
      high = (high + h) | 0;
      low = (low + mix(h, 0x165667b1)) | 0;
    }
    this.high = high;
    this.low = low;
  }

  private meet(o: object): void {
    const thing = o as { stamp?: number };
    if (thing.stamp === this.stamp) return;
    thing.stamp = this.stamp;
    this.todo.push(o);
  }

  /** Hash of what a thing holds; things it points at are to be hashed, too. */
  private thing(o: object): number {
    if (o instanceof KObject && o.state !== 0) return ofText(o.freeFunction);
    let h = 17;
    for (const key of fieldsOf(o)) {
      h = mix(h, this.value((o as Record<string, unknown>)[key], 0));
    }
    return h;
  }

  private value(v: unknown, depth: number): number {
    switch (typeof v) {
      case 'number':
        return ofNumber(v);
      case 'string':
        return ofText(v);
      case 'boolean':
        return v ? 3 : 5;
      case 'function':
        return ofText(v.name);
      case 'object':
        return v === null ? 7 : this.object(v, depth);
      default:
        return 11;
    }
  }

  private object(o: object, depth: number): number {
    if (o instanceof Task) return mix(19, ofNumber(o.key));
    if (isThing(o)) {
      this.meet(o);
      return ofNumber(o.uid);
    }
    // Plain data inside a thing; deeper than this it is not state.
    if (depth > 5) return 13;
    let h = 23;
    if (Array.isArray(o)) {
      for (const x of o) h = mix(h, this.value(x, depth + 1));
    } else if (o instanceof Map) {
      let sum = 0;
      for (const [k, x] of o) sum = (sum + mix(this.value(k, depth), this.value(x, depth + 1))) | 0;
      h = mix(h, sum);
    } else if (o instanceof Set) {
      let sum = 0;
      for (const x of o) sum = (sum + mix(29, this.value(x, depth + 1))) | 0;
      h = mix(h, sum);
    } else {
      for (const k of fieldsOf(o)) {
        h = mix(h, this.value((o as Record<string, unknown>)[k], depth + 1));
      }
    }
    return h;
  }
}
