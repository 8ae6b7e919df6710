// A search of states that several do together, in rounds. In a round each goes on with a part of its own for some
// executions: a place on the way of a depth-first search, with what is left to be tried from there. What it knows
// of the states is what was known when the round was dealt; what all have met in it is put together when it is over. So
// what comes of it does not depend on who does which part, how many there are, and how fast they are.
//
// While the last parts of a round are done, the next one has been dealt: two of them are under way, and nobody waits.
//
// Two parts may come to the same state, and both go on from it. Few do: parts are cut off where the search has been the
// longest ago, and what follows there has states of its own.
import type { SavedCampaign } from './campaign';
import type { Coverage, Part } from './search';
import { type Decision, takeNext } from './state-search';
import { NEW, StateSet } from './state-set';
import type { SavedStateful, StatePlace } from './stateful';
import { Tally } from './tally';

/** How a search is dealt out. What it grows by are executions that have been done. */
export interface Sizes {
  /** Parts of a round, from and to, and how many executions make it one more. */
  readonly parts: readonly [least: number, most: number];
  readonly partPer: number;
  /** Executions of a part in a round, from and to, and of how many executions it is one. */
  readonly quota: readonly [least: number, most: number];
  readonly quotaPer: number;
}

/**
 * The more parts there are, and the longer they go on without hearing of each other, the more is done twice: little of
 * what is large already. The fewer, the fewer processes can be busy, and the more time is spent on telling and hearing.
 */
const SIZES: Sizes = { parts: [4, 16], partPer: 10_000, quota: [100, 1000], quotaPer: 100 };
/** Rounds under way. */
const UNDER_WAY = 2;

function between([least, most]: readonly [number, number], n: number): number {
  return Math.max(least, Math.min(most, Math.floor(n)));
}

/** A search in rounds at rest. */
export interface SavedRounds {
  readonly open: readonly StatePlace[];
  /** Triples, see `States.values`. */
  readonly visited: readonly number[];
  readonly transitions: number;
}

/** What somebody is to do of a round. */
export interface Dealt {
  readonly part: Part;
  readonly runs: number;
}

/** A round under way. */
export interface Round {
  readonly dealt: readonly Dealt[];
  /** What its parts know of the states: all that was known at this moment. */
  readonly moment: number;
}

/** What has come of a part of a round. */
export interface Done {
  readonly saved: SavedCampaign;
  /** States, as triples: see `Stateful.met`. */
  readonly met: Int32Array;
  /** What all have to know, who begin anew then; null when they need not. */
  readonly lesson: unknown;
}

/** What has become known of the states between two moments. Nothing is known at moment 0. Plain data. */
export interface StatesNews {
  readonly from: number;
  readonly to: number;
  /** Triples; of those about the same state the last one counts. */
  readonly triples: readonly ArrayLike<number>[];
}

/** A part that nobody is at. */
interface Open {
  readonly place: StatePlace;
  readonly isNew: boolean;
}

function placeOf({ stack, keys, places, knowsLocal }: StatePlace): StatePlace {
  return { stack, keys, places, knowsLocal };
}

/** Deals out the parts of a search of states, and puts together what comes of them. */
export class StateRounds {
  private readonly tally = new Tally();
  private readonly known = new StateSet();
  private open: Open[];
  private transitions: number;
  private readonly underWay: Round[] = [];
  /** What has become known at each moment: it is the n-th when n of them are there. */
  private readonly learned: ArrayLike<number>[];

  /** @param begun what one has done of the search before it is shared, or a search in rounds at rest */
  constructor(
    private readonly begun: SavedCampaign,
    private readonly sizes = SIZES,
  ) {
    this.tally.add(begun);
    const search = begun.search as SavedStateful | SavedRounds;
    const places = 'open' in search ? search.open : begun.over ? [] : [search];
    this.open = places.map((place) => ({ place: placeOf(place), isNew: false }));
    this.known.putAll(search.visited);
    this.learned = [search.visited];
    this.transitions = search.transitions;
  }

  /** Is that a search in rounds at rest? */
  static began({ search }: SavedCampaign): boolean {
    return 'open' in (search as object);
  }

  /**
   * Deal the next round, until so many are under way as can be.
   * @param most executions of the whole search, those before it included
   * @returns null when there is none now
   */
  deal(most: number): Round | null {
    const { underWay, tally, open, sizes } = this;
    if (underWay.length === UNDER_WAY) return null;
    const parts = between(sizes.parts, tally.executions / sizes.partPer);
    const quota = between(sizes.quota, tally.executions / sizes.quotaPer);
    const wanted = parts * (UNDER_WAY - underWay.length);
    while (open.length > 0 && open.length < wanted && this.split());
    const away = underWay.flatMap(({ dealt }) => dealt).reduce((n, { runs }) => n + runs, 0);
    let left = most - tally.executions - away;
    const dealt: Dealt[] = [];
    while (dealt.length < parts && open.length > 0 && left > 0) {
      const { place, isNew } = open.shift() as Open;
      const saved: SavedStateful = { ...place, visited: [], transitions: 0 };
      const runs = Math.min(quota, left);
      dealt.push({ part: { kind: 'states', saved, isNew }, runs });
      left -= runs;
    }
    if (dealt.length === 0) return null;
    const round = { dealt, moment: this.learned.length };
    underWay.push(round);
    return round;
  }

  /** Cut off what is left to be tried at the outermost decision. @returns false when nothing is */
  private split(): boolean {
    const { open } = this;
    const depths = open.map(({ place }) => place.stack.findIndex(canBeCut));
    let k = -1;
    for (const [i, d] of depths.entries()) {
      if (d >= 0 && (k < 0 || d < (depths[k] as number))) k = i;
    }
    if (k < 0) return false;
    const { place, isNew } = open[k] as Open;
    const depth = depths[k] as number;
    const top = place.stack[depth] as Decision;
    const theirs = copied(top);
    takeNext(theirs);
    const stack = [...place.stack];
    stack[depth] = { ...top, options: top.options.slice(0, top.at + 1) };
    open[k] = { place: { ...place, stack }, isNew };
    open.push({ place: { ...place, stack: [...stack.slice(0, depth), theirs] }, isNew: true });
    return true;
  }

  /**
   * Put together what has come of the first round that is under way.
   * @param done in the order in which it was dealt; the last one may have a lesson
   * @returns the search to go on with: another one when all have to begin anew
   */
  note(done: readonly Done[]): StateRounds {
    const came: Int32Array[] = [];
    for (const { saved, met, lesson } of done) {
      this.tally.add(saved);
      if (lesson !== null) return this.anew(lesson as StatePlace);
      const search = saved.search as SavedStateful;
      this.transitions += search.transitions;
      const [place, counts] = this.apart(search, met);
      if (place !== null) this.open.push({ place, isNew: false });
      this.meetAll(counts);
      came.push(counts);
    }
    this.underWay.shift();
    this.learned.push(this.newsOf(came));
    return this;
  }

  /**
   * Two that come to the same state go on side by side from there. The second of them goes back to where it came there, and
   * leaves it to the first, unless most of what it has met since then is new.
   * @param search where a part is now
   * @param met what it has met on its way there
   * @returns where it goes on from; null when nothing is left. What it had met then: triples
   */
  private apart(search: SavedStateful, met: Int32Array): [StatePlace | null, Int32Array] {
    const { known } = this;
    const place = placeOf(search);
    const { stack } = place;
    const all = met.length / 3;
    // How many of those met from each one on are known by now.
    const knownFrom = new Int32Array(all + 1);
    for (let n = all - 1; n >= 0; n--) {
      const isNew = known.get(met[3 * n] as number, met[3 * n + 1] as number) === NEW;
      knownFrom[n] = (knownFrom[n + 1] as number) + (isNew ? 0 : 1);
    }
    const at = stack.findIndex(({ since, high, low }) => {
      if (since < 0 || 2 * (knownFrom[since] as number) <= all - since) return false;
      const theirs = known.get(high, low);
      return theirs !== NEW && (theirs & ~(met[3 * since + 2] as number)) === 0;
    });
    if (at < 0) return [stack.length === 0 ? null : place, met];
    const since = (stack[at] as Decision).since;
    const rest = withoutLast(stack.slice(0, at));
    return [rest.length === 0 ? null : { ...place, stack: rest }, met.subarray(0, 3 * since)];
  }

  /** Where two have gone on from the same state, each has tried what does not sleep after it: one of them is enough. */
  private meetAll(met: Int32Array): void {
    const { known } = this;
    for (let i = 0; i < met.length; i += 3) {
      const [high, low, asleep] = [met[i], met[i + 1], met[i + 2]] as [number, number, number];
      const before = known.get(high, low);
      if ((before & asleep) === asleep) known.put(high, low, asleep);
    }
  }

  /** What is known now of the states that were met in a round. */
  private newsOf(came: readonly Int32Array[]): Int32Array {
    const out = new Int32Array(came.reduce((n, met) => n + met.length, 0));
    let n = 0;
    for (const met of came) {
      out.set(met, n);
      for (let i = 0; i < met.length; i += 3, n += 3) {
        out[n + 2] = this.known.get(met[i] as number, met[i + 1] as number);
      }
    }
    return out;
  }

  /** The same search, with all forgotten but what ops look at, which somebody has learned. */
  private anew(place: StatePlace): StateRounds {
    const search: SavedRounds = { open: [place], visited: [], transitions: 0 };
    return new StateRounds({ ...this.soFar(), search }, this.sizes);
  }

  /** What has become known between two moments. */
  news(from: number, to: number): StatesNews {
    return { from, to, triples: this.learned.slice(from, to) };
  }

  /** Identities of what has been found. */
  get found(): string[] {
    return [...this.tally.found.keys()];
  }

  private get isOver(): boolean {
    return this.open.length === 0 && this.underWay.length === 0;
  }

  private get coverage(): Coverage {
    const { executions, steps, tooLong } = this.tally;
    const exhausted = this.isOver;
    const complete = exhausted && tooLong === 0 && !this.begun.coverage.guessed;
    const states = this.known.size;
    return { ...this.begun.coverage, executions, steps, tooLong, exhausted, complete, states };
  }

  /** What the search has come to, without what is needed to go on with it. */
  soFar(): SavedCampaign {
    const { strategy } = this.begun;
    const { coverage, isOver: over } = this;
    return { ...this.tally.saveTally(), strategy, coverage, search: {}, over };
  }

  /** The search at rest; what is under way is done again. */
  save(): SavedCampaign {
    const away = this.underWay.flatMap(({ dealt }) => dealt.map(({ part }) => part));
    const places = away.map((part) => (part.kind === 'states' ? part.saved : null) as StatePlace);
    const open = [...places.map(placeOf), ...this.open.map(({ place }) => place)];
    const visited = Array.from(this.known.values());
    const search: SavedRounds = { open, visited, transitions: this.transitions };
    return { ...this.soFar(), search };
  }
}

function copied(d: Decision): Decision {
  return { ...d, options: [...d.options], sleep: [...d.sleep] };
}

/** Decisions, of which the last one is to be taken otherwise. */
function withoutLast(stack: readonly Decision[]): Decision[] {
  for (let n = stack.length; n > 0; n--) {
    const last = copied(stack[n - 1] as Decision);
    if (takeNext(last)) return [...stack.slice(0, n - 1), last];
  }
  return [];
}

/** Is there anything left to be tried, and known what sleeps then? */
function canBeCut({ at, options, print, hasChoice, step }: Decision): boolean {
  return at + 1 < options.length && (print !== null || hasChoice || step < 0);
}
