// The identity of a run: a 128-bit rolling hash over its events (four murmur-style 32-bit lanes).
// It finds the first difference between two runs; protection against forgery is the job of the
// SHA-256 digests in the bundle, not of this hash.

/** Events per chunk of the chain: the hash is noted after each chunk (`ux.md` C3, chain.bin). */
export const CHAIN_CHUNK = 4096;

/** Rolling hash over 32-bit words. */
export class ChainHash {
  private h0 = 0x243f6a88;
  private h1 = 0x85a308d3;
  private h2 = 0x13198a2e;
  private h3 = 0x03707344;

  /** Mix one 32-bit word in. */
  word(w: number): void {
    let k = Math.imul(w | 0, 0x239b961b);
    k = (k << 15) | (k >>> 17);
    this.h0 ^= Math.imul(k, 0xab0e9789);
    this.h0 = (Math.imul((this.h0 << 19) | (this.h0 >>> 13), 5) + 0x561ccd1b) | 0;
    this.h1 ^= this.h0 + w;
    this.h1 = (Math.imul((this.h1 << 17) | (this.h1 >>> 15), 5) + 0x0bcaa747) | 0;
    this.h2 ^= Math.imul(this.h1, 0x38b34ae5);
    this.h2 = (Math.imul((this.h2 << 15) | (this.h2 >>> 17), 5) + 0x96cd1c35) | 0;
    this.h3 ^= this.h2 ^ k;
    this.h3 = (Math.imul((this.h3 << 13) | (this.h3 >>> 19), 5) + 0x32ac3b17) | 0;
  }

  /** Mix a string in: its length, then its UTF-16 units. */
  text(s: string): void {
    this.word(s.length);
    for (let i = 0; i < s.length; i++) this.word(s.charCodeAt(i));
  }

  /** The hash so far as four 32-bit words. */
  words(): [number, number, number, number] {
    return [this.h0 >>> 0, this.h1 >>> 0, this.h2 >>> 0, this.h3 >>> 0];
  }

  /** The hash so far as 32 hexadecimal digits. */
  hex(): string {
    return this.words()
      .map((w) => w.toString(16).padStart(8, '0'))
      .join('');
  }
}
