// The walk over a run's events that tells how far it is.
import type { OnMade } from '../../preload/contract/shapes';

/** Events between two messages: some ten milliseconds. */
const STRIDE = 16_384;

/** Do something for every event, by its place from 0 on. */
export function everyEvent(events: number, onMade: OnMade, each: (i: number) => void): void {
  for (let i = 0; i < events; i++) {
    if (i % STRIDE === 0) onMade(i, events);
    each(i);
  }
}

/** For who does not want to know. */
export const untold: OnMade = () => {};
