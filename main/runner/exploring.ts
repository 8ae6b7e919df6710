// The search of one cell by several processes, or by one. It is cut into parts, and its executions are
// dealt out to them, in a way that does not depend on how many processes there are: what is found and
// counted is the same with any number of them.
import type { CellShape, StrategyShape } from '../../preload/contract/shapes';
import {
  boundIsAll,
  isSampled,
  needlessParts,
  type Part,
  type SavedCampaign,
  type SavedDpor,
  type Share,
  StateRounds,
  spentBy,
  tracesOf,
} from '../engine/api';
import { allBack, type Pool, Stopped } from './pool';
import type { PartsReply, Progress, SearchReply } from './protocol';
import { StateExplorer } from './state-exploring';

/** Parts of a search: enough for sixteen processes to be busy to the end. */
const PARTS = 64;
/** Executions that a part gets at least when it is gone on with. */
const SMALLEST_QUOTA = 100;
/**
 * A part of the traces gets no more than that the first time, and so many times that the next: one may show that all of
 * them have to begin anew, and the sooner the better.
 */
const QUOTA_GROWS = 8;

/** So many parts that are left keep few processes busy: they are cut again, where little of them is done. */
const FEW = 32;
/** With so many executions left, which take seconds: a cut does some of them anew. */
const WORTH_CUTTING = 40_000;
/** How often at most: where every cut leaves little to be done, what is large lies deep. */
const CUTS = 4;

/** Executions of a search of states that one process does before others take part. */
const BY_ONE = 400;
/** What has been done of a search of states is told without the states. */
const ALL_STATES: Part = { kind: 'states', saved: null, isNew: false };

/** A share that need not be gone on with. */
function asExhausted(saved: SavedCampaign): SavedCampaign {
  const coverage = {
    ...saved.coverage,
    exhausted: true,
    complete: saved.tooLong === 0 && !saved.coverage.guessed,
  };
  return { ...saved, coverage, over: true };
}

/** A part of the traces that is over, without what it would take to go on: there are hundreds of them. */
function outlineOf(saved: SavedCampaign): SavedCampaign {
  const { raced, repeats } = saved.search as SavedDpor;
  return { ...saved, search: { raced, repeats } };
}

/** What has been done of a part that is done anew in smaller ones: its traces are counted there. */
function asRepeated(saved: SavedCampaign): SavedCampaign {
  const done = asExhausted(saved);
  return outlineOf({ ...done, coverage: { ...done.coverage, traces: 0 } });
}

/** How often parts have been cut again: said by the parts, since a search that is gone on with must know it. */
function cutsOf(parts: readonly (Part | null)[]): number {
  return parts.reduce((most, p) => Math.max(most, p?.kind === 'trace' ? (p.cuts ?? 0) : 0), 0);
}

function cutInto(part: Part, cuts: number): Part {
  return part.kind === 'trace' ? { ...part, cuts } : part;
}

/** How far the search of a cell has come: plain data. */
export interface CellSearch {
  readonly cell: CellShape;
  /** Null stands for the whole; empty before the search is cut. */
  parts: (Part | null)[];
  /** What has been done of each part; null for those not begun. */
  shares: (SavedCampaign | null)[];
}

/** What a search is to do. */
export interface Order {
  readonly code: string;
  readonly name: string;
  readonly strategy: StrategyShape;
  /** Executions at most. */
  readonly runs: number;
}

/** What one cell has come to, together with what else is known while it is searched. */
export interface CellProgress {
  readonly executions: number;
  readonly traces: number;
  readonly states: number;
  /** A guess at the executions that are left; -1 for none. */
  readonly left: number;
  /** Identities of the findings: parts that meet the same one may have other words for it. */
  readonly found: readonly string[];
}

export type Told = (p: CellProgress) => void;

/** Searches one cell. */
export class CellExplorer {
  /** What was done before the search was cut; told when it is stopped before anything else is done. */
  private probe: SavedCampaign | null = null;
  /** What the processes that run have told last, by part. */
  private readonly live = new Map<number, Progress>();
  /** Traces of the parts that are back, where parts may meet the same ones. */
  private readonly met = new Set<string>();

  constructor(
    private readonly pool: Pool,
    private readonly order: Order,
    readonly search: CellSearch,
    private readonly told: Told,
    /** Nothing is done where the strategy does not suit the experiment. */
    private readonly ifFit = false,
  ) {}

  /**
   * Go on until all is done, the executions are used up, or the pool is told to stop.
   * @returns what was found, also when it was stopped; null when nothing was begun
   */
  async run(): Promise<SearchReply | null> {
    try {
      await this.explore();
    } catch (e) {
      if (!(e instanceof Stopped)) throw e;
    }
    return conclude(this.pool, this.order, this.search.cell, this.done());
  }

  /**
   * The same without telling what was found.
   * @throws Stopped
   */
  async explore(): Promise<void> {
    for (const saved of this.search.shares) if (saved !== null) this.meet(saved);
    if (this.search.parts.length === 0) await this.cut(null);
    if (this.order.strategy.kind === 'stateful') return this.states();
    this.addRuns();
    await this.bounds();
  }

  /** Round after round, once it is known that there is enough to do. */
  private async states(): Promise<void> {
    const { search, order, pool } = this;
    // The strategy does not suit the experiment.
    if (search.parts.length === 0) return;
    const before = search.shares[0] ?? null;
    const inRounds = before !== null && StateRounds.began(before);
    if (!inRounds && this.spent(0) < BY_ONE && !this.isOver(0)) {
      await this.share(0, Math.min(BY_ONE, order.runs));
    }
    if (this.isOver(0) || this.spent(0) >= order.runs) return;
    const begun = new StateRounds(search.shares[0] as SavedCampaign);
    const request = { kind: 'share' as const, ...this.common() };
    const told = (now: readonly Progress[]): void =>
      this.tellAll([search.shares[0] as SavedCampaign], now);
    const explorer = new StateExplorer(pool, begun, request, told);
    try {
      await explorer.run(order.runs, () => {
        search.shares[0] = explorer.rounds.soFar();
      });
    } finally {
      search.shares[0] = explorer.rounds.save();
    }
  }

  private common(runs = this.order.runs) {
    const { code, name, strategy } = this.order;
    return { code, name, cell: this.search.cell, strategy, runs, ifFit: this.ifFit };
  }

  /** @param lesson what has to be known beforehand, if it has been cut without knowing it */
  private async cut(lesson: unknown): Promise<void> {
    const { pool, search } = this;
    const reply = await this.askParts(PARTS, null, lesson);
    this.probe = reply.saved ?? this.probe;
    // Stopped before it was cut: next time it begins again.
    if (pool.stopped && reply.saved?.over !== true) throw new Stopped();
    this.met.clear();
    search.parts = reply.parts === null ? [null] : [...reply.parts];
    search.shares = search.parts.map(() => null);
    if (reply.parts === null) search.shares[0] = reply.saved;
  }

  private async askParts(wanted: number, part: Part | null, lesson: unknown): Promise<PartsReply> {
    const request = { kind: 'parts' as const, ...this.common(), wanted, part, lesson };
    const reply = await this.pool.ask(request, { onProgress: (p) => this.tell(0, p) });
    if (reply.kind !== 'parts') throw new Error(`unexpected reply ${reply.kind}`);
    return reply;
  }

  /**
   * Parts of the traces differ in size, and where few are left, few processes have something to do. Those are cut again,
   * as long as little of them is done: that is done anew, but nothing of what it has found is lost.
   * @param open the parts that are left
   * @param left executions
   * @returns whether there are others now
   */
  private async cutAgain(open: readonly number[], left: number): Promise<boolean> {
    const { search } = this;
    const { parts, shares } = search;
    const isBegun = open.every((i) => shares[i] !== null && this.spent(i) <= SMALLEST_QUOTA);
    const isTrace = parts[open[0] as number]?.kind === 'trace';
    if (!isTrace || !isBegun || open.length >= FEW) return false;
    const cuts = cutsOf(parts);
    if (left < WORTH_CUTTING || cuts >= CUTS) return false;
    const wanted = Math.ceil(PARTS / open.length);
    const asked = open.map((i) => this.askParts(wanted, parts[i] ?? null, null));
    const smaller = new Map<number, readonly Part[]>();
    for (const [k, reply] of (await allBack(asked)).entries()) {
      if (reply.parts !== null && reply.parts.length > 0)
        smaller.set(open[k] as number, reply.parts);
    }
    const now = parts.flatMap((part, i): [Part | null, SavedCampaign | null][] => {
      const saved = shares[i] ?? null;
      const those = smaller.get(i);
      if (saved === null || those === undefined) return [[part, saved]];
      return [
        [part, asRepeated(saved)],
        ...those.map((p): [Part, null] => [cutInto(p, cuts + 1), null]),
      ];
    });
    search.parts = now.map(([part]) => part);
    search.shares = now.map(([, saved]) => saved);
    return search.parts.length > parts.length;
  }

  /** More executions than when the search was cut are another part of the samples. */
  private addRuns(): void {
    const { parts, shares } = this.search;
    const last = parts.at(-1);
    if (last?.kind !== 'runs' || last.to >= this.order.runs) return;
    parts.push({ kind: 'runs', from: last.to, to: this.order.runs });
    shares.push(null);
  }

  private isOver(i: number): boolean {
    const saved = this.search.shares[i] ?? null;
    if (saved === null || !saved.over) return false;
    // The whole of a search by samples goes on with more executions.
    const endless = this.search.parts[i] === null && isSampled(this.order.strategy);
    return !endless || saved.coverage.exhausted || spentBy(saved) >= this.order.runs;
  }

  private spent(i: number): number {
    const saved = this.search.shares[i] ?? null;
    return saved === null ? 0 : spentBy(saved);
  }

  /** Bound after bound; every bound has parts of its own. */
  private async bounds(): Promise<void> {
    const { parts } = this.search;
    const bounds = [...new Set(parts.map((p) => (p?.kind === 'prefix' ? p.bound : -1)))];
    for (const bound of bounds) {
      const mine = [...parts.keys()].filter((i) => {
        const part = parts[i];
        return (part?.kind === 'prefix' ? part.bound : -1) === bound;
      });
      const whole = await this.rounds(mine);
      if (!whole || (bound >= 0 && boundIsAll(this.done(), bound))) return;
    }
  }

  /**
   * Do parts, in rounds: what is left of the executions is dealt out evenly to those that are not over,
   * so that what is done with them does not depend on who is the fastest.
   * @returns whether all are over
   */
  private async rounds(mine: readonly number[]): Promise<boolean> {
    const { search, order, pool } = this;
    for (let most = SMALLEST_QUOTA; ; most *= QUOTA_GROWS) {
      const open = this.toBeDone(mine);
      if (open.length === 0) return true;
      let left = order.runs;
      for (const i of search.parts.keys()) left -= this.spent(i);
      if (left <= 0) return false;
      if (await this.cutAgain(open, left)) return this.rounds([...search.parts.keys()]);
      let quota = Math.max(SMALLEST_QUOTA, Math.ceil(left / open.length));
      if (search.parts[open[0] as number]?.kind === 'trace') quota = Math.min(quota, most);
      // What the first of the parts that have to begin anew has learned: those before it are done in any case.
      const first = { part: Number.POSITIVE_INFINITY, lesson: null as unknown };
      const dealt: [part: number, runs: number][] = [];
      for (const i of open) {
        const runs = Math.min(quota, left);
        if (runs > 0) dealt.push([i, this.spent(i) + runs]);
        left -= runs;
      }
      const lane = async (): Promise<void> => {
        for (let next = dealt.shift(); next !== undefined; next = dealt.shift()) {
          try {
            const [part] = next;
            const lesson = await this.share(...next);
            if (lesson === null) continue;
            if (part < first.part) Object.assign(first, { part, lesson });
            dealt.length = 0;
          } catch (e) {
            pool.stop();
            throw e;
          }
        }
      };
      // All have to be back before anything is told: each has something to tell.
      await allBack(Array.from({ length: pool.size }, lane));
      if (first.lesson === null) continue;
      await this.cut(first.lesson);
      return this.rounds([...search.parts.keys()]);
    }
  }

  /**
   * Which parts are to be done next? One all of whose executions have been given up has its turn after the others, which
   * may show that it is needless.
   */
  private toBeDone(mine: readonly number[]): number[] {
    const { parts, shares } = this.search;
    for (const i of needlessParts(parts, shares)) {
      const saved = shares[i] ?? null;
      if (saved !== null && saved.executions === 0) shares[i] = asExhausted(saved);
    }
    const open = mine.filter((i) => !this.isOver(i));
    const busy = open.filter((i) => parts[i]?.kind !== 'trace' || shares[i]?.executions !== 0);
    return busy.length > 0 ? busy : open;
  }

  /** @returns what all parts have to know before they begin anew; null when they need not */
  private async share(i: number, runs: number): Promise<unknown> {
    const { pool, search } = this;
    const part = search.parts[i] ?? null;
    const saved = search.shares[i] ?? null;
    const request = { kind: 'share' as const, ...this.common(runs), part, saved };
    const reply = await pool.ask(request, { onProgress: (p) => this.tell(i, p) });
    this.live.delete(i);
    if (reply.kind !== 'share') throw new Error(`unexpected reply ${reply.kind}`);
    if (reply.saved === null) return reply.lesson;
    search.shares[i] =
      part?.kind === 'trace' && reply.saved.over ? outlineOf(reply.saved) : reply.saved;
    this.meet(reply.saved);
    if (pool.stopped) throw new Stopped();
    return null;
  }

  /** What has been done so far. */
  done(): Share[] {
    const { parts, shares } = this.search;
    const ofStates = this.order.strategy.kind === 'stateful';
    const done = shares.flatMap((saved, i): Share[] => {
      if (saved === null) return [];
      if (ofStates) return [{ part: ALL_STATES, saved: { ...saved, search: {} } }];
      return [{ part: parts[i] ?? null, saved }];
    });
    return done.length === 0 && this.probe !== null ? [{ part: null, saved: this.probe }] : done;
  }

  private meet(saved: SavedCampaign): void {
    for (const t of tracesOf(saved)) this.met.add(t);
  }

  private tell(i: number, p: Progress): void {
    this.live.set(i, p);
    const done = this.search.shares.filter((s, k) => s !== null && !this.live.has(k));
    this.tellAll(done as SavedCampaign[], [...this.live.values()]);
  }

  /**
   * @param done what processes have given back
   * @param now how far those are that are at something else
   */
  private tellAll(done: readonly SavedCampaign[], now: readonly Progress[]): void {
    const finished = done.reduce((n, s) => n + spentBy(s), 0);
    const sum = (of: (p: Progress) => number | undefined): number =>
      now.reduce((n, q) => n + Math.max(0, of(q) ?? 0), 0);
    const executions = finished + sum((q) => q.executions);
    const states = done.reduce((n, s) => n + Math.max(0, s.coverage.states), 0);
    const known = new Set<string>();
    for (const s of done) for (const f of s.found) known.add(f.finding.identity);
    for (const q of now) for (const identity of q.found ?? []) known.add(identity);
    this.told({
      executions,
      traces: this.traces(done, now),
      states: states + sum((q) => q.states),
      left: this.guess(executions, done.length, now),
      found: [...known],
    });
  }

  /** Different traces; of samples no more than are certain, until all parts are back. */
  private traces(done: readonly SavedCampaign[], now: readonly Progress[]): number {
    const live = now.map((q) => Math.max(0, q.traces ?? 0));
    if (isSampled(this.order.strategy)) return Math.max(this.met.size, ...live);
    const back = done.map((s) => Math.max(0, s.coverage.traces));
    // Some of them are known to be the same.
    let again = -this.met.size;
    for (const saved of this.search.shares) if (saved !== null) again += tracesOf(saved).length;
    return [...back, ...live].reduce((n, x) => n + x, -again);
  }

  /** Parts that have not been begun are taken to be as long as those done. */
  private guess(executions: number, done: number, now: readonly Progress[]): number {
    const { parts } = this.search;
    const most = Math.max(0, this.order.runs - executions);
    if (parts.length <= 1) {
      const left = now[0]?.left ?? -1;
      return left < 0 ? -1 : Math.min(left, most);
    }
    if (done === 0) return -1;
    return Math.min(most, Math.round((executions / (done + now.length)) * (parts.length - done)));
  }
}

/**
 * What a search has come to.
 * @param shares all that has been done of it
 * @returns null when nothing has
 */
export async function conclude(
  pool: Pool,
  { code, name, strategy, runs }: Order,
  cell: CellShape,
  shares: readonly Share[],
): Promise<SearchReply | null> {
  if (shares.length === 0) return null;
  const request = { kind: 'conclude' as const, code, name, cell, strategy, runs, shares };
  const reply = await pool.ask(request, {}, true);
  if (reply.kind !== 'search') throw new Error(`unexpected reply ${reply.kind}`);
  return reply;
}
