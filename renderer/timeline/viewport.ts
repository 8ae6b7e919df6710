// Which part of the axis is seen, and where its pixels are.
import type { Axis } from './axis';

export const LABEL_WIDTH = 176;
export const ROW_HEIGHT = 24;
export const AXIS_HEIGHT = 24;
/** Widest that a step may get, in pixels. */
const MAX_STEP_PX = 48;

/** The visible part of the axis, in positions. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The window that shows a whole run. */
export function wholeRun(axis: Axis): Window {
  return { from: axis.start, to: axis.end };
}

/** Narrowest window: a few steps, or as many nanoseconds. */
function narrowest(axis: Axis, plotWidth: number): number {
  return axis.kind === 'step' ? plotWidth / MAX_STEP_PX : plotWidth / 4;
}

/** Keep a window inside the run and within the zoom limits. */
export function clampWindow(w: Window, axis: Axis, plotWidth: number): Window {
  const whole = axis.end - axis.start;
  const least = narrowest(axis, plotWidth);
  const span = Math.max(least, Math.min(w.to - w.from, whole));
  const from = Math.max(axis.start, Math.min(w.from, axis.start + Math.max(0, whole - span)));
  return { from, to: from + span };
}

/** Zoom by `factor` about a position. */
export function zoom(w: Window, factor: number, about: number): Window {
  return { from: about - (about - w.from) * factor, to: about + (w.to - about) * factor };
}

/** The window of the same width around a position. */
export function around(w: Window, pos: number, most = Number.POSITIVE_INFINITY): Window {
  const half = Math.min(w.to - w.from, most) / 2;
  return { from: pos - half, to: pos + half };
}

/** Pixel of a position. */
export function xOf(w: Window, plotWidth: number, pos: number): number {
  return LABEL_WIDTH + ((pos - w.from) / (w.to - w.from)) * plotWidth;
}

/** Position under a pixel. */
export function posAt(w: Window, plotWidth: number, x: number): number {
  return w.from + ((x - LABEL_WIDTH) / plotWidth) * (w.to - w.from);
}

/** A zoom that can be gone back to. */
export interface Crumb extends Window {
  readonly label: string;
}
