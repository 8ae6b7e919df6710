// Which findings come out with at most so many preemptions? Shrinking asks for one finding after the other; the schedules
// are the same for all of them, so each is run once, and no further than somebody asks.
import type { Choice } from '../core/choice';
import type { Machine } from '../core/machine';
import { BoundedSearch } from './bounded';
import { type Program, runOnce, runRecorded } from './program';

/** The first schedule that comes to a finding. */
interface First {
  /** Number of executions up to it, it included. */
  readonly executions: number;
  readonly choices: readonly Choice[];
}

/** All schedules of one bound, as far as they have been run. */
interface Within {
  readonly search: BoundedSearch;
  /** By the identity of the finding. */
  readonly first: Map<string, First>;
  executions: number;
  exhausted: boolean;
}

/** What has come of looking for a finding within a bound. */
export interface Fewer {
  /** Null: none has come to it. */
  readonly choices: readonly Choice[] | null;
  /** Executions that it takes to know this. */
  readonly executions: number;
  /** Either it was found, or all schedules were run. */
  readonly known: boolean;
}

/** The schedules of a program with few preemptions. */
export class FewPreemptions {
  private readonly bounds: Within[] = [];

  constructor(
    private readonly m: Machine,
    private readonly program: Program,
  ) {}

  /**
   * The first schedule of at most `bound` preemptions that comes to a finding.
   * @param identity of the finding
   * @param most executions to be looked at
   */
  first(identity: string, bound: number, most: number): Fewer {
    const within = this.within(bound);
    while (!within.first.has(identity) && !within.exhausted && within.executions < most) {
      this.runNext(within);
    }
    const first = within.first.get(identity);
    if (first !== undefined && first.executions <= most) return { ...first, known: true };
    const known = within.exhausted && within.executions <= most;
    return { choices: null, executions: Math.min(most, within.executions), known };
  }

  private within(bound: number): Within {
    this.bounds[bound] ??= {
      search: new BoundedSearch(bound),
      first: new Map(),
      executions: 0,
      exhausted: false,
    };
    return this.bounds[bound] as Within;
  }

  private runNext(within: Within): void {
    const { m, program } = this;
    const { search, first } = within;
    search.rewind();
    runOnce(m, program, search);
    within.executions++;
    const fresh = m.findings.map((f) => f.identity).filter((identity) => !first.has(identity));
    if (fresh.length > 0) {
      search.rewind();
      const { choices } = runRecorded(m, program, search);
      const { executions } = within;
      for (const identity of fresh) first.set(identity, { executions, choices });
    }
    within.exhausted = !search.advance();
  }
}
