// Stateful search: finds what any interleaving finds, and says nothing about traces.
//
// Where others have told what steps lead to (`scout.ts`), it goes there without performing them: it comes to the same
// states in the same order as if it had.
import type { Chooser } from '../core/choice';
import type { SavedFootprints } from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import { type Position, writePosition } from './position';
import { type Coverage, PathChooser, type Recalled, type Search } from './search';
import { type Decision, StateSearch } from './state-search';
import { END, FOUND, NEWS, STEPS, THEN } from './step-book';
import type { StepExchange } from './step-exchange';

/** A stateful search at rest. */
interface SavedStateful {
  readonly stack: Decision[];
  readonly visited: number[];
  readonly transitions: number;
  readonly keys: number[];
  readonly places: SavedFootprints;
  readonly knowsLocal: boolean;
}

/** Visits every state of a program once. */
export class Stateful extends StateSearch implements Search {
  readonly preemptions = -1;
  private exhausted = false;

  override next(m: Machine, outcome: Outcome): boolean {
    const goesOn = super.next(m, outcome);
    this.exhausted = !goesOn;
    return goesOn;
  }

  recall(m: Machine, isKnown: (finding: string) => boolean): Recalled | null {
    const { exchange: x, stack } = this;
    if (x === null || stack.length === 0) return null;
    const { all } = x.words;
    let findings = all[0] as readonly string[];
    const news: string[] = [];
    const steps = this.walk(x, (records, r, last) => {
      // How a run ends has to be seen, what has not been found before, and what is too long.
      const isTooLong = last.done + (records[r + STEPS] as number) >= m.options.maxSteps;
      if (records[r + THEN] === END || isTooLong) return false;
      findings = all[records[r + FOUND] as number] as readonly string[];
      for (const word of all[records[r + NEWS] as number] as readonly string[]) news.push(word);
      return findings.length === 0 || findings.every(isKnown);
    });
    return steps < 0 ? null : { steps, findings, news };
  }

  override share(): StepExchange {
    const x = super.share();
    const seen = this.visited.values();
    for (let i = 0; i < seen.length; i += 3)
      x.visited.push(seen[i] as number, seen[i + 1] as number);
    return x;
  }

  protected override meetState(high: number, low: number, asleep: number): number {
    const { states } = this;
    const wanted = super.meetState(high, low, asleep);
    if (this.states > states) this.exchange?.visited.push(high, low);
    return wanted;
  }

  override position(x: StepExchange): Position {
    return writePosition(this.stack, x);
  }

  again(): Chooser {
    const answers = this.stack.filter((d) => d.step < 0).map((d) => d.options[d.at] as number);
    return new PathChooser(this.path.slice(0, this.at), answers);
  }

  covered(): Partial<Coverage> {
    const { exhausted, states } = this;
    return { exhausted, complete: exhausted, states };
  }

  /** Nobody knows how many of the states to come are known: no guess. */
  left(): number {
    return -1;
  }

  save(): unknown {
    const { stack, transitions, keys } = this;
    const visited = this.visited.values();
    const places = this.footprints.save();
    const { knowsLocal } = this;
    return { stack, transitions, visited, keys, places, knowsLocal };
  }

  /** Go on with a saved search. */
  load(saved: unknown): void {
    const { stack, visited, transitions, keys, places, knowsLocal } = saved as SavedStateful;
    this.knowsLocal = knowsLocal;
    for (const d of stack) {
      this.stack.push({ ...d, options: [...d.options], sleep: [...d.sleep] });
    }
    this.visited.addAll(visited);
    this.keys.push(...keys);
    this.footprints.load(places);
    this.learnt = this.footprints.learnt;
    this.transitions = transitions;
  }
}
