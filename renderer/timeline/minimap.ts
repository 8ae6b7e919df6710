// The minimap: density of events by row, findings as dots, hits, marks, and the visible window.
import { gallop } from '../base/search';
import { paletteOf } from './paint-events';
import { inkOf, type Scene } from './scene';

type Part = Pick<
  Scene,
  'view' | 'kinds' | 'axis' | 'window' | 'cursor' | 'width' | 'dark' | 'hits' | 'markA' | 'markB'
> & { readonly rows: readonly { readonly steps: Uint32Array }[] };

interface Kept {
  readonly key: string;
  readonly picture: OffscreenCanvas;
}

let kept: Kept | null = null;
const ids = new WeakMap<object, number>();
let serial = 0;

function idOf(o: object): number {
  const known = ids.get(o) ?? ++serial;
  ids.set(o, known);
  return known;
}

/** The events do not change while one pans: they are painted once. */
function density(s: Part, height: number): OffscreenCanvas {
  const key = `${idOf(s.view)} ${s.rows.map((r) => idOf(r.steps)).join()} ${s.axis.kind} ${s.width} ${height} ${s.dark}`;
  if (kept?.key === key) return kept.picture;
  const width = Math.max(1, Math.floor(s.width));
  // Pixel by pixel: as boxes, a long run on a wide screen would be a quarter of a million of them.
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const { fullPixel } = paletteOf(s);
  const { kind } = s.view.columns;
  const lanes = Math.max(1, s.rows.length);
  const lane = (height - 4) / lanes;
  const perPixel = (s.axis.end - s.axis.start) / width;
  const wide = s.axis.kind === 'step' ? Math.max(1, Math.ceil(1 / perPixel)) : 1;
  s.rows.forEach(({ steps }, r) => {
    const top = Math.floor(2 + r * lane);
    const bottom = Math.max(top + 1, Math.round(1.5 + (r + 1) * lane));
    let i = 0;
    for (let x = 0; x < width && i < steps.length; x++) {
      const next = s.axis.stepAt(s.axis.start + (x + 1) * perPixel);
      const step = steps[i] as number;
      if (step > next) continue;
      const colour = fullPixel[kind[step - 1] as number] as number;
      for (let y = top; y < bottom; y++)
        pixels.fill(colour, y * width + x, y * width + Math.min(width, x + wide));
      i = gallop(steps, next + 1, i);
    }
  });
  const picture = new OffscreenCanvas(width, height);
  picture.getContext('2d')?.putImageData(image, 0, 0);
  kept = { key, picture };
  return picture;
}

/** Paint the minimap. */
export function paintMinimap(c: CanvasRenderingContext2D, s: Part, height: number): void {
  const ink = inkOf(s.dark);
  const whole = s.axis.end - s.axis.start;
  const at = (pos: number): number => ((pos - s.axis.start) / whole) * s.width;
  c.fillStyle = ink.panel;
  c.fillRect(0, 0, s.width, height);
  c.globalAlpha = 0.55;
  c.drawImage(density(s, height), 0, 0);
  c.globalAlpha = 1;
  const [a, b] = [at(s.window.from), at(s.window.to)];
  c.fillStyle = s.dark ? 'rgb(20 23 28 / 60%)' : 'rgb(244 246 249 / 65%)';
  c.fillRect(0, 0, a, height);
  c.fillRect(b, 0, s.width - b, height);
  c.strokeStyle = ink.accent;
  c.strokeRect(a + 0.5, 0.5, Math.max(2, b - a - 1), height - 1);
  c.fillStyle = ink.warn;
  for (let i = 0, last = -1; i < s.hits.length; i++) {
    const x = Math.round(at(s.axis.at(s.hits[i] as number)));
    if (x > last) c.fillRect(x, height - 5, 1, 5);
    last = x;
  }
  for (const [step, colour] of [
    [s.markA, ink.good],
    [s.markB, ink.warn],
  ] as const) {
    if (step <= 0) continue;
    c.fillStyle = colour;
    c.fillRect(at(s.axis.at(step)), 0, 2, height);
  }
  for (const f of s.view.findings) {
    c.fillStyle = ink.bad;
    c.beginPath();
    c.arc(at(s.axis.at(f.step)), height / 2, 4, 0, Math.PI * 2);
    c.fill();
  }
  c.fillStyle = ink.accent;
  c.fillRect(at(s.axis.at(s.cursor)), 0, 2, height);
}
