// The search of one cell when nobody has said how: stage after stage, each cut into parts and shared as
// a search of its own. What is found and counted is the same with any number of processes.
import {
  type AutoStrategy,
  joinCoverage,
  ofStage,
  type Part,
  type Share,
  STAGES,
  spentBy,
  stageStrategy,
} from '../engine/api';
import {
  CellExplorer,
  type CellProgress,
  type CellSearch,
  conclude,
  type Order,
  type Told,
} from './exploring';
import { type Pool, Stopped } from './pool';
import type { SearchReply } from './protocol';

/** Searches one cell by what suits it. */
export class AutoExplorer {
  constructor(
    private readonly pool: Pool,
    private readonly order: Order & { readonly strategy: AutoStrategy },
    /** Its parts are those of all stages. */
    private readonly search: CellSearch,
    private readonly told: Told,
  ) {}

  /** As `CellExplorer.run`. */
  async run(): Promise<SearchReply | null> {
    const { pool, order, search } = this;
    const before: Share[] = [];
    try {
      for (let stage = 0; stage < STAGES.length; stage++) {
        if (await this.isEnough(stage, before)) break;
      }
    } catch (e) {
      if (!(e instanceof Stopped)) throw e;
    }
    return conclude(pool, order, search.cell, before);
  }

  /**
   * Do a stage.
   * @param before what the stages before it have done; what this one does is added
   * @returns whether nothing is left to be searched
   */
  private async isEnough(stage: number, before: Share[]): Promise<boolean> {
    const { pool, order } = this;
    const spent = before.reduce((n, { saved }) => n + spentBy(saved), 0);
    const runs = Math.floor(order.runs * (STAGES[stage] as number)) - spent;
    const strategy = stageStrategy(order.strategy, stage);
    const mine = this.of(stage);
    const told = (p: CellProgress): void => this.told(withEarlier(p, spent, before));
    const explorer = new CellExplorer(pool, { ...order, strategy, runs }, mine, told, true);
    try {
      if (runs > 0) await explorer.explore();
    } finally {
      this.keep(stage, mine);
      for (const { part, saved } of explorer.done()) {
        before.push({ part: { kind: 'stage', stage, of: part }, saved });
      }
    }
    const shares = ofStage(before, stage);
    const all = mine.parts.length > 0 && shares.length === mine.parts.length;
    return all && joinCoverage(strategy, shares).complete;
  }

  /** A stage as a search of its own. */
  private of(stage: number): CellSearch {
    const { cell, parts, shares } = this.search;
    const mine = [...parts.keys()].filter((i) => stageOf(parts[i]) === stage);
    return {
      cell,
      parts: mine.map((i) => (parts[i] as StagePart).of),
      shares: mine.map((i) => shares[i] ?? null),
    };
  }

  /** Put back what has become of a stage. */
  private keep(stage: number, mine: CellSearch): void {
    const { search } = this;
    const others = [...search.parts.keys()].filter((i) => stageOf(search.parts[i]) !== stage);
    const parts = others.map((i) => search.parts[i] ?? null);
    const shares = others.map((i) => search.shares[i] ?? null);
    search.parts = [...parts, ...mine.parts.map((of) => ({ kind: 'stage' as const, stage, of }))];
    search.shares = [...shares, ...mine.shares];
  }
}

type StagePart = Extract<Part, { kind: 'stage' }>;

function stageOf(part: Part | null | undefined): number {
  return part?.kind === 'stage' ? part.stage : -1;
}

/** What a stage tells, with what the stages before it have done. */
function withEarlier(p: CellProgress, spent: number, before: readonly Share[]): CellProgress {
  const found = new Set(before.flatMap(({ saved }) => saved.found.map((f) => f.finding.identity)));
  for (const identity of p.found) found.add(identity);
  return { ...p, executions: spent + p.executions, found: [...found] };
}
