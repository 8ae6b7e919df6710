// Which tasks could go on before each event of an execution. What a task waits for is made and unmade by others; that
// it could not go on yet at some event is often all that can be said of it, and enough to try less in vain.
import type { Task } from '../core/task';
import { twice } from '../core/twice';
import { ROOM } from './clocks';

/** Task ids that fit into one mask. */
const WIDTH = 32;

/** By event, one bit for each task: the last execution that went through the event has noted it. */
export class Readiness {
  private low = new Int32Array(ROOM).fill(-1);
  private high = new Int32Array(ROOM).fill(-1);

  /** @param runnable its first `n` entries can go on before event `e` */
  note(e: number, runnable: ArrayLike<Task>, n: number): void {
    let low = 0;
    let high = 0;
    for (let i = 0; i < n; i++) {
      const { id } = runnable[i] as Task;
      if (id < WIDTH) low |= 1 << id;
      else high |= 1 << (id - WIDTH);
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
}
