// Paints rows of events. Where there is room each event is a box with its glyph; where several fall on one
// pixel, the pixel shows one of them, a bright one if there is any, and a finding always wins.

import { familyStyle } from '../base/colours';
import { gallop, lowerBound } from '../base/search';
import type { Row } from './rows';
import { inkOf, type Scene } from './scene';
import { LABEL_WIDTH, ROW_HEIGHT, xOf } from './viewport';

/** Events of one pixel that are looked at for a bright one. */
const LOOK = 24;
/** Steps for each pixel from which rows are painted as strips. */
const CROWDED = 0.7;
/** How much of its colour an event keeps that is not bright. */
const DIM = 0.22;

/** Colours by op kind, in full and dimmed, as CSS and as pixels. */
export interface Palette {
  readonly full: readonly string[];
  readonly dim: readonly string[];
  readonly fullPixel: Uint32Array;
  readonly dimPixel: Uint32Array;
  readonly glyph: readonly string[];
}

const palettes = new Map<string, Palette>();

export function channels(hex: string): [number, number, number] {
  const n = Number.parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

function mix(hex: string, bg: string): [number, number, number] {
  const [a, b] = [channels(hex), channels(bg)];
  return a.map((x, i) => Math.round(x * DIM + (b[i] as number) * (1 - DIM))) as [
    number,
    number,
    number,
  ];
}

/** Pixels are little-endian RGBA: alpha comes first in the number. */
export function pixel([r, g, b]: [number, number, number]): number {
  return (255 << 24) | (b << 16) | (g << 8) | r;
}

/** The colours of a scene's vocabulary. */
export function paletteOf(s: Pick<Scene, 'kinds' | 'dark'>): Palette {
  const key = `${s.dark} ${s.kinds.length}`;
  const known = palettes.get(key);
  if (known) return known;
  const { bg } = inkOf(s.dark);
  const styles = s.kinds.map((k) => familyStyle(k.family));
  const colours = styles.map((f) => (s.dark ? f.dark : f.light));
  const dimmed = colours.map((c) => mix(c, bg));
  const made: Palette = {
    full: colours,
    dim: dimmed.map(([r, g, b]) => `rgb(${r} ${g} ${b})`),
    fullPixel: Uint32Array.from(colours, (c) => pixel(channels(c)) >>> 0),
    dimPixel: Uint32Array.from(dimmed, (c) => pixel(c) >>> 0),
    glyph: styles.map((f) => f.glyph),
  };
  palettes.set(key, made);
  return made;
}

/** One line of pixels, stretched to the height of a row: many events cost one picture. */
export class Strip {
  private canvas: OffscreenCanvas | null = null;
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);

  /** Blank pixels of a width. */
  begin(width: number): Uint32Array {
    if (this.image?.width !== width) {
      this.canvas = new OffscreenCanvas(width, 1);
      this.image = new ImageData(width, 1);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    return this.pixels.fill(0);
  }

  end(c: CanvasRenderingContext2D, x: number, y: number, height: number): void {
    const { canvas, image } = this;
    if (!canvas || !image) return;
    canvas.getContext('2d')?.putImageData(image, 0, 0);
    c.imageSmoothingEnabled = false;
    c.drawImage(canvas, x, y, image.width, height);
  }
}

/** Shared by all rows: they are painted one after the other. */
export const strip = new Strip();

/** Paint one row of events at a height. */
export function paintEvents(c: CanvasRenderingContext2D, s: Scene, row: Row, y: number): void {
  const plot = s.width - LABEL_WIDTH;
  const { axis, window } = s;
  const first = lowerBound(row.steps, axis.stepAt(window.from));
  const end = lowerBound(row.steps, axis.stepAt(window.to) + 1, first);
  // All rows share the steps of the window: with fewer than a pixel for each, boxes would be too many.
  const steps = axis.stepAt(window.to) - axis.stepAt(window.from);
  if (steps > plot * CROWDED) paintDense(c, s, row, y, first, end);
  else paintBoxes(c, s, row, y, first, end);
}

function paintDense(
  c: CanvasRenderingContext2D,
  s: Scene,
  row: Row,
  y: number,
  first: number,
  end: number,
): void {
  const plot = Math.floor(s.width - LABEL_WIDTH);
  const { axis, window, bright } = s;
  const { kind } = s.view.columns;
  const colours = paletteOf(s);
  const pixels = strip.begin(plot);
  const perPixel = (window.to - window.from) / plot;
  let i = first;
  for (let x = 0; x < plot && i < end; x++) {
    const next = axis.stepAt(window.from + (x + 1) * perPixel);
    const step = row.steps[i] as number;
    if (step > next) continue;
    let shown = step;
    let isBright = bright === null || bright[step - 1] === 1;
    for (let k = 1; !isBright && k < LOOK && i + k < end; k++) {
      const other = row.steps[i + k] as number;
      if (other > next) break;
      if (bright?.[other - 1] !== 1) continue;
      shown = other;
      isBright = true;
    }
    const table = isBright ? colours.fullPixel : colours.dimPixel;
    pixels[x] = table[kind[shown - 1] as number] as number;
    i = gallop(row.steps, next + 1, i);
  }
  strip.end(c, LABEL_WIDTH, y + 5, ROW_HEIGHT - 10);
}

function paintBoxes(
  c: CanvasRenderingContext2D,
  s: Scene,
  row: Row,
  y: number,
  first: number,
  end: number,
): void {
  const plot = s.width - LABEL_WIDTH;
  const { axis, window, bright } = s;
  const { kind } = s.view.columns;
  const colours = paletteOf(s);
  const ink = inkOf(s.dark);
  for (let i = first; i < end; i++) {
    const step = row.steps[i] as number;
    const k = kind[step - 1] as number;
    const x = Math.round(xOf(window, plot, axis.at(step)));
    const isBright = bright === null || bright[step - 1] === 1;
    const room = xOf(window, plot, axis.at(step + 1)) - x;
    const w = Math.max(1, Math.floor(room) - (room > 3 ? 1 : 0));
    c.fillStyle = (isBright ? colours.full[k] : colours.dim[k]) as string;
    c.fillRect(x, y + 5, Math.min(w, 400), ROW_HEIGHT - 10);
    if (w < 9) continue;
    c.fillStyle = isBright ? ink.onEvent : ink.muted;
    c.fillText(colours.glyph[k] as string, x + Math.min(w, 400) / 2 - 3, y + ROW_HEIGHT / 2 + 4);
  }
}
