// The search of one cell by several processes. It is cut into parts in an order that does not depend on
// how many processes there are; what comes out is what one process would have found and counted.
import type { CellShape, StrategyShape } from '../../preload/contract/shapes';
import { boundIsAll, isSampled, type Part, type SavedCampaign, spentBy } from '../engine/api';
import { type Pool, Stopped } from './pool';
import type { Progress, SearchReply } from './protocol';

/** Parts of a search: enough for sixteen processes to be busy to the end. */
const PARTS = 64;

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
  /** Messages of the findings. */
  readonly found: readonly string[];
}

type Told = (p: CellProgress) => void;

/** Searches one cell. */
export class CellExplorer {
  /** What the processes that run have told last, by part. */
  private readonly live = new Map<number, Progress>();

  constructor(
    private readonly pool: Pool,
    private readonly order: Order,
    readonly search: CellSearch,
    private readonly told: Told,
  ) {}

  /**
   * Go on until all is done, the executions are used up, or the pool is told to stop.
   * @returns what was found, also when it was stopped; null when nothing was begun
   */
  async run(): Promise<SearchReply | null> {
    try {
      if (this.search.parts.length === 0) await this.cut();
      this.addRuns();
      await Promise.all(Array.from({ length: this.pool.size }, () => this.lane()));
      await this.settle();
    } catch (e) {
      if (!(e instanceof Stopped)) throw e;
    }
    return this.conclude();
  }

  private common(runs = this.order.runs) {
    const { code, name, strategy } = this.order;
    return { code, name, cell: this.search.cell, strategy, runs };
  }

  private async cut(): Promise<void> {
    const { pool, search } = this;
    if (pool.size === 1) {
      search.parts = [null];
      search.shares = [null];
      return;
    }
    const request = { kind: 'parts' as const, ...this.common(), wanted: PARTS };
    const reply = await pool.ask(request, { onProgress: (p) => this.tell(0, p) });
    if (reply.kind !== 'parts') throw new Error(`unexpected reply ${reply.kind}`);
    search.parts = reply.parts === null ? [null] : [...reply.parts];
    search.shares = search.parts.map(() => null);
    if (reply.parts === null) search.shares[0] = reply.saved;
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
    const saved = this.search.shares[i];
    const { strategy } = this.order;
    if (saved === null || saved === undefined || !saved.over) return false;
    // The whole of a search by samples goes on with more executions.
    return this.search.parts[i] !== null || saved.coverage.exhausted || !isSampled(strategy)
      ? true
      : spentBy(saved) >= this.order.runs;
  }

  /** Executions of the parts before the first that is not over. */
  private get spent(): number {
    const { shares } = this.search;
    let n = 0;
    for (let i = 0; i < shares.length && this.isOver(i); i++) n += spentBy(shares[i] as never);
    return n;
  }

  /** Is a part not needed: has a lower bound left nothing out? */
  private isNeedless(i: number): boolean {
    const part = this.search.parts[i];
    if (part?.kind !== 'prefix' || part.bound === 0) return false;
    const { parts, shares } = this.search;
    const done = shares.flatMap((saved, k) =>
      saved === null ? [] : [{ part: parts[k] ?? null, saved }],
    );
    const mine = parts.filter((p) => p?.kind === 'prefix' && p.bound === part.bound - 1).length;
    const have = done.filter((s) => s.part?.kind === 'prefix' && s.part.bound === part.bound - 1);
    return have.length === mine && boundIsAll(done, part.bound - 1);
  }

  private readonly begun = new Set<number>();

  private async lane(): Promise<void> {
    const { search, order } = this;
    for (let i = 0; i < search.parts.length; i++) {
      if (this.begun.has(i) || this.isOver(i)) continue;
      if (this.spent >= order.runs || this.isNeedless(i)) return;
      this.begun.add(i);
      await this.share(i, order.runs - this.spent);
    }
  }

  private async share(i: number, runs: number): Promise<void> {
    const { pool, search } = this;
    const part = search.parts[i] ?? null;
    const saved = search.shares[i] ?? null;
    const request = { kind: 'share' as const, ...this.common(runs), part, saved };
    const reply = await pool.ask(request, { onProgress: (p) => this.tell(i, p) });
    this.live.delete(i);
    if (reply.kind !== 'share') throw new Error(`unexpected reply ${reply.kind}`);
    // It has turned out that the parts depend on each other: one process does it all.
    if (reply.saved === null) await this.whole();
    else if (search.parts[i] === part) search.shares[i] = reply.saved;
  }

  private async whole(): Promise<void> {
    const { search } = this;
    if (search.parts[0] === null) return;
    search.parts = [null];
    search.shares = [null];
    this.begun.clear();
    this.begun.add(0);
    await this.share(0, this.order.runs);
  }

  /** Keep what one process would have done with these executions, and no more. */
  private async settle(): Promise<void> {
    const { search, order } = this;
    let left = order.runs;
    for (let i = 0; i < search.parts.length; i++) {
      let saved = search.shares[i] ?? null;
      if (saved === null || left <= 0 || this.isNeedless(i)) {
        search.shares.fill(null, i);
        return;
      }
      if (spentBy(saved) > left && search.parts[i] !== null) {
        search.shares[i] = null;
        await this.share(i, left);
        saved = search.shares[i] ?? null;
        if (saved === null) return;
      }
      left -= spentBy(saved);
    }
  }

  private async conclude(): Promise<SearchReply | null> {
    const { search, pool } = this;
    const shares = search.shares.flatMap((saved, i) =>
      saved === null ? [] : [{ part: search.parts[i] ?? null, saved }],
    );
    if (shares.length === 0) return null;
    const request = { kind: 'conclude' as const, ...this.common(), shares };
    const reply = await pool.ask(request, {}, true);
    if (reply.kind !== 'search') throw new Error(`unexpected reply ${reply.kind}`);
    return reply;
  }

  private tell(i: number, p: Progress): void {
    this.live.set(i, p);
    const done = this.search.shares.filter((s, k) => s !== null && !this.live.has(k));
    const finished = done.reduce((n, s) => n + spentBy(s as SavedCampaign), 0);
    const now = [...this.live.values()];
    const sum = (of: (p: Progress) => number | undefined): number =>
      now.reduce((n, q) => n + Math.max(0, of(q) ?? 0), 0);
    const executions = finished + sum((q) => q.executions);
    const known = new Set<string>();
    for (const s of done) for (const f of (s as SavedCampaign).found) known.add(f.finding.message);
    for (const q of now) for (const text of q.found ?? []) known.add(text);
    const traces = done.reduce((n, s) => n + Math.max(0, (s as SavedCampaign).coverage.traces), 0);
    this.told({
      executions,
      traces: traces + sum((q) => q.traces),
      states: sum((q) => q.states),
      left: this.guess(executions, done.length, now),
      found: [...known],
    });
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
