// Readers of a lock and the writers that arrive at it. A reader comes in where no writer holds the lock or waits for
// it, so that its race is with the arrival of a writer, which is a part of the step before; and who comes before one
// writer may have to come before others, too.
import { COUNT, type Footprint, READ, RELEASE, SHARE } from '../core/footprint';
import type { EventClocks } from './clocks';

function touches(t: EventClocks, e: number, touch: number): boolean {
  const f = t.footprint[e] as Footprint;
  for (let i = 0; i < f.length; i++) if (f[i] === touch) return true;
  return false;
}

/** The lock that an event shares, or -1. */
function sharedBy(t: EventClocks, e: number): number {
  const f = t.footprint[e] as Footprint;
  for (let i = 0; i < f.length; i++) {
    if (((f[i] as number) & 15) === SHARE) return (f[i] as number) >>> 4;
  }
  return -1;
}

/** The place where event `c` adds a writer and event `e` looks for writers, or -1. */
function writersAt(t: EventClocks, c: number, e: number): number {
  const f = t.footprint[c] as Footprint;
  for (let i = 0; i < f.length; i++) {
    const place = (f[i] as number) >>> 4;
    if (((f[i] as number) & 15) === COUNT && touches(t, e, place * 16 + READ)) return place;
  }
  return -1;
}

/** Is `c` the arrival of a writer at a lock that event `e` shares? */
export function isArrival(t: EventClocks, c: number, e: number): boolean {
  return sharedBy(t, e) >= 0 && writersAt(t, c, e) >= 0;
}

/** Is an event one of these, or after one of them? */
export function isAfterAny(t: EventClocks, events: readonly number[], k: number): boolean {
  for (let i = 0; i < events.length; i++) {
    const o = events[i] as number;
    if (o <= k && t.before(o, k)) return true;
  }
  return false;
}

/** Is the hold that the task of event `x` arrives at there over before event `e`, without `out` and what follows? */
function isOver(
  t: EventClocks,
  x: number,
  lock: number,
  e: number,
  out: readonly number[],
): boolean {
  for (let k = x + 1; k < e; k++) {
    if (t.proc[k] !== t.proc[x] || !touches(t, k, lock * 16 + RELEASE)) continue;
    return !isAfterAny(t, out, k);
  }
  return false;
}

/**
 * The arrivals of writers that have to be left out for reader `e` to come before `c`, which is one: those who would
 * still hold the lock or wait for it come later, too.
 * @param own what the reader cannot do without: the event before it in its task, or the one that started that
 * @returns `c` first, the others in the order in which they were found; null when it cannot be: one of them comes
 *   before `c`, and the race is with that one, or before `own`
 */
export function leftOut(t: EventClocks, c: number, e: number, own: number): number[] | null {
  const lock = sharedBy(t, e);
  const arrives = writersAt(t, c, e) * 16 + COUNT;
  const out = [c];
  for (let x = 0; x < e; x++) {
    if (!touches(t, x, arrives) || isAfterAny(t, out, x) || isOver(t, x, lock, e, out)) continue;
    if (x < c || isAfterAny(t, [x], own)) return null;
    out.push(x);
    // What was over without the others may not be over without this one.
    x = -1;
  }
  return out;
}
