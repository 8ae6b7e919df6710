// The engine's only random source: xoshiro128**, seeded through splitmix32. Integers only, so a
// seed gives the same draws on every machine.

/** A deterministic stream of 32-bit draws. */
export class Rng {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  constructor(seed: number) {
    this.reseed(seed);
  }

  /** Restart the stream; equal seeds (taken modulo 2^32) give equal streams. */
  reseed(seed: number): void {
    // Signed 32-bit integers: larger numbers would be kept on the heap.
    let s = seed | 0;
    const next = (): number => {
      s = (s + 0x9e3779b9) | 0;
      let z = s;
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
      return z ^ (z >>> 16);
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1;
  }

  /** One draw of 32 bits, as a signed integer. */
  private draw(): number {
    const x = Math.imul(this.b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9);
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result;
  }

  /** One draw in [0, 2^32). */
  next(): number {
    return this.draw() >>> 0;
  }

  /** One draw in [0, n), for 0 < n < 2^15: the upper half of draw times n (its bias is accepted). */
  below(n: number): number {
    const x = this.draw();
    return ((x >>> 16) * n + (((x & 0xffff) * n) >>> 16)) >>> 16;
  }
}
