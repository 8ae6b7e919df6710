// The events of one execution with their reversible races (Abdulla, Aronis, Jonsson, Sagonas, JACM 2017,
// section 3). The table is kept over executions that share a beginning: `truncate` takes events back.
import { type BareArray, bareArray } from '../core/bare-array';
import {
  ACQUIRE,
  AWAIT,
  COUNT,
  clash,
  DISCOUNT,
  type Footprint,
  LAST_BUT_ONE,
  SIGNAL,
  TAKE,
  WRITE,
} from '../core/footprint';
import { twice } from '../core/twice';
import { EventClocks, NONE, ROOM, TASK_LIMIT } from './clocks';
import { ARRIVAL, canReverse, HOLDS, holdsUp, isDrop, isHandOver, STUCK, UNSURE } from './races';
import { isAfterAny, isArrival, leftOut } from './readers';
import type { Readiness } from './readiness';
import { ALL_OF_IT, Sequence } from './wakeup-tree';

/** In place of a count where the event did not count anything. */
const NOT_COUNTED = -0x80000000;
/** Shared by events without races; never changed. */
const NOT_SETTLED: number[] = [];

function notSettled(races: readonly number[]): number[] {
  if (races.length === 0) return NOT_SETTLED;
  const out: number[] = [];
  for (let i = 0; i < races.length; i++) out.push(ALL_OF_IT);
  return out;
}

/** Events of one execution, in order, and their races. */
export class EventTable extends EventClocks {
  /** Earlier events that are in a reversible race with the event. */
  readonly races: BareArray<readonly number[]> = bareArray();
  /**
   * For each race the event up to which executions can be the same without its being looked at again, or which sleeper
   * covers it: see `coveredUntil`.
   */
  readonly settled: BareArray<number[]> = bareArray();
  /** 1 where the event has another clock without what a race has brought. */
  private differs = new Int32Array(ROOM);
  /** For an event that waited for something that others make and unmake: the id of its task; -1 for others. */
  private waited = new Int32Array(ROOM);
  /** The clock that `clockWithout` has worked out, and for which race; -1 for none. */
  private readonly exact = new Int32Array(TASK_LIMIT);
  private exactE = -1;
  private exactLater = -1;
  /** For an event that took or dropped a reference: what it left. */
  private counted = new Int32Array(ROOM);
  private hasCounts = false;
  /** What has made the last event possible, see `findMakers`. */
  private readonly makers: number[] = [];
  // A buffer with its own count: shortening an array is slow.
  private candidates = new Int32Array(ROOM);
  private found = 0;
  private readonly sequence = new Sequence();

  /** @param readiness who could go on before each event; null where nobody notes it */
  constructor(private readonly readiness: Readiness | null = null) {
    super();
  }

  /**
   * Would event `a` come before event `later` if the race of `e` and `later` were reversed?
   * The former holder of a lock is out of the way then, with all that came before its release, and
   * the reference that was the last one is not the last one any more.
   */
  beforeReversed(a: number, e: number, later: number): boolean {
    if (!this.differs[later]) return this.before(a, later);
    const p = this.proc[a] as number;
    const own = this.own[a] as number;
    if (this.exactE !== e || this.exactLater !== later) this.clockWithout(e, later);
    return (this.exact[p] as number) >= own;
  }

  /**
   * May it turn out that event `later`, which waited, cannot come before event `e`? Not if its task waited for it before
   * `e` and could have gone on, and nothing that still comes before it touches what it waits for.
   */
  isUnsure(e: number, later: number): boolean {
    const id = this.waited[later] as number;
    if (id < 0) return false;
    if ((this.previous[later] as number) >= e || this.readiness?.has(e, id) !== true) return true;
    for (let k = e + 1; k < later; k++) {
      if (this.before(k, later) && !this.before(e, k)) return true;
    }
    return false;
  }

  /**
   * The clock that event `later` has when event `e` and all that depends on it are left out: others may have held the
   * place in between, and are not out of the way; nor is all out of the way that comes before what depends on `e`.
   */
  private clockWithout(e: number, later: number): void {
    const { exact, clocks } = this;
    const { first, later: last, without } = this.sequence;
    const isLess = first === e && last === later && without !== NONE;
    this.exactE = e;
    this.exactLater = later;
    const n = this.keys.length;
    this.inherit(exact, 0, later, this.proc[later] as number, this.previous[later] as number);
    for (let k = e + 1; k < later; k++) {
      if (this.before(e, k) || !this.clashes(k, later)) continue;
      if (isLess && isAfterAny(this, without, k)) continue;
      const row = k * TASK_LIMIT;
      for (let i = 0; i < n; i++)
        exact[i] = Math.max(exact[i] as number, clocks[row + i] as number);
    }
  }

  private clashes(a: number, b: number): boolean {
    const f = this.footprint[a] as Footprint;
    const g = this.footprint[b] as Footprint;
    for (let i = 0; i < f.length; i++) {
      const x = f[i] as number;
      for (let k = 0; k < g.length; k++) {
        const y = g[k] as number;
        if (x >>> 4 !== y >>> 4 || !clash(x & 15, y & 15)) continue;
        // A reference that is not the last one commutes with what was counted before.
        if ((y & 15) === WRITE && this.counted[a] !== NOT_COUNTED) continue;
        return true;
      }
    }
    return false;
  }

  /**
   * Add the next event.
   * @param wait how the op may have been kept waiting
   * @param id of the task, where `readiness` knows of it
   */
  add(p: number, footprint: Footprint, options: readonly number[], wait: number, id = -1): void {
    const e = this.begin(p, footprint, options);
    const row = e * TASK_LIMIT;
    this.counted[e] = NOT_COUNTED;
    this.waited[e] = wait === UNSURE ? id : -1;
    this.exactE = -1;
    this.findCandidates(e, p, footprint, wait);
    const races = this.found === 0 ? NONE : this.judge(e, wait, id);
    this.races[e] = races;
    this.settled[e] = notSettled(races);
    const isMade = wait === UNSURE && this.makers.length > 0;
    this.differs[e] = Number(races.length > 0 && (isMade || this.mayDiffer(wait)));
    for (let i = 0; i < this.found; i += 2) {
      this.join(row, (this.candidates[i] as number) * TASK_LIMIT);
    }
    this.noteAll(e, p, footprint);
  }

  override truncate(n: number): void {
    super.truncate(n);
    this.exactE = -1;
  }

  protected override grow(): void {
    super.grow();
    this.differs = twice(this.differs);
    this.counted = twice(this.counted);
    this.waited = twice(this.waited);
  }

  /** The last event took or dropped a reference that commutes with others, and left `n`. */
  count(n: number): void {
    this.hasCounts = true;
    this.counted[this.n - 1] = n;
  }

  /** May what the races of the last event have brought be left out of its clock? */
  private mayDiffer(wait: number): boolean {
    if (wait === HOLDS) return true;
    const { candidates } = this;
    // A reference that is not the last one commutes with what was counted before.
    for (let k = 0; k < this.found && this.hasCounts; k += 2) {
      const isWrite = ((candidates[k + 1] as number) & 15) === WRITE;
      if (isWrite && this.counted[candidates[k] as number] !== NOT_COUNTED) return true;
    }
    return false;
  }

  /**
   * What must be performed instead of event `e` so that `later`, with which it races, comes first.
   * Good until the next call.
   */
  reversal(e: number, later: number): Sequence {
    const v = this.sequence;
    v.begin(e, later);
    const out = isArrival(this, e, later) ? this.leftOut(e, later) : null;
    if (out !== null && out.length > 1) {
      v.without = out;
      this.exactE = -1;
    }
    for (let k = e + 1; k < this.n; k++) {
      if (k === later || this.before(e, k)) continue;
      if (v.without === NONE || !isAfterAny(this, v.without, k)) v.add(k);
    }
    v.add(later);
    if (this.hasCounts) this.recount(e, v);
    return v;
  }

  /**
   * Counts differ from those of the execution when some of what led to them is left out: a drop that
   * left 1 may leave more, and one that left more may leave 1.
   */
  private recount(e: number, v: Sequence): void {
    const { events, changed } = v;
    let kept: Set<number> | null = null;
    for (let i = 0; i < v.n; i++) {
      const x = events[i] as number;
      const f = this.footprint[x] as Footprint;
      for (let k = 0; k < f.length; k++) {
        const touch = f[k] as number;
        const mode = touch & 15;
        if (!isDrop(mode) && mode !== WRITE) continue;
        kept ??= new Set(events.slice(0, v.n));
        const before = this.countedBefore(e, x, touch >>> 4, kept);
        if (mode === WRITE && before === 0) continue;
        const left = (mode === WRITE ? 0 : (this.counted[x] as number)) + before;
        const then = (touch & ~15) | (left === 1 ? LAST_BUT_ONE : DISCOUNT);
        if (then === touch) continue;
        changed.set(x, (changed.get(x) ?? f).with(k, then));
      }
    }
  }

  /** How much higher a count is at event `x` when what comes from event `e` on is left out. */
  private countedBefore(e: number, x: number, place: number, kept: ReadonlySet<number>): number {
    let more = 0;
    for (let k = e; k < x; k++) {
      const f = this.footprint[k] as Footprint;
      for (let i = 0; i < f.length; i++) {
        const t = f[i] as number;
        if (t >>> 4 !== place) continue;
        const drop = isDrop(t & 15);
        if (!drop && !((t & 15) === COUNT && this.counted[k] !== NOT_COUNTED)) continue;
        if (!kept.has(k)) more += drop ? 1 : -1;
      }
    }
    return more;
  }

  /** Conflicting accesses by others that are not ordered before yet: pairs (event, modes). */
  private findCandidates(e: number, p: number, footprint: Footprint, wait: number): void {
    const row = e * TASK_LIMIT;
    this.found = 0;
    for (let i = 0; i < footprint.length; i++) {
      const touch = footprint[i] as number;
      for (let k = this.latest(touch >>> 4); k !== 0; k = this.earlier[k] as number) {
        const entry = this.entries[k] as number;
        if (!this.isConcurrent(entry, touch, row, p)) continue;
        if (wait === STUCK && !holdsUp(entry & 15, touch & 15)) continue;
        this.put(entry >>> 4, (entry & 15) * 16 + (touch & 15));
      }
    }
  }

  /** Does an access by another task than `p` clash with a touch, without being in the clock at `row`? */
  private isConcurrent(entry: number, touch: number, row: number, p: number): boolean {
    const c = entry >>> 4;
    const q = this.proc[c] as number;
    if (q === p || !clash(entry & 15, touch & 15)) return false;
    return (this.own[c] as number) > (this.clocks[row + q] as number);
  }

  /** Add a candidate. */
  private put(c: number, modes: number): void {
    if (this.found === this.candidates.length) this.candidates = twice(this.candidates);
    this.candidates[this.found] = c;
    this.candidates[this.found + 1] = modes;
    this.found += 2;
  }

  /** The same for one that may be there. */
  private putOnce(c: number, modes: number): void {
    const { candidates } = this;
    for (let k = 0; k < this.found; k += 2)
      if (candidates[k] === c && candidates[k + 1] === modes) return;
    this.put(c, modes);
  }

  /** Which candidates are in a race that can be reversed? */
  private judge(e: number, wait: number, id: number): readonly number[] {
    if (wait === UNSURE) this.findMakers(e, id);
    const { candidates } = this;
    let reversible: number[] | null = null;
    for (let i = 0; i < this.found; i += 2) {
      const c = candidates[i] as number;
      const modes = candidates[i + 1] as number;
      if (!canReverse(modes >> 4, modes & 15, wait)) continue;
      if (this.madePossible(c)) continue;
      if (isArrival(this, c, e) && this.leftOut(c, e) === null) continue;
      if (wait === UNSURE && this.makers.includes(c)) continue;
      if (this.masked(c, e, modes, wait, i)) continue;
      if (reversible === null) reversible = [c];
      else if (!reversible.includes(c)) reversible.push(c);
    }
    if (reversible === null) return NONE;
    return reversible.length === 1 ? reversible : reversible.sort((a, b) => a - b);
  }

  /** Is the candidate what the event has waited for? Then no other access of the two is a race. */
  private madePossible(c: number): boolean {
    const { candidates } = this;
    for (let k = 0; k < this.found; k += 2) {
      if (candidates[k] === c && candidates[k + 1] === SIGNAL * 16 + AWAIT) return true;
    }
    return false;
  }

  /**
   * Find what has made event `e` possible, whose op had waited for something that its footprint tells: it could not go
   * on before that, and nothing else has happened since that it could have waited for instead. Such a candidate is no
   * race; it hides none either, since whoever had unmade what it makes is the one to be left out.
   */
  private findMakers(e: number, id: number): void {
    const { candidates, makers, readiness } = this;
    while (makers.length > 0) makers.pop();
    if (readiness === null || id < 0) return;
    const previous = this.previous[e] as number;
    for (let i = 0; i < this.found; i += 2) {
      const c = candidates[i] as number;
      if (previous >= c || makers.includes(c) || readiness.has(c, id) || this.hasOther(c)) continue;
      makers.push(c);
      this.findEarlier(c, e);
    }
  }

  /** Is there a candidate after `c` that does not come after it in every order? */
  private hasOther(c: number): boolean {
    for (let k = 0; k < this.found; k += 2) {
      const other = this.candidates[k] as number;
      if (other > c && !this.before(c, other)) return true;
    }
    return false;
  }

  /** Add the candidates of event `e` that are not kept since event `c` has come. */
  private findEarlier(c: number, e: number): void {
    const row = e * TASK_LIMIT;
    const p = this.proc[e] as number;
    for (const touch of this.footprint[e] as Footprint) {
      for (const entry of this.touchedBefore(c, touch >>> 4)) {
        if (!this.isConcurrent(entry, touch, row, p)) continue;
        this.putOnce(entry >>> 4, (entry & 15) * 16 + (touch & 15));
      }
    }
  }

  /** What has to be left out for reader `e` to come before `c`, see `readers.ts`. */
  private leftOut(c: number, e: number): readonly number[] | null {
    const previous = this.previous[e] as number;
    const own = previous >= 0 ? previous : (this.spawner[this.proc[e] as number] as number);
    return leftOut(this, c, e, own);
  }

  /** Has more than event `e` to be left out for `later`, with which it races, to come first? */
  leavesOutMore(e: number, later: number): boolean {
    return isArrival(this, e, later) && (this.leftOut(e, later)?.length ?? 0) > 1;
  }

  /** Does an event come before the hand-over that has let the last one in? */
  private isHandedOver(c: number, race: number): boolean {
    if ((race & 15) !== ACQUIRE && (race & 15) !== TAKE) return false;
    const { candidates } = this;
    for (let k = 0; k < this.found; k += 2) {
      const modes = candidates[k + 1] as number;
      if (!isHandOver(modes >> 4, modes & 15, race)) continue;
      if (this.before(c, candidates[k] as number)) return true;
    }
    return false;
  }

  /** Does something that comes after `c` lie between it and event `e`? */
  private masked(c: number, e: number, race: number, wait: number, at: number): boolean {
    const { candidates } = this;
    for (let k = 0; k < this.found; k += 2) {
      const other = candidates[k] as number;
      if (k === at || other === c) continue;
      if (wait === UNSURE && this.makers.includes(other)) continue;
      const modes = candidates[k + 1] as number;
      // A release lets the next holder in, but the race is between the holders.
      if (wait === HOLDS && isHandOver(modes >> 4, modes & 15, race)) continue;
      // What comes before it is out of the way as well, once the holder is: unless it is another holder.
      const holds = (modes & 15) === (race & 15) && canReverse(modes >> 4, modes & 15, wait);
      if (wait === HOLDS && !holds && this.isHandedOver(other, race)) continue;
      // Nor does an arrival that the reader cannot come before hide one that it can.
      const arrives = race === ARRIVAL && modes === ARRIVAL && isArrival(this, other, e);
      if (arrives && this.leftOut(other, e) === null) continue;
      if (this.before(c, other)) return true;
    }
    return false;
  }

  /**
   * The smallest count that event `e`, which dropped a reference and left `left`, could have left in
   * an equivalent order: others that dropped one come first as far as what they need lets them.
   * @returns 0 as well when too many are concurrent to tell
   */
  smallestCount(e: number, place: number, left: number): number {
    const taken: number[] = [];
    const dropped: number[] = [];
    for (let k = this.latest(place); k !== 0; k = this.earlier[k] as number) {
      const entry = this.entries[k] as number;
      const c = entry >>> 4;
      if (c === e || this.before(c, e)) continue;
      ((entry & 15) === COUNT ? taken : dropped).push(c);
    }
    if (dropped.length > 12) return 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (let set = 0; set < 1 << dropped.length; set++) {
      let sum = left - taken.length + dropped.length;
      for (let i = 0; i < dropped.length; i++) if (set & (1 << i)) sum--;
      for (const a of taken) {
        if (dropped.some((d, i) => set & (1 << i) && this.before(a, d))) sum++;
      }
      smallest = Math.min(smallest, sum);
    }
    return smallest;
  }
}
