// A 64-bit hash of the state of a machine between two ops, equal for equal states however they were
// reached. Memory is read as it is: every field of every thing that can be reached. What a task is
// doing inside its functions cannot be read, but it follows from what its ops have given it and shows in
// the ops it announces, so a task counts as the history of both.
import type { Machine } from '../core/machine';
import { KObject, type Thing } from '../core/object';
import type { Observer } from '../core/observer';
import { current, Task } from '../core/task';
import { twice } from '../core/twice';
import {
  FALSE,
  fieldsHash,
  INTEGER,
  mix,
  mixLow,
  NOTHING,
  NULL,
  TRUE,
  type Values,
} from './fields-hash';

/** Hash of a number of any size. */
function ofNumber(n: number): number {
  if ((n | 0) === n) return n ^ INTEGER;
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

/** Tasks and ops that there is room for at first. */
const TASKS = 16;
const OPS = 256;

/** Counts the hashes taken, of all searches: a thing may be met by several. */
let stamps = 0;

/** Hashes the states of one run; an observer of it. */
export class StateHash implements Observer, Values {
  /** The two halves of the hash last taken. */
  high = 0;
  low = 0;
  /** By task id: what its ops have given it, and what it has announced. */
  private historyHigh = new Int32Array(TASKS);
  private historyLow = new Int32Array(TASKS);
  thingLow = 0;
  /** Things that have been met carry the number of the hash; those still to be hashed are listed. */
  stamp = 0;
  private readonly todo: object[] = [];
  /** Does the code of a task run, between two ops? */
  private between = false;

  /** What each op of the run has replaced in the histories, to go back by: id, high, low. */
  private replaced = new Int32Array(3 * OPS);
  private ops = 0;

  /** Forget the run. */
  begin(): void {
    this.historyHigh.fill(0);
    this.historyLow.fill(0);
    this.ops = 0;
  }

  /** Forget all ops from number `n` on; false when fewer are known. */
  goBack(n: number): boolean {
    if (n > this.ops) return false;
    const { replaced, historyHigh, historyLow } = this;
    while (this.ops > n) {
      const at = 3 * --this.ops;
      const id = replaced[at] as number;
      historyHigh[id] = replaced[at + 1] as number;
      historyLow[id] = replaced[at + 2] as number;
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
    const { id } = t;
    const at = 3 * this.ops++;
    while (id >= this.historyHigh.length) this.makeRoom();
    if (at === this.replaced.length) this.replaced = twice(this.replaced);
    this.replaced[at] = id;
    this.replaced[at + 1] = this.historyHigh[id] as number;
    this.replaced[at + 2] = this.historyLow[id] as number;
    this.remember(id, this.value(result, 0));
    this.between = true;
  }

  private makeRoom(): void {
    this.historyHigh = twice(this.historyHigh);
    this.historyLow = twice(this.historyLow);
  }

  private remember(id: number, w: number): void {
    this.historyHigh[id] = mix(this.historyHigh[id] as number, w);
    this.historyLow[id] = mixLow(this.historyLow[id] as number, w);
  }

  saw(_m: Machine, value: unknown): void {
    if (this.between) this.remember(current.task.id, this.value(value, 0));
  }

  /** What a task says it does next shows some of what code between its ops has looked at. */
  announced(m: Machine, t: Task): void {
    this.between = false;
    while (m.beside.length > 0) m.beside.pop();
    let h = t.kind;
    if (t.object !== null) h = mix(h, ofNumber(t.object.uid));
    if (t.field !== null) h = mix(h, ofText(t.field));
    if (t.value !== undefined) h = mix(h, this.value(t.value, 0));
    this.remember(t.id, h);
  }

  exited(m: Machine, _t: Task): void {
    this.between = false;
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
      // How many it has started and made gives the next ones their numbers.
      const key = mix(mix(ofNumber(t.key), t.children), t.things);
      high = (high + mix(key, this.historyHigh[t.id] ?? 0)) | 0;
      low = (low + mixLow(key, this.historyLow[t.id] ?? 0)) | 0;
      if (t.object !== null) this.meet(t.object);
      // An op may go on with what it has found: the read sections that a grace period waits for.
      if (typeof t.value === 'object' && t.value !== null) {
        const w = this.value(t.value, 0);
        high = (high + mix(key, w)) | 0;
        low = (low + mixLow(key, w)) | 0;
      }
    }
    for (const o of m.objects) this.meet(o);
    for (const r of m.roots) this.meet(r);
    let rest = 0;
    // They are made when they are needed first: which came first says how the state was reached.
    for (const [key, v] of m.extras) {
      if (key !== 'kernel') rest = (rest + mix(ofText(key), this.value(v, 0))) | 0;
    }
    for (const c of m.checkers) if (c.remembers) rest = mix(rest, this.value(c.remembers(), 0));
    high = mix(high, rest);
    low = mixLow(low, rest);
    for (const name of m.fired) high = (high + ofText(name)) | 0;
    for (const f of m.findings) {
      high = (high + ofText(f.identity)) | 0;
      low = (low + mixLow(ofText(f.identity), 3)) | 0;
    }
    for (let o = todo.pop(); o !== undefined; o = todo.pop()) {
      const uid = ofNumber((o as Thing).uid);
      high = (high + mix(uid, this.thing(o))) | 0;
      low = (low + mixLow(uid, this.thingLow)) | 0;
    }
    this.high = high;
    this.low = low;
  }

  meet(o: object): void {
    // What a task has done is in its history.
    if (o instanceof Task) return;
    const thing = o as { stamp?: number };
    if (thing.stamp === this.stamp) return;
    thing.stamp = this.stamp;
    this.todo.push(o);
  }

  /** Hash of what a thing holds; things it points at are to be hashed, too. */
  private thing(o: object): number {
    if (o instanceof KObject && o.state !== 0) {
      this.thingLow = ofText(o.freeFunction);
      return this.thingLow;
    }
    return fieldsHash(o)(this, o, 0);
  }

  value(v: unknown, depth: number): number {
    switch (typeof v) {
      case 'number':
        return ofNumber(v);
      case 'string':
        return ofText(v);
      case 'boolean':
        return v ? TRUE : FALSE;
      case 'function':
        return ofText(v.name);
      case 'object':
        return v === null ? NULL : this.object(v, depth);
      default:
        return NOTHING;
    }
  }

  private object(o: object, depth: number): number {
    const { uid } = o as Partial<Thing>;
    if (uid !== undefined) {
      if (o instanceof Task) return mix(19, ofNumber(o.key));
      this.meet(o);
      return ofNumber(uid);
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
      h = mix(h, fieldsHash(o)(this, o, depth + 1));
    }
    return h;
  }
}
