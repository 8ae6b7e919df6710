// Paints rows of spans (owners of locks, lives of objects) and of counts.
import type { NumberColumn } from '../../preload/contract/shapes';
import { gallop, lowerBound } from '../base/search';
import { channels, pixel, strip } from './paint-events';
import { BLOCK, type Row } from './rows';
import { crop, inkOf, type Scene } from './scene';
import { LABEL_WIDTH, ROW_HEIGHT, xOf } from './viewport';

/** First span that ends at or after a step: spans of a track follow one another. */
function firstSpan(to: Uint32Array, step: number): number {
  return lowerBound(to, step);
}

/** Spans are drawn one by one while there are at least so many pixels for each. */
const DENSE = 6;

/** Where spans are narrow, a pixel is filled when any of them is on it. */
function paintDenseSpans(
  c: CanvasRenderingContext2D,
  s: Scene,
  row: Row,
  y: number,
  first: number,
): void {
  const { from, to } = row.track as NonNullable<Row['track']>;
  const { axis, window } = s;
  const plot = Math.floor(s.width - LABEL_WIDTH);
  const perPixel = (window.to - window.from) / plot;
  const ink = inkOf(s.dark);
  const [full, part] = [pixel(channels(ink.accent)) >>> 0, pixel(channels(ink.fill)) >>> 0];
  const pixels = strip.begin(plot);
  let i = first;
  for (let x = 0; x < plot && i < from.length; x++) {
    const here = axis.stepAt(window.from + x * perPixel);
    const next = axis.stepAt(window.from + (x + 1) * perPixel);
    i = gallop(to, here + 1, i);
    if (i >= from.length || (from[i] as number) > next) continue;
    // A span that covers the pixel wholly is held all along.
    pixels[x] = (from[i] as number) <= here && (to[i] as number) >= next ? full : part;
  }
  strip.end(c, LABEL_WIDTH, y + 5, ROW_HEIGHT - 10);
}

/** Columns of a row as pixels: bars of their own height. */
class Bars {
  private canvas: OffscreenCanvas | null = null;
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);

  begin(width: number, height: number): Uint32Array {
    if (this.image?.width !== width || this.image.height !== height) {
      this.canvas = new OffscreenCanvas(width, height);
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    return this.pixels.fill(0);
  }

  end(c: CanvasRenderingContext2D, x: number, y: number): void {
    const { canvas, image } = this;
    if (!canvas || !image) return;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    c.drawImage(canvas, x, y);
  }
}

const bars = new Bars();

/** Paint spans: who holds a lock, how long an object lives. */
export function paintSpans(c: CanvasRenderingContext2D, s: Scene, row: Row, y: number): void {
  const { track } = row;
  if (!track) return;
  const ink = inkOf(s.dark);
  const plot = s.width - LABEL_WIDTH;
  const { axis, window } = s;
  const { strings } = s.view.columns;
  const last = axis.stepAt(window.to);
  const first = firstSpan(track.to, axis.stepAt(window.from));
  if (lowerBound(track.from, last, first) - first > plot / DENSE) {
    paintDenseSpans(c, s, row, y, first);
    return;
  }
  c.fillStyle = ink.fill;
  c.strokeStyle = ink.accent;
  for (let i = first; i < track.from.length; i++) {
    const from = track.from[i] as number;
    if (from > last) break;
    const a = Math.max(LABEL_WIDTH, xOf(window, plot, axis.at(from)));
    const b = Math.min(s.width, xOf(window, plot, axis.at(track.to[i] as number)));
    c.fillStyle = ink.fill;
    c.fillRect(a, y + 5, Math.max(1, b - a - 1), ROW_HEIGHT - 10);
    if (b - a > 4) c.strokeRect(a + 0.5, y + 5.5, b - a - 2, ROW_HEIGHT - 11);
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
  const value = row.track?.value as NumberColumn;
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
  if (end - first > plot / 4) {
    const width = Math.floor(plot);
    const tall = ROW_HEIGHT - 10;
    const perPixel = (window.to - window.from) / width;
    const pixels = bars.begin(width, tall);
    const colour = pixel(channels(ink.accent)) >>> 0;
    let i = first;
    for (let x = 0; x < width && i < end; x++) {
      const until = gallop(track.at, axis.stepAt(window.from + (x + 1) * perPixel) + 1, i);
      const h = Math.max(1, Math.round(height(peak(row, Math.max(0, i - 1), Math.max(i, until)))));
      for (let k = tall - h; k < tall; k++) pixels[k * width + x] = colour;
      i = until;
    }
    bars.end(c, LABEL_WIDTH, y + 5);
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
