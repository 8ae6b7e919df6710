// Order coverage: of the pairs of sites that race with each other, which were seen in both orders, and
// which in one only. Taken from some of the executions of a campaign, spread over it.
import type { Machine } from '../core/machine';
import type { Observer } from '../core/observer';
import { RacingTrace, type StepName } from './trace';

/** A pair of racing sites; bit 1: the first came first, bit 2: the second did. */
const FORWARD = 1;
const BACKWARD = 2;

/** What was seen of the racing pairs. */
export interface OrderSummary {
  /** Executions that were looked at. */
  readonly executions: number;
  /** Pairs seen in both orders, as `this before that`. */
  readonly bothWays: readonly string[];
  /** Pairs of which one order was never seen, as `this before that`. */
  readonly oneWay: readonly string[];
}

/** Order coverage at rest: pairs with the orders seen, and how many executions were looked at. */
export interface SavedOrders {
  readonly executions: number;
  readonly seen: readonly (readonly [string, number])[];
}

/** Executions that are looked at: so many first ones, then ever fewer. */
const FIRST = 64;
/** In a part of a search, which are many. */
const FIRST_OF_PART = 2;

function site(s: StepName): string {
  return `${s.fn}: ${s.kind} ${s.thing}`.replace(/#[0-9]+/g, '');
}

/** Collects the racing pairs of executions. */
export class OrderCoverage {
  private readonly seen = new Map<string, number>();
  private executions = 0;
  private readonly trace = new RacingTrace();

  /**
   * Should the n-th execution (from 1) be looked at?
   * @param part it is one of a part of a search
   */
  wants(n: number, part: boolean): boolean {
    return n <= (part ? FIRST_OF_PART : FIRST) || (n > FIRST && (n & (n - 1)) === 0);
  }

  /** The observer of an execution that is to be looked at. */
  observe(): Observer {
    this.trace.begin();
    return this.trace;
  }

  /** The execution is over. */
  note(_m: Machine): void {
    this.trace.settle();
    this.executions++;
    const { table, steps } = this.trace;
    for (let later = 0; later < table.n; later++) {
      for (const e of table.races[later] as readonly number[]) {
        const a = site(steps[e] as StepName);
        const b = site(steps[later] as StepName);
        const forward = a <= b;
        const key = forward ? `${a} before ${b}` : `${b} before ${a}`;
        const way = a === b ? FORWARD | BACKWARD : forward ? FORWARD : BACKWARD;
        this.seen.set(key, (this.seen.get(key) ?? 0) | way);
      }
    }
  }

  /** What has been seen, as plain data. */
  save(): SavedOrders {
    return { executions: this.executions, seen: [...this.seen] };
  }

  /** Add what somebody else has seen. */
  join(saved: SavedOrders): void {
    this.executions += saved.executions;
    for (const [key, ways] of saved.seen) this.seen.set(key, (this.seen.get(key) ?? 0) | ways);
  }

  /** What has been seen so far, in alphabetical order. */
  summary(): OrderSummary {
    const bothWays: string[] = [];
    const oneWay: string[] = [];
    for (const [key, ways] of [...this.seen].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (ways === (FORWARD | BACKWARD)) bothWays.push(key);
      else if (ways === FORWARD) oneWay.push(key);
      else oneWay.push(key.split(' before ').reverse().join(' before '));
    }
    return { executions: this.executions, bothWays, oneWay };
  }
}
