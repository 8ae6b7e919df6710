// Columns of unsigned numbers: growing ones, narrow ones, and ascending ones that are looked up.
import type { IndexColumn, NumberColumn } from '../../preload/contract/shapes';

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

  set(i: number, n: number): void {
    this.data[i] = n;
  }

  array(): Uint32Array {
    return this.data.slice(0, this.length);
  }
}

/**
 * Numbers keys from 0 in the order in which they are first asked for. A `Map` would do, several times slower: a run
 * has millions of changes, of a few hundred fields.
 */
export class Numbering {
  size = 0;
  /** Key + 1 by place, 0 where there is none; and the key's number. Places are a power of two. */
  private keys = new Float64Array(256);
  private numbers = new Uint32Array(256);

  /** @param key a whole number from 0, below 2^53 - 1 */
  of(key: number): number {
    const at = this.place(key);
    if (this.keys[at] !== 0) return this.numbers[at] as number;
    if (2 * this.size >= this.keys.length) {
      this.grow();
      return this.of(key);
    }
    this.keys[at] = key + 1;
    this.numbers[at] = this.size;
    return this.size++;
  }

  /** Where the key is, or would be: the first free place from where its bits point. */
  private place(key: number): number {
    const mask = this.keys.length - 1;
    const hash = Math.imul(key ^ (key >>> 16), 0x85ebca6b);
    let at = (hash ^ (hash >>> 13)) & mask;
    while (this.keys[at] !== 0 && this.keys[at] !== key + 1) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { keys, numbers } = this;
    this.keys = new Float64Array(2 * keys.length);
    this.numbers = new Uint32Array(2 * keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      if (key === 0) continue;
      const at = this.place(key - 1);
      this.keys[at] = key;
      this.numbers[at] = numbers[i] as number;
    }
  }
}

/** The greatest entry; 0 of none. */
export function greatest(column: IndexColumn): number {
  let most = 0;
  for (let i = 0; i < column.length; i++) {
    const n = column[i] as number;
    if (n > most) most = n;
  }
  return most;
}

/** Is this such a column? */
export function isIndex(value: unknown): value is IndexColumn {
  return (
    value instanceof Uint8Array || value instanceof Uint16Array || value instanceof Uint32Array
  );
}

/** The same numbers, each as wide as the greatest of them needs: less to hash, to pack and to send. */
export function slim(column: IndexColumn): IndexColumn {
  if (column instanceof Uint8Array) return column;
  const most = greatest(column);
  if (most < 0x100) return new Uint8Array(column);
  if (most < 0x10000) return column instanceof Uint16Array ? column : new Uint16Array(column);
  return column;
}

/** The same for numbers that may be anything. */
export function slimNumbers(column: NumberColumn): NumberColumn {
  if (!(column instanceof Float64Array)) return slim(column);
  const whole = new Uint32Array(column);
  for (let i = 0; i < column.length; i++) if (column[i] !== whole[i]) return column;
  return slim(whole);
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
