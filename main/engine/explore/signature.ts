// A number for a trace, to tell traces apart by.
import type { EventClocks } from './clocks';

/**
 * The same for executions of one trace and, up to chance (2^-64), for no others: a sum over the
 * events of hashes of their vector clocks and of the answers to their fault choices.
 */
export function signatureOf(table: EventClocks): string {
  let high = 0;
  let low = 0;
  for (let e = 0; e < table.n; e++) {
    let a = mix(table.keys[table.proc[e] as number] as number, table.own[e] as number);
    for (let p = 0; p < table.keys.length; p++) {
      const n = table.clock(e, p);
      // A sum again: tasks are numbered in the order in which they were met.
      if (n > 0) a = (a + mix(table.keys[p] as number, n)) | 0;
    }
    for (const o of table.options[e] as readonly number[]) a = mix(a, o + 3);
    high = (high + mix(a, 1)) | 0;
    low = (low + mix(a, 2)) | 0;
  }
  return `${high >>> 0}.${low >>> 0}`;
}

/** One hash of two numbers. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}
