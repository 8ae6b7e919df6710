// Growing columns of unsigned numbers.

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
