// The states that a search has seen.

/** Hashes of 64 bits, each with the tasks that slept there as bits, in an open table. */
export class StateSet {
  size = 0;
  private mask = (1 << 14) - 1;
  private slots = new Int32Array(3 << 14);

  private find(high: number, low: number): number {
    let i = (high ^ Math.imul(low, 0x9e3779b1)) & this.mask;
    for (;;) {
      const h = this.slots[i * 3] as number;
      const k = this.slots[i * 3 + 1] as number;
      if ((h === 0 && k === 0) || (h === high && k === low)) return i * 3;
      i = (i + 1) & this.mask;
    }
  }

  /**
   * Meet a state in which these tasks sleep. From now on those sleep there that do so whenever it is met.
   * @returns the tasks that are to be tried: bits; all ones when the state is new
   */
  meet(high: number, low: number, asleep: number): number {
    const l = low === 0 && high === 0 ? 1 : low;
    const at = this.find(high, l);
    const { slots } = this;
    if (slots[at] !== 0 || slots[at + 1] !== 0) {
      const before = slots[at + 2] as number;
      slots[at + 2] = before & asleep;
      return before & ~asleep;
    }
    slots[at] = high;
    slots[at + 1] = l;
    slots[at + 2] = asleep;
    if (++this.size * 2 > this.mask) this.grow();
    return -1;
  }

  /** Has a state been met? */
  has(high: number, low: number): boolean {
    const at = this.find(high, low === 0 && high === 0 ? 1 : low);
    return this.slots[at] !== 0 || this.slots[at + 1] !== 0;
  }

  private grow(): void {
    const old = this.slots;
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array((this.mask + 1) * 3);
    this.size = 0;
    this.addAll(old);
  }

  /** Take over hashes with their tasks, as triples. */
  addAll(triples: ArrayLike<number>): void {
    for (let i = 0; i < triples.length; i += 3) {
      const [h, l, asleep] = [triples[i], triples[i + 1], triples[i + 2]] as number[];
      if (h !== 0 || l !== 0) this.meet(h as number, l as number, asleep as number);
    }
  }

  /** Every hash with its tasks, as triples. */
  values(): number[] {
    const out: number[] = [];
    for (let i = 0; i < this.slots.length; i += 3) {
      if (this.slots[i] === 0 && this.slots[i + 1] === 0) continue;
      out.push(...this.slots.subarray(i, i + 3));
    }
    return out;
  }
}
