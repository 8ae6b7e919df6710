// Choosers that follow what another run did as far as they can, and one that notes what it did.
import type { Chooser } from '../core/choice';
import type { Task } from '../core/task';

/** Lets tasks run in the order of a list, as far as they can; then the lowest goes on. */
export class OrderChooser implements Chooser {
  readonly always = true;
  private readonly left: number[];
  private answer = 0;

  constructor(
    tasks: readonly number[],
    private readonly answers: readonly number[],
  ) {
    this.left = [...tasks];
  }

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    for (let k = 0; k < this.left.length; k++) {
      for (let i = 0; i < n; i++) {
        if ((runnable[i] as Task).id !== this.left[k]) continue;
        this.left.splice(k, 1);
        return i;
      }
    }
    for (let i = 0; i < n; i++) if (runnable[i] === previous) return i;
    return 0;
  }

  pickFault(options: number): number {
    return Math.min(this.answers[this.answer++] ?? 0, options - 1);
  }
}

/** Notes who performs each event. */
export class WhoRuns implements Chooser {
  readonly always = true;
  readonly tasks: number[] = [];

  constructor(private readonly inner: Chooser) {}

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const i = n === 1 ? 0 : this.inner.pickTask(runnable, n, previous);
    this.tasks.push((runnable[i] as Task).id);
    return i;
  }

  pickFault(options: number, label: string): number {
    return this.inner.pickFault(options, label);
  }
}
