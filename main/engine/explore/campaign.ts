// A campaign: many executions of one program by a strategy, in slices so that whoever runs it can
// report progress and stop. Findings are kept once per identity, with the schedule that reaches each.
import type { Chooser } from '../core/choice';
import { type Finding, findingRank } from '../core/finding';
import { Machine, type Outcome } from '../core/machine';
import { type Explained, explainAll } from './explain';
import { joinCoverage } from './join';
import type { OrderSummary } from './order-coverage';
import { type Program, runRecorded } from './program';
import type { Coverage, Part, Search, Strategy } from './search';
import type { StateSet } from './state-set';
import { searchFor } from './strategies';
import { type FoundFinding, type SavedTally, Tally } from './tally';

/** What a campaign is to do. */
export interface CampaignOptions {
  readonly strategy: Strategy;
  /** Executions at most. */
  readonly budget: number;
  /** Stop at the first finding. */
  readonly stopAtFirst?: boolean;
  /** Marks that some run must pass. */
  readonly reach?: readonly string[];
  /** Count the different traces of samples. */
  readonly countTraces?: boolean;
  /** Look at some executions for the orders in which sites race. */
  readonly countOrders?: boolean;
  /** The program keeps state where no search can see it: nothing is ever said to be complete. */
  readonly opaque?: boolean;
  /** Only this part of the search. */
  readonly part?: Part | null;
  /** Of a part of the states: what is known of all of them. It stays as it is. */
  readonly states?: StateSet | null;
  /** Identities of findings whose schedule is known elsewhere: they are counted only. */
  readonly known?: readonly string[];
}

/** A campaign at rest: plain data. */
export interface SavedCampaign extends SavedTally {
  readonly strategy: Strategy;
  readonly coverage: Coverage;
  readonly search: unknown;
  readonly over: boolean;
}

/** What one process has done of a campaign: all of it (null), or a part. */
export interface Share {
  readonly part: Part | null;
  readonly saved: SavedCampaign;
}

/** DPOR looks at pairs of steps: ops of a run after which it does not branch any more. */
const PATIENCE = 2000;

/** Strategies that leave out what makes no difference to state or order as the engine sees them. */
const REDUCES = new Set<Strategy['kind']>(['dpor', 'stateful', 'auto']);

/** Does a strategy end in drawing samples, of which there is no end? */
export function isSampled({ kind }: Strategy): boolean {
  return ['auto', 'random', 'urw', 'pct', 'pos'].includes(kind);
}

/** Searches in slices. */
export class Campaign extends Tally {
  private readonly search: Search;
  private over = false;
  /** Coverage of a campaign that others have done in parts. */
  private joined: Coverage | null = null;

  constructor(
    private readonly machine: Machine,
    private readonly program: Program,
    readonly options: CampaignOptions,
  ) {
    super();
    for (const w of machine.watches) w.reached = false;
    this.search = searchFor(machine, options);
  }

  get strategy(): Strategy {
    return this.options.strategy;
  }

  /**
   * Run up to `n` more executions.
   * @returns true when the campaign is over
   */
  slice(n: number): boolean {
    const { machine, search, options } = this;
    // An execution that is given up does not count as one, but takes time and budget all the same.
    for (let i = 0; i < n && !this.over && this.executions + this.cut < options.budget; i++) {
      const outcome = this.runNext();
      if (!search.next(machine, outcome)) this.over = true;
      if (options.stopAtFirst && this.found.size > 0) this.over = true;
    }
    return this.over || this.executions + this.cut >= options.budget;
  }

  private runNext(): Outcome {
    const { machine, program, search, options } = this;
    machine.goesOn = search.goesOn === true;
    machine.patience = machine.goesOn ? PATIENCE : Number.POSITIVE_INFINITY;
    const outcome = search.run(machine, program);
    this.note(outcome);
    if (options.countOrders === true) this.noteOrders();
    machine.goesOn = false;
    return outcome;
  }

  /** Of a part of the states: those it has met, see `Stateful.met`. */
  met(): Int32Array | null {
    return this.search.met?.() ?? null;
  }

  /** How many executions are left, as far as one can guess; -1 when one cannot. */
  get left(): number {
    return this.over ? 0 : this.search.left();
  }

  get coverage(): Coverage {
    if (this.joined !== null) return this.joined;
    const { executions, steps, tooLong } = this;
    const nothing = {
      blocked: 0,
      exhausted: false,
      complete: false,
      guessed: false,
      traces: -1,
      states: -1,
    };
    const known = { ...nothing, schedules: 0, boundDone: -1, ...this.search.covered() };
    const guessed = this.options.opaque === true && REDUCES.has(this.strategy.kind);
    const complete = known.complete && tooLong === 0 && !guessed;
    return { ...known, complete, guessed, executions, steps, tooLong };
  }

  /** Findings, the worst first, then the earliest. */
  findings(): FoundFinding[] {
    return [...this.found.values()].sort(byRank);
  }

  /** Checkers that have judged nothing, and wanted marks that no run has passed. */
  neverReached(): string[] {
    this.noteReached();
    const judging = this.machine.checkers.filter((c) => c.kinds.length > 0);
    const idle = judging.map((c) => c.name).filter((name) => !this.reached.has(name));
    return [...idle, ...(this.options.reach ?? []).filter((r) => !this.passed.has(r))];
  }

  /** Racing pairs of sites, and whether both orders of each were seen; empty unless asked for. */
  orderCoverage(): OrderSummary {
    return this.orders.summary();
  }

  /**
   * The findings with their shrunk schedules and causes, the worst first.
   * @param limit how many are explained; explaining takes some hundred executions each
   */
  explained(limit: number): Explained[] {
    return explainAll(this.machine, this.program, this.findings().slice(0, limit));
  }

  private wantsOrders(execution: number): boolean {
    const { part } = this.options;
    if (part?.kind === 'states' && !part.isNew) return false;
    return this.orders.wants(execution, (this.options.part ?? null) !== null);
  }

  /** Run the last execution again under the eyes of order coverage, now and then. */
  private noteOrders(): void {
    const { machine, orders } = this;
    if (!this.wantsOrders(this.executions)) return;
    machine.goesOn = true;
    machine.begin(this.search.again(), null, orders.observe());
    this.program(machine);
    machine.run();
    orders.note(machine);
  }

  private noteReached(): void {
    for (const w of this.machine.watches) if (w.reached) this.reached.add(w.name);
  }

  private note(outcome: Outcome): void {
    const { machine } = this;
    // States that are known have been counted when they were met first.
    if (outcome !== 'cut' || this.options.strategy.kind === 'stateful') this.executions++;
    else this.cut++;
    if (machine.beyond) this.tooLong++;
    this.steps += machine.step;
    if (machine.fired.size > 0) for (const f of machine.fired) this.fired.add(f);
    const { reach } = this.options;
    if (reach !== undefined && this.passed.size < reach.length) {
      for (const l of machine.log) if (reach.includes(l.text)) this.passed.add(l.text);
    }
    const { findings } = machine;
    if (findings.length === 0) return;
    const fresh = findings.filter((f) => !this.found.has(f.identity));
    // One that was given up is the beginning of another that counts.
    const counts = outcome !== 'cut' || this.options.strategy.kind === 'stateful';
    for (const f of findings) {
      const known = this.found.get(f.identity);
      if (known && counts) known.count++;
    }
    if (fresh.length > 0 && !this.keepAll(fresh, counts ? 1 : 0)) {
      throw new Error('the program is not deterministic: no finding');
    }
    if (machine.later.length > 0) this.noteApart(counts ? 1 : 0);
  }

  /** As `keep`, but for those whose schedule is known elsewhere. */
  private keepAll(fresh: readonly Finding[], count: number): boolean {
    const known = this.options.known ?? [];
    const isKnown = (f: Finding): boolean => known.includes(f.identity);
    for (const finding of fresh.filter(isKnown)) {
      const firstAt = this.executions;
      this.found.set(finding.identity, { finding, choices: [], firstAt, count, preemptions: -1 });
    }
    const unknown = fresh.filter((f) => !isKnown(f));
    return unknown.length === 0 || this.keep(unknown, count);
  }

  /** What this order of the steps has come to only after something fatal. */
  private noteApart(count: number): void {
    for (const { finding, chooser } of this.search.apart?.(this.machine) ?? []) {
      const known = this.found.get(finding.identity);
      if (known) known.count += count;
      else this.keep([finding], count, chooser);
    }
  }

  /**
   * Run the execution again to record it, elsewhere: the search has still to look at its end.
   * @param instead takes other decisions
   * @returns whether all was found again
   */
  private keep(fresh: readonly Finding[], count: number, instead: Chooser | null = null): boolean {
    const { preemptions } = this.search;
    const chooser = instead ?? this.search.again();
    const machine = new Machine(this.machine.options, this.machine.checkers);
    machine.patience = this.machine.patience;
    const { choices } = runRecorded(machine, this.program, chooser);
    const firstAt = this.executions;
    return fresh.every(({ identity }) => {
      const finding = machine.findings.find((f) => f.identity === identity);
      if (finding === undefined) return false;
      this.found.set(identity, { finding, choices, firstAt, count, preemptions });
      return true;
    });
  }

  /** The campaign as plain data, between two slices. */
  save(): SavedCampaign {
    this.noteReached();
    return {
      ...this.saveTally(),
      strategy: this.options.strategy,
      coverage: this.coverage,
      search: this.search.save(),
      over: this.over,
    };
  }

  /** Go on with a saved campaign of the same program and strategy. */
  load(saved: SavedCampaign): void {
    this.add(saved);
    // Samples are over when the budget is, and go on with a larger one.
    this.over = saved.over && (saved.coverage.exhausted || !isSampled(this.strategy));
    if (this.over) this.joined = saved.coverage;
    this.search.load(saved.search);
  }

  /**
   * Take over what others have done, in parts: the same as if this campaign had done it.
   * @param shares in the order of the parts
   */
  join(shares: readonly Share[]): void {
    const [only] = shares;
    if (shares.length === 1 && only?.part === null) {
      this.load(only.saved);
      return;
    }
    for (const { saved } of shares) this.add(saved);
    this.joined = joinCoverage(this.strategy, shares);
    this.over = true;
  }
}

/** The worst first, then the earliest. */
export function byRank(a: FoundFinding, b: FoundFinding): number {
  return findingRank(a.finding) - findingRank(b.finding) || a.firstAt - b.firstAt;
}
