// The states that a search has seen.

import { twice } from '../core/twice';

/** A state has not been met before: all tasks are to be tried. */
export const NEW = -1;

/** States that are known, each with the tasks that sleep there as bits. */
export interface States {
  readonly size: number;
  /** How often something has become known, where that is noted. */
  readonly changes: number;
  /**
   * Meet a state in which these tasks sleep. From now on those sleep there that do so whenever it is met.
   * @returns the tasks that slept there before: bits; `NEW`, all ones, when the state is
   */
  meet(high: number, low: number, asleep: number): number;
  /** Hashes with their tasks, as triples. */
  values(): Int32Array;
}

/** Hashes of 64 bits, each with the tasks that slept there as bits, in an open table. */
export class StateSet implements States {
  size = 0;
  readonly changes = 0;
  private mask: number;
  private slots: Int32Array;

  /** @param room slots at first, a power of two */
  constructor(room = 1 << 14) {
    this.mask = room - 1;
    this.slots = new Int32Array(3 * room);
  }

  private find(high: number, low: number): number {
    const { slots, mask } = this;
    let i = (high ^ Math.imul(low, 0x9e3779b1)) & mask;
    for (;;) {
      const h = slots[i * 3] as number;
      const k = slots[i * 3 + 1] as number;
      if ((h === 0 && k === 0) || (h === high && k === low)) return i * 3;
      i = (i + 1) & mask;
    }
  }

  /** The tasks that sleep in a state; `NEW` when it has not been met. */
  get(high: number, low: number): number {
    const at = this.find(high, low === 0 && high === 0 ? 1 : low);
    return this.slots[at] === 0 && this.slots[at + 1] === 0 ? NEW : (this.slots[at + 2] as number);
  }

  /** These tasks sleep in a state, whether it was met before or not. */
  put(high: number, low: number, asleep: number): void {
    const l = low === 0 && high === 0 ? 1 : low;
    const at = this.find(high, l);
    const { slots } = this;
    const isNew = slots[at] === 0 && slots[at + 1] === 0;
    slots[at] = high;
    slots[at + 1] = l;
    slots[at + 2] = asleep;
    if (isNew && ++this.size * 2 > this.mask) this.grow();
  }

  meet(high: number, low: number, asleep: number): number {
    const l = low === 0 && high === 0 ? 1 : low;
    const at = this.find(high, l);
    const { slots } = this;
    if (slots[at] !== 0 || slots[at + 1] !== 0) {
      const before = slots[at + 2] as number;
      slots[at + 2] = before & asleep;
      return before;
    }
    slots[at] = high;
    slots[at + 1] = l;
    slots[at + 2] = asleep;
    if (++this.size * 2 > this.mask) this.grow();
    return NEW;
  }

  private grow(): void {
    const old = this.slots;
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array((this.mask + 1) * 3);
    this.size = 0;
    this.putAll(old);
  }

  /** Take over hashes with their tasks, as triples. */
  putAll(triples: ArrayLike<number>): void {
    for (let i = 0; i < triples.length; i += 3) {
      const [h, l] = [triples[i] as number, triples[i + 1] as number];
      if (h !== 0 || l !== 0) this.put(h, l, triples[i + 2] as number);
    }
  }

  values(): Int32Array {
    const { slots } = this;
    const out = new Int32Array(3 * this.size);
    let n = 0;
    for (let i = 0; i < slots.length; i += 3) {
      if (slots[i] === 0 && slots[i + 1] === 0) continue;
      for (let k = 0; k < 3; k++) out[n++] = slots[i + k] as number;
    }
    return out;
  }
}

/** States on top of others, which stay as they are: those that are new, and those in which fewer tasks sleep now. */
export class StatesOnTop implements States {
  private readonly own = new StateSet(1 << 10);
  /** All that has become known, in that order: triples. */
  private log = new Int32Array(3 << 10);
  changes = 0;
  /** States that are new. */
  size = 0;

  constructor(private readonly below: StateSet) {}

  meet(high: number, low: number, asleep: number): number {
    const mine = this.own.get(high, low);
    const before = mine === NEW ? this.below.get(high, low) : mine;
    if (before === NEW) this.size++;
    else if ((before & ~asleep) === 0) return before;
    this.own.put(high, low, before & asleep);
    const at = 3 * this.changes++;
    if (at === this.log.length) this.log = twice(this.log);
    this.log[at] = high;
    this.log[at + 1] = low === 0 && high === 0 ? 1 : low;
    this.log[at + 2] = before & asleep;
    return before;
  }

  /** What has become known, in that order: of triples about the same state the last one counts. */
  values(): Int32Array {
    return this.log.slice(0, 3 * this.changes);
  }
}
