// Which tasks could go on before each event of an execution. What a task waits for is made and unmade by others; that
// it could not go on yet at some event is often all that can be said of it, and enough to try less in vain.
import type { Task } from '../core/task';
import { twice } from '../core/twice';
import { ROOM } from './clocks';
import { WAITED } from './races';
import { WAITS } from './trace';

/** Task ids that fit into one mask. */
const WIDTH = 32;

/** By event, one bit for each task: the last execution that went through the event has noted it. */
export class Readiness {
  private low = new Int32Array(ROOM).fill(-1);
  private high = new Int32Array(ROOM).fill(-1);
  /** Since which event each task (by id) has been able to go on, without a break. */
  private readonly readySince: number[] = [];
  private readonly readyLast: number[] = [];

  /** Another execution begins. */
  begin(): void {
    this.readyLast.fill(-1);
  }

  /** @param runnable its first `n` entries can go on before event `e` */
  note(e: number, runnable: readonly Task[], n: number): void {
    let low = 0;
    let high = 0;
    for (let i = 0; i < n; i++) {
      const { id, kind } = runnable[i] as Task;
      if (id < WIDTH) low |= 1 << id;
      else high |= 1 << (id - WIDTH);
      if (WAITS[kind] !== WAITED) continue;
      if (this.readyLast[id] !== e - 1) this.readySince[id] = e;
      this.readyLast[id] = e;
    }
    if (e >= this.low.length) this.grow();
    this.low[e] = low;
    this.high[e] = high;
  }

  private grow(): void {
    const { length } = this.low;
    this.low = twice(this.low).fill(-1, length);
    this.high = twice(this.high).fill(-1, length);
  }

  /** Could a task go on before event `e`? */
  has(e: number, task: number): boolean {
    const mask = (task < WIDTH ? this.low[e] : this.high[e]) ?? -1;
    return ((mask >>> (task % WIDTH)) & 1) === 1;
  }

  /** For a task whose op waits (`WAITED`) and can be performed now: since which event it could be. */
  since(task: number): number {
    return this.readySince[task] as number;
  }
}
