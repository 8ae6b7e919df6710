// What an op touched, in the terms of happens-before (`explore.md` section 1). Two ops of different
// tasks are dependent when their footprints clash. A footprint is taken after the op was performed:
// a compare-and-swap that failed has only read.
//
// By default an op reads or writes its object (and field) as the vocabulary says. Primitives and
// hardware whose ops do something else say so with `footprint`, next to their performer.
import type { Machine } from './machine';
import {
  AWAIT,
  COUNT,
  DISCOUNT,
  LACK,
  LAST_BUT_ONE,
  READ,
  SHARE,
  SIGNAL,
  UNSHARE,
  WRITE,
} from './modes';
import type { Thing } from './object';
import type { Task } from './task';
import { twice } from './twice';
import { KINDS, kindId } from './vocabulary';

export * from './modes';

/** 1 at `a * 16 + b` when the two modes clash on one place. */
const CLASH = new Uint8Array(16 * 16).fill(1);
for (const [a, b] of [
  [READ, READ],
  [READ, LACK],
  [LACK, LACK],
  [LACK, SHARE],
  [LACK, UNSHARE],
  [COUNT, COUNT],
  [COUNT, DISCOUNT],
  [COUNT, LAST_BUT_ONE],
  [DISCOUNT, DISCOUNT],
  [DISCOUNT, LAST_BUT_ONE],
  [LAST_BUT_ONE, LAST_BUT_ONE],
  [SHARE, SHARE],
  [SHARE, UNSHARE],
  [UNSHARE, UNSHARE],
  [READ, SHARE],
  [READ, UNSHARE],
  [SIGNAL, SIGNAL],
  [AWAIT, AWAIT],
] as const) {
  CLASH[a * 16 + b] = 0;
  CLASH[b * 16 + a] = 0;
}

/** Do two modes clash on one place? */
export function clash(a: number, b: number): boolean {
  return CLASH[a * 16 + b] === 1;
}

/** Touches as integers: place * 16 + mode. */
export type Footprint = readonly number[];

/** The clashes of an op that is put off with ops that are performed before it instead. */
const DELAYS = CLASH.slice();
for (const mode of [DISCOUNT, LAST_BUT_ONE]) DELAYS[mode * 16 + LAST_BUT_ONE] = 1;

/**
 * Is an op that could have been performed first dependent on one that is performed instead? Beyond
 * what their places say, a reference that was not the last is the last after others were dropped.
 * @param a footprint of the op that is put off
 * @param b footprint of the op that was performed
 */
export function dependent(a: Footprint, b: Footprint): boolean {
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    for (let j = 0; j < b.length; j++) {
      const y = b[j] as number;
      if (x >>> 4 === y >>> 4 && DELAYS[(x & 15) * 16 + (y & 15)] === 1) return true;
    }
  }
  return false;
}

/** Says what an op touched. */
export type Toucher = (
  f: Footprints,
  m: Machine,
  t: Task,
  object: Thing,
  field: string | null,
  value: unknown,
  result: unknown,
) => void;

const touchers: (Toucher | null)[] = KINDS.map(() => null);
/** Kinds whose announcement is seen by others before they are performed. */
const arrivals: ((f: Footprints, object: Thing) => void)[] = [];
const defaults = KINDS.map((k) => (k.access === 'none' ? -1 : k.access === 'r' ? READ : WRITE));

/** Say what ops of a kind touch; each primitive does this once, when it is loaded. */
export function footprint(name: string, touch: Toucher): void {
  touchers[kindId(name)] = touch;
}

/** Say what a task touches by beginning to wait in an op of this kind. */
export function arrival(name: string, touch: (f: Footprints, object: Thing) => void): void {
  arrivals[kindId(name)] = touch;
}

const LIFE = 'life';
/** The field that stands for all of a thing. */
const ALL = '*';
const EVERYTHING = -2e12;
/** All there is in memory and hardware, without what scripts keep for themselves. */
const STATE = EVERYTHING - 1;
/** A thing that stands for all there is: for `Machine.looks` where nobody can say what is read. */
export const ANYTHING = { uid: EVERYTHING };
/** Field numbers that fit below an object's number. */
const FIELD_LIMIT = 2048;
/** Places that footprints as 32-bit integers can tell apart. */
const PLACE_LIMIT = 1 << 27;

/** What ops have been seen to look at without saying what it is: footprints are larger for that. */
export interface Knowledge {
  readonly looksAtAll: boolean;
  readonly looksAtState: boolean;
  readonly watched: readonly number[];
}

/** The places of a search, as plain data. */
export interface SavedFootprints extends Knowledge {
  readonly fields: readonly string[];
  readonly places: readonly number[];
}

/** Numbers the places of one search. Small integers, the same place for every run. */
export class Footprints {
  private readonly fields = new Map<string, number>([
    ['', 0],
    [LIFE, 1],
  ]);
  /** By field: the places by the number of their thing. */
  private readonly places: Map<number, number>[] = [new Map(), new Map()];
  /** What each place is, as thing * FIELD_LIMIT + field. */
  private readonly keys: number[] = [];
  /** The footprint being taken: the first `n` entries. */
  touches = new Int32Array(64);
  n = 0;
  /** Has any op looked at who knows what? Then every op touches `EVERYTHING`. */
  private looksAtAll = false;
  /** Has any op looked at who knows what of the simulated state? Then whatever changes something touches `STATE`. */
  private looksAtState = false;
  /** Things that ops have looked at as a whole: what changes a part of one touches all of it, too. */
  private readonly watched = new Set<number>();
  private watches = false;
  /** Treat references taken and dropped as commuting while the count cannot reach 0. */
  commutingCounts = false;
  /** Places of counts for which a run has shown that they could reach 0 in another order. */
  readonly plainCounts = new Set<number>();

  /** Number of the place `field` of the thing with this uid. */
  place(uid: number, field: string): number {
    const f = field === '' ? 0 : field === LIFE ? 1 : this.fieldNumber(field);
    const known = (this.places[f] as Map<number, number>).get(uid);
    return known ?? this.newPlace(uid, f);
  }

  private fieldNumber(field: string): number {
    const known = this.fields.get(field);
    if (known !== undefined) return known;
    const f = this.fields.size;
    if (f >= FIELD_LIMIT) throw new Error(`more than ${FIELD_LIMIT} names of fields`);
    this.fields.set(field, f);
    this.places.push(new Map());
    return f;
  }

  private newPlace(uid: number, f: number): number {
    const p = this.keys.length;
    if (p >= PLACE_LIMIT) throw new Error('too many places');
    this.keys.push(uid * FIELD_LIMIT + f);
    (this.places[f] as Map<number, number>).set(uid, p);
    return p;
  }

  /** Add a touch to the footprint being taken. */
  touch(uid: number, field: string, mode: number): void {
    this.add(this.place(uid, field) * 16 + mode);
    if (this.watches && mode !== READ && mode !== LACK) this.change(uid);
  }

  /** Something of a thing changes. */
  private change(uid: number): void {
    if (uid <= EVERYTHING) return;
    if (this.looksAtState) this.addOnce(this.place(STATE, '') * 16 + COUNT);
    if (this.watched.has(uid)) this.addOnce(this.place(uid, ALL) * 16 + COUNT);
  }

  private addOnce(touch: number): void {
    for (let i = 0; i < this.n; i++) if (this.touches[i] === touch) return;
    this.add(touch);
  }

  /**
   * How much of what ops look at is known: it only grows. Where it has grown, footprints that were taken before are too
   * small.
   */
  get learnt(): number {
    return this.watched.size + Number(this.looksAtState) + 2 * Number(this.looksAtAll);
  }

  private add(touch: number): void {
    if (this.n === this.touches.length) this.touches = twice(this.touches);
    this.touches[this.n++] = touch;
  }

  /** What the count of the reference in the footprint just taken has come to; -1 where there is none. */
  counted = -1;

  /** A reference was taken or dropped, which left a count above 0: does that commute? */
  count(uid: number, dropped: boolean, left: number): void {
    const place = this.place(uid, '');
    const commutes = this.commutingCounts && !this.plainCounts.has(place);
    const mode = dropped ? (left === 1 ? LAST_BUT_ONE : DISCOUNT) : COUNT;
    this.add(place * 16 + (commutes ? mode : WRITE));
    if (this.watches) this.change(uid);
    this.counted = left;
  }

  /** The op may have looked at anything, at what a script keeps for itself, too. */
  everything(): void {
    this.looksAtAll = true;
    this.touch(EVERYTHING, '', READ);
  }

  /** The op may have looked at anything in memory and hardware. */
  state(): void {
    this.looksAtState = true;
    this.watches = true;
    this.touch(STATE, '', READ);
  }

  /** The op has looked at a thing, whichever part of it, but not at those that are things themselves. */
  whole({ uid, mem }: Thing): void {
    this.watched.add(uid);
    this.watches = true;
    if (mem !== null) this.touch(mem.uid, LIFE, READ);
    this.touch(uid, ALL, READ);
  }

  /**
   * Begin the footprint of the op just performed. What it leads to belongs to it, too (`arrive`, `end`);
   * `taken` gives it.
   */
  begin(
    m: Machine,
    t: Task,
    kind: number,
    object: Thing | null,
    field: string | null,
    value: unknown,
    result: unknown,
  ): void {
    this.n = 0;
    this.counted = -1;
    if (object !== null) {
      const { mem } = object;
      const touch = touchers[kind] as Toucher | null;
      if (mem !== null) this.touch(mem.uid, LIFE, READ);
      if (touch !== null) touch(this, m, t, object, field, value, result);
      else if ((defaults[kind] as number) >= 0) {
        this.touch(object.uid, field ?? '', defaults[kind] as number);
      }
    } else {
      const touch = touchers[kind] as Toucher | null;
      if (touch !== null) touch(this, m, t, t, field, value, result);
    }
    if (m.beside.length > 0) this.drain(m);
    if (this.looksAtAll) this.touch(EVERYTHING, '', COUNT);
  }

  /** Task `t` touches something by waiting in the op it has announced. */
  arrive(m: Machine, t: Task): void {
    const touch = arrivals[t.kind];
    if (touch !== undefined && t.object !== null) touch(this, t.object);
    if (m.beside.length > 0) this.drain(m);
  }

  /** Task `t` has ended, which those who join it wait for. */
  end(m: Machine, t: Task): void {
    if (m.beside.length > 0) this.drain(m);
    this.touch(t.uid, 'ended', SIGNAL);
  }

  /** The footprint that was begun last, in an array of its own and no longer than it must be. */
  taken(): Footprint {
    const { touches: t, n } = this;
    // Most are that small: an array that is written out has the length that it needs.
    if (n === 1) return [t[0] as number];
    if (n === 2) return [t[0] as number, t[1] as number];
    if (n === 3) return [t[0] as number, t[1] as number, t[2] as number];
    if (n === 4) return [t[0] as number, t[1] as number, t[2] as number, t[3] as number];
    const out: number[] = [];
    for (let i = 0; i < n; i++) out.push(t[i] as number);
    return out;
  }

  /** What the step touched beside what its op names. */
  private drain(m: Machine): void {
    const { beside } = m;
    for (let i = 0; i < beside.length; i += 3) {
      if (beside[i] === EVERYTHING) this.looksAtAll = true;
      this.touch(beside[i] as number, beside[i + 1] as string, beside[i + 2] as number);
    }
    while (beside.length > 0) beside.pop();
  }

  /** Know that, too. */
  private learn({ looksAtAll, looksAtState, watched }: Knowledge): void {
    this.looksAtAll ||= looksAtAll;
    this.looksAtState ||= looksAtState;
    for (const uid of watched) this.watched.add(uid);
    this.watches = this.looksAtState || this.watched.size > 0;
  }

  /** The places by number, for a search that is to be resumed. */
  save(): SavedFootprints {
    const { looksAtAll, looksAtState } = this;
    const [fields, watched] = [[...this.fields.keys()], [...this.watched]];
    return { fields, places: [...this.keys], looksAtAll, looksAtState, watched };
  }

  /** Take over saved places; the footprints of the saved search stay valid. */
  load(saved: SavedFootprints): void {
    this.learn(saved);
    for (const f of saved.fields) this.fieldNumber(f);
    for (const key of saved.places.slice(this.keys.length)) {
      const uid = Math.floor(key / FIELD_LIMIT);
      this.newPlace(uid, key - uid * FIELD_LIMIT);
    }
  }
}

/** The end of an object's memory: clashes with every access to it. */
export function endOfLife(f: Footprints, mem: Thing): void {
  f.touch(mem.uid, LIFE, WRITE);
}

footprint('task_join', (f, _m, _t, object) => f.touch(object.uid, 'ended', AWAIT));
