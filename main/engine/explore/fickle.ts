// Events that do not always touch the same: a trylock that fails, a choice that has come to nothing, a
// step whose result decides what its task waits for next. What a reversed race will look like cannot be
// foreseen for them (`coveredUntil` in `wakeup-tree.ts`).
import { AWAIT, EMPTY, type Footprint, LACK, READ, SIGNAL, VACATE, WRITE } from '../core/footprint';
import type { EventTable } from './happens-before';
import { signatureOf } from './signature';

/** Per task and own number: what was touched first; null when it is not always the same. */
export type SavedFickle = readonly (readonly (Footprint | null)[] | null)[];

/** Stands for footprints that are not always the same. */
const FICKLE: Footprint = [];

/** Do two footprints take part in the same races? */
function sameRaces(a: Footprint, b: Footprint): boolean {
  let i = 0;
  let j = 0;
  for (;;) {
    while (i < a.length && isOrder((a[i] as number) & 15)) i++;
    while (j < b.length && isOrder((b[j] as number) & 15)) j++;
    if (i === a.length || j === b.length) return i === a.length && j === b.length;
    if (plain(a[i++] as number) !== plain(b[j++] as number)) return false;
  }
}

/** What a read has found, or a write thrown away, makes no difference to what it depends on. */
function plain(touch: number): number {
  const mode = touch & 15;
  if (mode === LACK) return touch - LACK + READ;
  return mode === EMPTY || mode === VACATE ? touch - mode + WRITE : touch;
}

/** It orders events for good, and races with nothing. */
function isOrder(mode: number): boolean {
  return mode === SIGNAL || mode === AWAIT;
}

/** What the own n-th event of each task has touched, over the executions of a search. */
export class FickleEvents {
  private readonly first: Footprint[][] = [];

  /** Event `e` has been performed. */
  note(table: EventTable, e: number): void {
    const p = table.proc[e] as number;
    let seen = this.first[p];
    if (seen === undefined) {
      seen = [];
      this.first[p] = seen;
    }
    const own = table.own[e] as number;
    const before = seen[own];
    const now = table.footprint[e] as Footprint;
    if (before === undefined) seen[own] = now;
    else if (before !== FICKLE && !sameRaces(before, now)) seen[own] = FICKLE;
  }

  /** Has the event been seen to touch different things? */
  has(table: EventTable, e: number): boolean {
    return this.first[table.proc[e] as number]?.[table.own[e] as number] === FICKLE;
  }

  /** Forget all. */
  clear(): void {
    this.first.length = 0;
  }

  /** What has been noted, as plain data. */
  save(): SavedFickle {
    return this.first.map((of) => of.map((f) => (f === FICKLE ? null : f)));
  }

  /** Go on from what was saved. */
  load(saved: SavedFickle): void {
    saved.forEach((of, p) => {
      if (of !== null) this.first[p] = of.map((f) => f ?? FICKLE);
    });
  }
}

/** Traces that have been seen, as plain data. */
export interface SavedRepeats {
  readonly watched: boolean;
  readonly seen: readonly string[];
  readonly n: number;
}

/** Where nothing could be foreseen, an execution may repeat a trace: each is counted once. */
export class Repeats {
  /** Are executions told apart? Off while none can repeat. */
  watched = false;
  /** Executions that repeated a trace. */
  n = 0;
  private readonly seen = new Set<string>();

  /** An execution is over. */
  note(table: EventTable): void {
    const signature = signatureOf(table);
    if (this.seen.has(signature)) this.n++;
    else this.seen.add(signature);
  }

  /** Forget the traces, and go on telling them apart. */
  clear(): void {
    this.n = 0;
    this.seen.clear();
  }

  save(): SavedRepeats {
    return { watched: this.watched, seen: [...this.seen], n: this.n };
  }

  /** Go on from what was saved. */
  load({ watched, seen, n }: SavedRepeats): void {
    this.watched = watched;
    this.n = n;
    for (const s of seen) this.seen.add(s);
  }
}
