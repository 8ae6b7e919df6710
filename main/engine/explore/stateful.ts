// Stateful search: finds what any interleaving finds, and says nothing about traces.
import type { Chooser } from '../core/choice';
import type { SavedFootprints } from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import { StartAgain } from './dpor-state';
import { type Coverage, PathChooser, type Search } from './search';
import { type Decision, StateSearch } from './state-search';
import { StateSet, StatesOnTop } from './state-set';

/** Where a stateful search is. */
export interface StatePlace {
  readonly stack: readonly Decision[];
  readonly keys: readonly number[];
  readonly places: SavedFootprints;
  readonly knowsLocal: boolean;
}

/** A stateful search at rest. */
export interface SavedStateful extends StatePlace {
  /** Triples, see `States.values`. */
  readonly visited: readonly number[];
  readonly transitions: number;
}

/** Visits every state of a program once. */
export class Stateful extends StateSearch implements Search {
  readonly preemptions = -1;
  private exhausted = false;

  /** @param common what others have seen, of whom this is one (`state-rounds.ts`); null for who searches alone */
  constructor(private readonly common: StateSet | null = null) {
    super();
    if (common === null) return;
    this.visited = new StatesOnTop(common);
    this.keysGrow = false;
  }

  override next(m: Machine, outcome: Outcome): boolean {
    const goesOn = super.next(m, outcome);
    this.exhausted = !goesOn;
    return goesOn;
  }

  /** @throws StartAgain where all have to */
  protected override startAgain(): void {
    super.startAgain();
    if (this.common !== null) throw new StartAgain(this.place());
  }

  again(): Chooser {
    const answers = this.stack.filter((d) => d.step < 0).map((d) => d.options[d.at] as number);
    return new PathChooser(Array.from(this.path).slice(0, this.at), answers);
  }

  covered(): Partial<Coverage> {
    const { exhausted, visited } = this;
    return { exhausted, complete: exhausted, states: visited.size };
  }

  /** Nobody knows how many of the states to come are known: no guess. */
  left(): number {
    return -1;
  }

  private place(): StatePlace {
    const { stack, keys, knowsLocal } = this;
    return { stack, keys, knowsLocal, places: this.footprints.save() };
  }

  save(): SavedStateful {
    const { transitions, common, visited } = this;
    // Those who search with others tell them: see `met`.
    const seen = common === null ? Array.from(visited.values()) : [];
    return { ...this.place(), visited: seen, transitions };
  }

  /** What it has seen beyond what was known: triples. */
  met(): Int32Array {
    return this.visited.values();
  }

  /** Go on with a saved search. */
  load(saved: unknown): void {
    const { stack, visited, transitions, keys, places, knowsLocal } = saved as SavedStateful;
    this.knowsLocal = knowsLocal;
    for (const d of stack) {
      this.stack.push({ ...d, options: [...d.options], sleep: [...d.sleep], since: -1 });
    }
    if (this.visited instanceof StateSet) this.visited.putAll(visited);
    this.keys.push(...keys);
    this.footprints.load(places);
    this.learnt = this.footprints.learnt;
    this.transitions = transitions;
  }
}
