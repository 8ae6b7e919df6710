// What executions have come to, whoever has run them: counts, findings, what was reached.
import type { Choice } from '../core/choice';
import type { Finding } from '../core/finding';
import { OrderCoverage, type SavedOrders } from './order-coverage';

/** A finding with the schedule that reaches it. */
export interface FoundFinding {
  readonly finding: Finding;
  /** Empty where the finding was known before: see `CampaignOptions.known`. */
  readonly choices: readonly Choice[];
  /** Execution (from 1) that met it first, and how many met it. */
  readonly firstAt: number;
  count: number;
  /** Preemptions of that schedule; -1 when not counted. */
  readonly preemptions: number;
}

/** A tally at rest: plain data. */
export interface SavedTally {
  readonly executions: number;
  readonly cut: number;
  readonly steps: number;
  readonly tooLong: number;
  readonly found: readonly FoundFinding[];
  readonly fired: readonly string[];
  readonly passed: readonly string[];
  readonly reached: readonly string[];
  readonly orders: SavedOrders;
}

/** Counts executions, and keeps what they have found. */
export class Tally {
  /** By identity. */
  readonly found = new Map<string, FoundFinding>();
  executions = 0;
  /** Executions that were given up. */
  protected cut = 0;
  steps = 0;
  tooLong = 0;
  /** Names of the fault points that fired in some run. */
  readonly fired = new Set<string>();
  protected readonly passed = new Set<string>();
  protected readonly reached = new Set<string>();
  protected readonly orders = new OrderCoverage();

  /** Add what was done after all that has been counted so far. */
  add(saved: SavedTally): void {
    for (const f of saved.found) {
      const known = this.found.get(f.finding.identity);
      const firstAt = this.executions + f.firstAt;
      if (known) known.count += f.count;
      else this.found.set(f.finding.identity, { ...f, firstAt });
    }
    this.executions += saved.executions;
    this.cut += saved.cut;
    this.steps += saved.steps;
    this.tooLong += saved.tooLong;
    for (const f of saved.fired) this.fired.add(f);
    for (const p of saved.passed) this.passed.add(p);
    for (const r of saved.reached) this.reached.add(r);
    this.orders.join(saved.orders);
  }

  /** The tally as plain data. */
  saveTally(): SavedTally {
    return {
      executions: this.executions,
      cut: this.cut,
      steps: this.steps,
      tooLong: this.tooLong,
      found: [...this.found.values()],
      fired: [...this.fired],
      passed: [...this.passed],
      reached: [...this.reached],
      orders: this.orders.save(),
    };
  }
}
