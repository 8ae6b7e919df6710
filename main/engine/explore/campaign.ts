// A campaign: many executions of one program by a strategy, in slices so that whoever runs it can
// report progress and stop. Findings are kept once per cause.
import type { Choice } from '../core/choice';
import { type Finding, findingRank } from '../core/finding';
import type { Machine } from '../core/machine';
import { BoundedSearch } from './bounded';
import { type Program, runOnce, runRecorded } from './program';
import { RandomChooser, runSeed } from './random';

/** How to search. */
export type Strategy =
  | { readonly kind: 'bounded'; readonly bound: number }
  | { readonly kind: 'random'; readonly seed: number };

/** What a campaign has covered: never more than was done. */
export interface Coverage {
  readonly executions: number;
  /** True when every schedule within the bound was run. */
  readonly exhausted: boolean;
  /** True when the bound kept nothing out: these are all schedules there are. */
  readonly complete: boolean;
  /** Distinct schedules of the last finished bound. */
  readonly schedules: number;
  /** Largest preemption bound that was exhausted; -1 for none and for random. */
  readonly boundDone: number;
  readonly steps: number;
}

/** A finding with the schedule that reaches it. */
export interface FoundFinding {
  readonly finding: Finding;
  readonly choices: readonly Choice[];
  /** Execution (from 1) that met it first, and how many met it. */
  readonly firstAt: number;
  count: number;
  /** Preemptions of that schedule; -1 when not counted. */
  readonly preemptions: number;
}

/** Digits in groups of three; no locale, so that the text is the same everywhere. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Sentence that says what was covered. */
export function coverageText(strategy: Strategy, c: Coverage): string {
  const n = grouped(c.executions);
  if (strategy.kind === 'random') return `${n} random schedules (seed ${strategy.seed})`;
  if (c.complete) return `all ${grouped(c.schedules)} schedules`;
  const s = (b: number): string => `${b} preemption${b === 1 ? '' : 's'}`;
  if (c.exhausted) return `all schedules with at most ${s(c.boundDone)} (${n} executions)`;
  const done = c.boundDone < 0 ? 'none of the bounds' : `all with at most ${s(c.boundDone)}`;
  return `${n} executions, ${done}, then out of budget`;
}

/** Searches in slices. */
export class Campaign {
  readonly found = new Map<string, FoundFinding>();
  executions = 0;
  steps = 0;
  private boundDone = -1;
  private exhausted = false;
  private complete = false;
  private schedules = 0;
  private finishedBefore = 0;
  /** Names of the fault points that fired in some run. */
  readonly fired = new Set<string>();
  private readonly passed = new Set<string>();
  private search: BoundedSearch;
  private readonly random = new RandomChooser();

  constructor(
    private readonly machine: Machine,
    private readonly program: Program,
    readonly strategy: Strategy,
    /** Executions at most. */
    readonly budget: number,
    /** Stop at the first finding. */
    private readonly stopAtFirst: boolean,
    /** Marks that some run must pass. */
    private readonly reach: readonly string[] = [],
  ) {
    this.search = new BoundedSearch(0);
  }

  /**
   * Run up to `n` more executions.
   * @returns true when the campaign is over
   */
  slice(n: number): boolean {
    const end = Math.min(this.executions + n, this.budget);
    while (this.executions < end) {
      if (this.strategy.kind === 'random') this.runRandom(this.strategy.seed);
      else if (!this.runBounded(this.strategy.bound)) return true;
      if (this.stopAtFirst && this.found.size > 0) return true;
    }
    return this.executions >= this.budget;
  }

  get coverage(): Coverage {
    return {
      executions: this.executions,
      exhausted: this.exhausted,
      complete: this.complete,
      schedules: this.schedules,
      boundDone: this.boundDone,
      steps: this.steps,
    };
  }

  /** Findings, the worst first, then the earliest. */
  findings(): FoundFinding[] {
    return [...this.found.values()].sort(
      (a, b) => findingRank(a.finding) - findingRank(b.finding) || a.firstAt - b.firstAt,
    );
  }

  /** Checkers that have judged nothing, and wanted marks that no run has passed. */
  neverReached(): string[] {
    const checkers = this.machine.checkers.filter((c) => c.kinds.length > 0 && !c.reached);
    return [...checkers.map((c) => c.name), ...this.reach.filter((r) => !this.passed.has(r))];
  }

  private runRandom(seed: number): void {
    const s = runSeed(seed, this.executions);
    this.random.reseed(s);
    runOnce(this.machine, this.program, this.random);
    this.note(-1, () => {
      this.random.reseed(s);
      return this.random;
    });
  }

  private runBounded(bound: number): boolean {
    const { search } = this;
    search.rewind();
    runOnce(this.machine, this.program, search);
    this.note(search.preemptions, () => {
      search.rewind();
      return search;
    });
    if (search.next()) return true;
    this.boundDone = search.bound;
    this.schedules = this.executions - this.finishedBefore;
    this.finishedBefore = this.executions;
    this.complete = search.cut === 0;
    if (search.cut === 0 || search.bound >= bound) {
      this.exhausted = true;
      return false;
    }
    this.search = new BoundedSearch(search.bound + 1);
    return true;
  }

  private note(preemptions: number, again: () => BoundedSearch | RandomChooser): void {
    this.executions++;
    this.steps += this.machine.step;
    for (const f of this.machine.fired) this.fired.add(f);
    if (this.passed.size < this.reach.length) {
      for (const l of this.machine.log) if (this.reach.includes(l.text)) this.passed.add(l.text);
    }
    const { findings } = this.machine;
    if (findings.length === 0) return;
    const fresh = findings.filter((f) => !this.found.has(f.identity));
    for (const f of findings) {
      const known = this.found.get(f.identity);
      if (known) known.count++;
    }
    if (fresh.length === 0) return;
    const run = runRecorded(this.machine, this.program, again());
    for (const finding of fresh) {
      this.found.set(finding.identity, {
        finding,
        choices: run.choices,
        firstAt: this.executions,
        count: 1,
        preemptions,
      });
    }
  }
}
