// The two axes: steps, where every event is one wide, or virtual time.
import type { ViewColumns } from '../../preload/contract/shapes';
import { timeText } from '../base/labels';

/** Turns steps into positions on the axis and back. Positions grow with steps. */
export interface Axis {
  readonly kind: 'step' | 'time';
  readonly start: number;
  readonly end: number;
  /** Left edge of a step; of the step after the last one: the end. */
  at(step: number): number;
  /** The step whose room holds a position. */
  stepAt(pos: number): number;
  /** How a position reads. */
  label(pos: number): string;
}

/** Steps 1 to `events`, one wide each; step 0 is the beginning. */
export function stepAxis(events: number): Axis {
  return {
    kind: 'step',
    start: 0.5,
    end: events + 1.5,
    at: (step) => step,
    stepAt: (pos) => Math.max(0, Math.min(events, Math.floor(pos))),
    label: (pos) => `#${pos}`,
  };
}

/** Virtual nanoseconds; a step has the room from its own time to the next one's. */
export function timeAxis(run: ViewColumns): Axis {
  const { time, events } = run;
  const last = events > 0 ? (time[events - 1] as number) : 0;
  const end = last + 100;
  return {
    kind: 'time',
    start: 0,
    end: end + 1,
    at: (step) => (step > events ? end : step < 1 ? 0 : (time[step - 1] as number)),
    stepAt(pos) {
      let lo = 0;
      let hi = events;
      while (lo < hi) {
        const mid = (lo + hi) >> 1;
        if ((time[mid] as number) <= pos) lo = mid + 1;
        else hi = mid;
      }
      return lo;
    },
    label: timeText,
  };
}
