// What the timeline shows, without a canvas: the window in steps, the rows, what lies where.
import type { RunView } from '../../preload/contract/calls';
import type { TrackShape } from '../../preload/contract/shapes';

export const LABEL_WIDTH = 168;
export const ROW_HEIGHT = 24;
export const AXIS_HEIGHT = 22;
/** Widest and narrowest a step may get, in pixels. */
const MAX_STEP_PX = 48;

/** The visible part of the step axis: steps from `from` to `to`, as fractions. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The window that shows a whole run. */
export function wholeRun(events: number): Window {
  return { from: 0.5, to: events + 1.5 };
}

/** Keep a window inside the run and within the zoom limits. */
export function clampWindow(w: Window, events: number, plotWidth: number): Window {
  const whole = events + 1;
  const span = Math.max(plotWidth / MAX_STEP_PX, Math.min(w.to - w.from, whole));
  const from = Math.max(0.5, Math.min(w.from, 0.5 + Math.max(0, whole - span)));
  return { from, to: from + span };
}

/** Zoom by `factor` about a step. */
export function zoom(w: Window, factor: number, about: number): Window {
  return { from: about - (about - w.from) * factor, to: about + (w.to - about) * factor };
}

/** Pixel of a step's left edge. */
export function xOf(w: Window, plotWidth: number, step: number): number {
  return LABEL_WIDTH + ((step - w.from) / (w.to - w.from)) * plotWidth;
}

/** Step under a pixel. */
export function stepAt(w: Window, plotWidth: number, x: number): number {
  return Math.floor(w.from + ((x - LABEL_WIDTH) / plotWidth) * (w.to - w.from));
}

const ORDER: readonly string[] = ['device', 'irq-thread', 'worker', 'process', 'user', 'rcu'];

function rank(t: TrackShape): number {
  if (t.kind === 'task') return ORDER.indexOf(t.group) < 0 ? ORDER.length : ORDER.indexOf(t.group);
  return 10 + ['lock', 'counter', 'object'].indexOf(t.kind);
}

/** Rows in reading order: device, interrupt thread, workers, …, then locks, counts, objects. */
export function rowsOf(view: RunView): TrackShape[] {
  return [...view.timeline.tracks].sort((a, b) => rank(a) - rank(b) || a.task - b.task);
}

/** Steps of each task, ascending. */
export function stepsByTask(view: RunView): Uint32Array[] {
  const { columns: run } = view;
  const lists: number[][] = run.tasks.map(() => []);
  for (let i = 0; i < run.events; i++) lists[run.task[i] as number]?.push(i + 1);
  return lists.map((l) => Uint32Array.from(l));
}

/** First index with steps[index] >= step. */
export function lowerBound(steps: Uint32Array, step: number): number {
  let lo = 0;
  let hi = steps.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if ((steps[mid] as number) < step) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}
