// Columns of unsigned numbers: growing ones, and ascending ones that are looked up.

/** A list of numbers below 2^32 that becomes a typed array. */
export class Numbers {
  private data = new Uint32Array(16);
  length = 0;

  push(n: number): void {
    if (this.length === this.data.length) {
      const more = new Uint32Array(this.length * 2);
      more.set(this.data);
      this.data = more;
    }
    this.data[this.length++] = n;
  }

  at(i: number): number {
    return this.data[i] as number;
  }

  array(): Uint32Array {
    return this.data.slice(0, this.length);
  }
}

/** How many of `n` ascending entries are below a value. */
export function countBelow(at: (i: number) => number, n: number, value: number): number {
  let lo = 0;
  let hi = n;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (at(mid) < value) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
