// A search of the states of one cell, and the processes that help it: each is told what the others have found steps
// to lead to. What the search finds and counts is what it would alone (`engine/explore/scout.ts`).
import { RECORD, SEARCH, type ToldSteps } from '../engine/api';
import { aboutOf, type Help, type Pool } from './pool';
import type { RunnerRequest } from './protocol';
import type { Confined } from './runner-host';

/**
 * A search that is over so soon needs no help, ms: for the first seconds a process that helps compiles the engine, and
 * slows down the search.
 */
const SOON_MS = 5000;
/** Records that are kept for helpers to come. When there are more, nobody comes: who has not heard all understands nothing. */
const KEPT = 1 << 20;

type ScoutRequest = Extract<RunnerRequest, { kind: 'scout' }>;

/** Passes on what a search and its helpers tell each other. */
export class Scouting implements Help {
  readonly about: string;
  /** By number: who listens. */
  private readonly members = new Map<number, Confined>();
  private readonly kept: [from: number, told: ToldSteps][] = [];
  private records = 0;
  private scouts = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly request: Omit<ScoutRequest, 'turn'>,
  ) {
    this.about = aboutOf({ ...request, turn: 0 });
  }

  /** The search has begun in this process. */
  searchIn(confined: Confined): void {
    this.members.set(SEARCH, confined);
    this.timer = setTimeout(() => this.pool.help(this), SOON_MS);
  }

  async begin(confined: Confined): Promise<boolean> {
    if (this.records > KEPT) return true;
    if (this.scouts === 0) this.members.get(SEARCH)?.help();
    const turn = this.scouts++;
    const number = turn + 1;
    const onSteps = (told: ToldSteps): void => this.told(number, told);
    const asked = confined.ask({ ...this.request, turn }, { onSteps });
    for (const [from, told] of this.kept) confined.tell(from, told);
    this.members.set(number, confined);
    try {
      const reply = await asked;
      return reply.kind === 'scouted' && !reply.stopped;
    } finally {
      this.members.delete(number);
    }
  }

  /** One of them has told something. */
  told(by: number, told: ToldSteps): void {
    this.keep(by, told);
    for (const [number, confined] of this.members) if (number !== by) confined.tell(by, told);
  }

  private keep(by: number, told: ToldSteps): void {
    this.records += told.records.length / RECORD;
    if (this.records > KEPT) {
      this.kept.length = 0;
      return;
    }
    // Where the search was before is of no use to those who come now.
    const before = this.kept.findLast(([from]) => from === by);
    if (before !== undefined) before[1] = { ...before[1], position: [] };
    this.kept.push([by, told]);
  }

  /** The search is over. */
  end(): void {
    clearTimeout(this.timer);
    this.pool.helpNoMore(this);
  }
}
