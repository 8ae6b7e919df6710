// Which trace the runs of a program belong to, for tests that hold one search against another.
import {
  type Chooser,
  current,
  HashedTrace,
  type Machine,
  type Program,
  type Task,
} from '../../main/engine/api';

/** Takes another's decisions, and notes its answers to fault choices: they tell traces apart, too. */
class Answers implements Chooser {
  readonly always = true;
  private readonly given: string[] = [];

  constructor(private readonly inner: Chooser) {}

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    if (n === 1 && this.inner.always !== true) return 0;
    return this.inner.pickTask(runnable, n, previous);
  }

  pickFault(options: number, label: string): number {
    const answer = this.inner.pickFault(options, label);
    const { key, steps } = current.task;
    this.given.push(`${key}.${steps}=${answer}`);
    return answer;
  }

  /** In an order that is the same for all executions of a trace. */
  get text(): string {
    return this.given.sort().join();
  }
}

/** Runs one program. */
export class Told {
  private readonly trace = new HashedTrace();

  /** @param machine is told to go on after fatal findings, as searches by traces do */
  constructor(
    readonly machine: Machine,
    private readonly program: Program,
  ) {
    machine.goesOn = true;
  }

  /**
   * @param choose makes who takes the decisions, the same ones each time
   * @returns the same text for executions of one trace
   */
  run(choose: () => Chooser): string {
    const { machine, trace } = this;
    let answers = '';
    trace.follow(() => {
      const noting = new Answers(choose());
      machine.begin(noting, null, trace);
      this.program(machine);
      const outcome = machine.run();
      answers = noting.text;
      return outcome;
    });
    return `${trace.signature()} ${answers}`;
  }
}
