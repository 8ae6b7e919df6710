// Paints the whole timeline on a 2D canvas: rows, arrows of the cursor, marks, axis, labels.
import { lowerBound } from '../base/search';
import { paintEvents } from './paint-events';
import { paintCounter, paintSpans } from './paint-tracks';
import { type Row, rowOfStep } from './rows';
import { crop, FONT, type Ink, inkOf, type Scene } from './scene';
import { AXIS_HEIGHT, LABEL_WIDTH, ROW_HEIGHT, xOf } from './viewport';

/** Arrows that are drawn at most: beyond that nobody can follow them. */
const MOST_FLOWS = 40;

/** Pixels of a link's words at most. */
const TAG_WIDTH = 220;
/** Its height and a gap below it. */
const TAG_HEIGHT = 16;

type Context = CanvasRenderingContext2D;

/** Pixel height at which the rows that scroll begin. */
function restTop(s: Scene): number {
  return AXIS_HEIGHT + s.pinned.length * ROW_HEIGHT;
}

/** Top of a row; pinned ones come first in the numbering. */
function rowY(s: Scene, index: number): number {
  if (index < s.pinned.length) return AXIS_HEIGHT + index * ROW_HEIGHT;
  return restTop(s) + (index - s.pinned.length) * ROW_HEIGHT - s.scroll;
}

/** The row at a height, or null. */
export function rowAt(s: Scene, y: number): Row | null {
  if (y < AXIS_HEIGHT) return null;
  if (y < restTop(s)) return s.pinned[Math.floor((y - AXIS_HEIGHT) / ROW_HEIGHT)] ?? null;
  return s.rest[Math.floor((y - restTop(s) + s.scroll) / ROW_HEIGHT)] ?? null;
}

function clip(c: Context, x: number, y: number, w: number, h: number, paint: () => void): void {
  c.save();
  c.beginPath();
  c.rect(x, y, w, h);
  c.clip();
  paint();
  c.restore();
}

function paintRow(c: Context, s: Scene, row: Row, y: number): void {
  if (row.kind === 'events') paintEvents(c, s, row, y);
  else if (row.kind === 'counter') paintCounter(c, s, row, y);
  else paintSpans(c, s, row, y);
}

/** Rows that can be seen, with their place. */
function visible(s: Scene): { row: Row; y: number; index: number }[] {
  const out = s.pinned.map((row, index) => ({ row, y: rowY(s, index), index }));
  const first = Math.max(0, Math.floor(s.scroll / ROW_HEIGHT));
  for (let i = first; i < s.rest.length; i++) {
    const index = s.pinned.length + i;
    const y = rowY(s, index);
    if (y > s.height) break;
    out.push({ row: s.rest[i] as Row, y, index });
  }
  return out;
}

function band(c: Context, s: Scene, from: number, to: number, colour: string): void {
  const plot = s.width - LABEL_WIDTH;
  const a = Math.max(LABEL_WIDTH, xOf(s.window, plot, s.axis.at(from)));
  const b = Math.min(s.width, xOf(s.window, plot, s.axis.at(to)));
  if (b <= LABEL_WIDTH || a >= s.width) return;
  c.fillStyle = colour;
  c.fillRect(a, AXIS_HEIGHT, Math.max(2, b - a), s.height);
}

function paintFlows(c: Context, s: Scene, ink: Ink): void {
  const bad = new Set(s.view.findings.map((f) => f.step));
  for (const { from, to } of s.flows.slice(0, MOST_FLOWS)) {
    arrow(c, s, from, to, bad.has(to) ? ink.bad : ink.muted, bad.has(to));
  }
  const tags: Tag[] = [];
  const said = (from: number, to: number, colour: string, words: string): void => {
    const middle = arrow(c, s, from, to, colour, true);
    if (middle !== null) tags.push({ ...middle, colour, words });
  };
  for (const [i, [from, to]] of s.orders.entries()) said(from, to, ink.warn, `${i + 1}`);
  for (const n of s.notes) if (n.sort === 'link') said(n.step, n.to, ink.accent, n.text);
  paintTags(c, ink, tags);
}

/** Middle of a step on its row; null when it has none. */
function spot(s: Scene, step: number): { x: number; y: number } | null {
  const plot = s.width - LABEL_WIDTH;
  const index = rowOfStep([...s.pinned, ...s.rest], step);
  if (index < 0) return null;
  const { axis } = s;
  const [a, b] = [axis.at(step), axis.at(step + 1)];
  const x = xOf(s.window, plot, a + Math.min((b - a) / 2, 20));
  return { x, y: rowY(s, index) + ROW_HEIGHT / 2 };
}

/** From a step to another; where its middle is, or null when one of them has no row. */
function arrow(
  c: Context,
  s: Scene,
  from: number,
  to: number,
  colour: string,
  strong: boolean,
): { x: number; y: number } | null {
  const [a, b] = [spot(s, from), spot(s, to)];
  if (!a || !b) return null;
  c.strokeStyle = colour;
  c.fillStyle = colour;
  c.lineWidth = strong ? 2 : 1;
  c.setLineDash(strong ? [] : [4, 3]);
  const lift = a.y === b.y ? -16 : 0;
  const middle = (a.x + b.x) / 2;
  c.beginPath();
  c.moveTo(a.x, a.y);
  c.bezierCurveTo(middle, a.y + lift, middle, b.y + lift, b.x, b.y);
  c.stroke();
  c.setLineDash([]);
  c.lineWidth = 1;
  c.beginPath();
  c.moveTo(b.x, b.y);
  c.lineTo(b.x - 6, b.y - 4);
  c.lineTo(b.x - 6, b.y + 4);
  c.fill();
  return { x: middle, y: (a.y + b.y) / 2 + lift };
}

/** Words that belong to a point. */
interface Tag {
  readonly x: number;
  readonly y: number;
  readonly colour: string;
  readonly words: string;
}

/**
 * Words around their points, on a ground of their own so that marks behind them do not matter. One that would cover
 * another goes below it.
 */
function paintTags(c: Context, ink: Ink, tags: readonly Tag[]): void {
  const placed: { from: number; to: number; y: number }[] = [];
  for (const { x: middle, y: wanted, colour, words } of tags) {
    const text = crop(words.split('\n')[0] ?? '', TAG_WIDTH);
    const width = c.measureText(text).width + 8;
    const x = middle - width / 2;
    let y = wanted;
    const covers = (p: (typeof placed)[number]): boolean =>
      p.from < x + width && p.to > x && Math.abs(p.y - y) < TAG_HEIGHT;
    for (let over = placed.find(covers); over; over = placed.find(covers)) y = over.y + TAG_HEIGHT;
    placed.push({ from: x, to: x + width, y });
    c.fillStyle = ink.panel;
    c.fillRect(x, y - 8, width, TAG_HEIGHT - 1);
    c.strokeStyle = colour;
    c.strokeRect(x + 0.5, y - 7.5, width - 1, TAG_HEIGHT - 2);
    c.fillStyle = ink.text;
    c.fillText(text, x + 4, y + 4);
  }
}

function paintFindings(c: Context, s: Scene, ink: Ink): void {
  for (const f of s.view.findings) {
    const at = spot(s, f.step);
    if (!at) continue;
    c.fillStyle = ink.bad;
    c.beginPath();
    c.moveTo(at.x - 6, at.y - 12);
    c.lineTo(at.x + 6, at.y - 12);
    c.lineTo(at.x, at.y - 3);
    c.fill();
  }
}

function paintCursor(c: Context, s: Scene, ink: Ink): void {
  if (s.cursor <= 0) return;
  const plot = s.width - LABEL_WIDTH;
  const x = xOf(s.window, plot, s.axis.at(s.cursor));
  const w = Math.max(2, Math.min(60, xOf(s.window, plot, s.axis.at(s.cursor + 1)) - x));
  c.strokeStyle = ink.accent;
  c.lineWidth = 1.5;
  c.strokeRect(x - 1, AXIS_HEIGHT, w, s.height - AXIS_HEIGHT);
  c.lineWidth = 1;
}

function paintMark(c: Context, s: Scene, step: number, name: string, colour: string): void {
  if (step <= 0) return;
  const plot = s.width - LABEL_WIDTH;
  const x = Math.round(xOf(s.window, plot, s.axis.at(step)));
  if (x < LABEL_WIDTH || x > s.width) return;
  c.fillStyle = colour;
  c.fillRect(x, 0, 1.5, s.height);
  c.fillRect(x, AXIS_HEIGHT - 14, 14, 14);
  c.fillStyle = inkOf(s.dark).onEvent;
  c.fillText(name, x + 4, AXIS_HEIGHT - 3);
}

function paintAxis(c: Context, s: Scene, ink: Ink): void {
  const plot = s.width - LABEL_WIDTH;
  c.fillStyle = ink.panel;
  c.fillRect(0, 0, s.width, AXIS_HEIGHT);
  const { axis, window } = s;
  const raw = (window.to - window.from) / Math.max(1, plot / 84);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const least = axis.kind === 'step' ? 1 : 0.1;
  const every = Math.max(least, [1, 2, 5, 10].map((k) => k * unit).find((n) => n >= raw) ?? 1);
  c.fillStyle = ink.muted;
  for (let n = Math.ceil(window.from / every) * every; n <= window.to; n += every) {
    if (axis.kind === 'step' && (n < 1 || n > s.view.columns.events)) continue;
    const x = xOf(window, plot, n);
    if (x > s.width - 30) break;
    c.fillText(axis.label(n), x + 2, 15);
    c.fillRect(x, AXIS_HEIGHT - 4, 1, 4);
  }
  c.fillStyle = ink.warn;
  const firstHit = lowerBound(s.hits, axis.stepAt(window.from));
  for (let i = firstHit, last = -9; i < s.hits.length; i++) {
    const x = Math.round(xOf(window, plot, axis.at(s.hits[i] as number)));
    if (x > s.width) break;
    if (x > last + 1 && x >= LABEL_WIDTH) c.fillRect(x, AXIS_HEIGHT - 6, 2, 6);
    last = Math.max(last, x);
  }
  for (const n of s.notes) {
    const x = xOf(window, plot, axis.at(n.step));
    if (x < LABEL_WIDTH || x > s.width) continue;
    c.fillStyle = ink.good;
    c.beginPath();
    c.moveTo(x, 2);
    c.lineTo(x + 9, 6);
    c.lineTo(x, 10);
    c.fill();
    c.fillRect(x, 2, 1, AXIS_HEIGHT - 2);
  }
  c.fillStyle = ink.panel;
  c.fillRect(0, 0, LABEL_WIDTH - 1, AXIS_HEIGHT);
  c.fillStyle = ink.muted;
  c.fillText(axis.kind === 'step' ? 'step' : 'virtual time', 10, 15);
}

function paintLabels(c: Context, s: Scene, ink: Ink): void {
  c.fillStyle = ink.panel;
  c.fillRect(0, AXIS_HEIGHT, LABEL_WIDTH - 1, s.height);
  const rows = visible(s);
  const here = rowOfStep([...s.pinned, ...s.rest], s.cursor);
  const paint = (list: typeof rows): void => {
    for (const { row, y, index } of list) {
      if (index === here) {
        c.fillStyle = ink.fill;
        c.fillRect(0, y, LABEL_WIDTH - 1, ROW_HEIGHT - 1);
      }
      if (row.id === s.track) {
        c.fillStyle = ink.accent;
        c.fillRect(0, y, 3, ROW_HEIGHT - 1);
      }
      c.fillStyle = row.kind === 'events' ? ink.text : ink.muted;
      const pin = index < s.pinned.length ? '• ' : '';
      c.fillText(crop(`${pin}${row.name}`, LABEL_WIDTH - 16), 10, y + ROW_HEIGHT / 2 + 4);
    }
  };
  paint(rows.filter((r) => r.index < s.pinned.length));
  clip(c, 0, restTop(s), LABEL_WIDTH, s.height, () =>
    paint(rows.filter((r) => r.index >= s.pinned.length)),
  );
}

/** Paint the whole timeline. */
export function paintTimeline(c: Context, s: Scene): void {
  const ink = inkOf(s.dark);
  const plot = s.width - LABEL_WIDTH;
  c.font = FONT;
  c.fillStyle = ink.bg;
  c.fillRect(0, 0, s.width, s.height);
  const rows = visible(s);
  const both = (paint: (r: (typeof rows)[number]) => void): void => {
    clip(c, LABEL_WIDTH, restTop(s), plot, s.height, () =>
      rows.filter((r) => r.index >= s.pinned.length).forEach(paint),
    );
    clip(c, LABEL_WIDTH, AXIS_HEIGHT, plot, s.pinned.length * ROW_HEIGHT, () =>
      rows.filter((r) => r.index < s.pinned.length).forEach(paint),
    );
  };
  if (s.range) band(c, s, s.range.from, s.range.to + 1, s.dark ? '#232d3a' : '#e6f0fa');
  for (const n of s.notes) {
    if (n.sort === 'range') band(c, s, n.step, n.to + 1, s.dark ? '#1d2f29' : '#e0f3ea');
  }
  both(({ row, y }) => {
    c.fillStyle = ink.line;
    c.fillRect(LABEL_WIDTH, y + ROW_HEIGHT - 1, plot, 1);
    paintRow(c, s, row, y);
  });
  const all = [...s.pinned, ...s.rest];
  rows.forEach(({ row, y, index }) => {
    const before = index > 0 ? all[index - 1] : undefined;
    if (!before || (before.section === row.section && index !== s.pinned.length)) return;
    if (y < restTop(s) && index > s.pinned.length) return;
    c.fillStyle = ink.muted;
    c.fillRect(0, y - 1, s.width, 1);
  });
  clip(c, LABEL_WIDTH, AXIS_HEIGHT, plot, s.height, () => {
    paintFlows(c, s, ink);
    paintFindings(c, s, ink);
    paintCursor(c, s, ink);
    if (s.parting > 0) {
      const x = xOf(s.window, plot, s.axis.at(s.parting));
      c.fillStyle = ink.warn;
      c.fillRect(x, AXIS_HEIGHT, 2, s.height);
      c.fillText('first difference', x + 5, s.height - 6);
    }
  });
  paintLabels(c, s, ink);
  paintAxis(c, s, ink);
  paintMark(c, s, s.markA, 'A', ink.good);
  paintMark(c, s, s.markB, 'B', ink.warn);
}
