// Paints rows of spans (owners of locks, lives of objects) and of counts.
import { BLOCK, type Row } from './rows';
import { crop, inkOf, type Scene } from './scene';
import { LABEL_WIDTH, lowerBound, ROW_HEIGHT, xOf } from './viewport';

/** First span that ends at or after a step: spans of a track follow one another. */
function firstSpan(to: Uint32Array, step: number): number {
  return lowerBound(to, step);
}

/** Paint spans; spans narrower than a pixel are drawn once a pixel. */
export function paintSpans(c: CanvasRenderingContext2D, s: Scene, row: Row, y: number): void {
  const { track } = row;
  if (!track) return;
  const ink = inkOf(s.dark);
  const plot = s.width - LABEL_WIDTH;
  const { axis, window } = s;
  const { strings } = s.view.columns;
  const last = axis.stepAt(window.to);
  let drawn = -1;
  c.fillStyle = ink.fill;
  c.strokeStyle = ink.accent;
  for (let i = firstSpan(track.to, axis.stepAt(window.from)); i < track.from.length; i++) {
    const from = track.from[i] as number;
    if (from > last) break;
    const a = Math.max(LABEL_WIDTH, xOf(window, plot, axis.at(from)));
    const b = Math.min(s.width, xOf(window, plot, axis.at(track.to[i] as number)));
    if (b < drawn + 1) {
      // Nothing of it can be seen: on to the first span that ends beyond the next pixel.
      const pos = window.from + ((drawn + 1 - LABEL_WIDTH) / plot) * (window.to - window.from);
      i = Math.max(i, firstSpan(track.to, axis.stepAt(pos)) - 1);
      continue;
    }
    c.fillStyle = ink.fill;
    c.fillRect(a, y + 5, Math.max(1, b - a - 1), ROW_HEIGHT - 10);
    if (b - a > 4) c.strokeRect(a + 0.5, y + 5.5, b - a - 2, ROW_HEIGHT - 11);
    drawn = b;
    if (b - a < 24) continue;
    c.fillStyle = ink.text;
    c.fillText(
      crop(strings[track.text[i] as number] ?? '', b - a - 8),
      a + 4,
      y + ROW_HEIGHT / 2 + 4,
    );
  }
}

/** Largest value of the points from `first` to before `end`. */
function peak(row: Row, first: number, end: number): number {
  const value = row.track?.value as Float64Array;
  const peaks = row.peaks as Float64Array;
  let max = 0;
  for (let i = first; i < end; ) {
    if (i % BLOCK === 0 && i + BLOCK <= end) {
      max = Math.max(max, peaks[i / BLOCK] as number);
      i += BLOCK;
    } else max = Math.max(max, value[i++] as number);
  }
  return max;
}

/** Paint a count as steps; where many changes fall on a pixel, their largest value. */
export function paintCounter(c: CanvasRenderingContext2D, s: Scene, row: Row, y: number): void {
  const { track } = row;
  if (!track || track.at.length === 0) return;
  const ink = inkOf(s.dark);
  const plot = s.width - LABEL_WIDTH;
  const { axis, window } = s;
  const bottom = y + ROW_HEIGHT - 5;
  const height = (v: number): number => (Math.max(0, v) / row.max) * (ROW_HEIGHT - 10);
  const first = Math.max(0, lowerBound(track.at, axis.stepAt(window.from) + 1) - 1);
  const end = lowerBound(track.at, axis.stepAt(window.to) + 1, first);
  if (end - first > plot) {
    const perPixel = (window.to - window.from) / plot;
    c.fillStyle = ink.accent;
    let i = first;
    for (let x = 0; x < plot && i < end; x++) {
      const until = lowerBound(track.at, axis.stepAt(window.from + (x + 1) * perPixel) + 1, i);
      const h = height(peak(row, Math.max(0, i - 1), Math.max(i, until)));
      c.fillRect(LABEL_WIDTH + x, bottom - h, 1, Math.max(1, h));
      i = until;
    }
    return;
  }
  for (let i = first; i < end; i++) {
    const value = track.value[i] as number;
    const next = track.at[i + 1];
    const to = next === undefined ? axis.end : axis.at(next);
    const a = Math.max(LABEL_WIDTH, xOf(window, plot, axis.at(track.at[i] as number)));
    const b = Math.min(s.width, xOf(window, plot, to));
    const h = height(value);
    c.fillStyle = ink.fill;
    c.fillRect(a, bottom - h, Math.max(1, b - a), h);
    c.fillStyle = ink.accent;
    c.fillRect(a, bottom - h, Math.max(1, b - a), 1.5);
    if (b - a <= 14) continue;
    c.fillStyle = ink.text;
    c.fillText(String(value), a + 3, h > 9 ? bottom - 2 : bottom - h - 2);
  }
}
