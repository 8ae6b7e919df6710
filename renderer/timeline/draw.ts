// Draws the timeline on a 2D canvas. Where several events fall on one pixel, the pixel shows one
// of them, and a finding always wins.
import type { RunView } from '../../preload/contract/calls';
import type { FlowShape, KindShape, TrackShape } from '../../preload/contract/shapes';
import { familyStyle } from '../base/colours';
import { AXIS_HEIGHT, LABEL_WIDTH, lowerBound, ROW_HEIGHT, type Window, xOf } from './view-model';

export interface Scene {
  readonly view: RunView;
  readonly kinds: readonly KindShape[];
  readonly rows: readonly TrackShape[];
  readonly steps: readonly Uint32Array[];
  readonly window: Window;
  readonly cursor: number;
  readonly scroll: number;
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
}

interface Ink {
  readonly bg: string;
  readonly panel: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly bad: string;
  readonly accent: string;
  readonly fill: string;
}

const DARK: Ink = {
  bg: '#14171c',
  panel: '#1a1e25',
  line: '#2a313c',
  text: '#e4e8ef',
  muted: '#9aa5b5',
  bad: '#ff8a5c',
  accent: '#56b4e9',
  fill: '#2c4560',
};
const LIGHT: Ink = {
  bg: '#ffffff',
  panel: '#f4f6f9',
  line: '#dde3ea',
  text: '#1b2430',
  muted: '#566273',
  bad: '#b3400b',
  accent: '#0b66a8',
  fill: '#cfe4f7',
};

const FONT = '10.5px "DejaVu Sans", system-ui, sans-serif';

function crop(text: string, width: number): string {
  const room = Math.floor(width / 6.1);
  if (text.length <= room) return text;
  return room < 3 ? '' : `${text.slice(0, room - 1)}…`;
}

function drawTask(c: CanvasRenderingContext2D, s: Scene, row: TrackShape, y: number): void {
  const plot = s.width - LABEL_WIDTH;
  const steps = s.steps[row.task] as Uint32Array;
  const px = plot / (s.window.to - s.window.from);
  const run = s.view.columns;
  const bad = new Set(s.view.findings.filter((f) => f.step > 0).map((f) => f.step));
  let last = -1;
  for (let i = lowerBound(steps, Math.floor(s.window.from)); i < steps.length; i++) {
    const step = steps[i] as number;
    if (step > s.window.to) break;
    const x = Math.round(xOf(s.window, plot, step));
    if (x === last && !bad.has(step)) continue;
    last = x;
    const style = familyStyle(s.kinds[run.kind[step - 1] as number]?.family ?? '');
    c.fillStyle = s.dark ? style.dark : style.light;
    const w = Math.max(1, Math.floor(px) - 1);
    c.fillRect(x, y + 5, w, ROW_HEIGHT - 10);
    if (w >= 9) {
      c.fillStyle = s.dark ? '#14171c' : '#ffffff';
      c.fillText(style.glyph, x + w / 2 - 3, y + ROW_HEIGHT / 2 + 4);
    }
    if (bad.has(step)) drawFinding(c, s, x, y, w);
  }
}

function drawFinding(c: CanvasRenderingContext2D, s: Scene, x: number, y: number, w: number): void {
  const ink = s.dark ? DARK : LIGHT;
  const cx = x + w / 2;
  c.fillStyle = ink.bad;
  c.beginPath();
  c.moveTo(cx - 6, y + 2);
  c.lineTo(cx + 6, y + 2);
  c.lineTo(cx, y + 11);
  c.closePath();
  c.fill();
}

function drawSpans(c: CanvasRenderingContext2D, s: Scene, row: TrackShape, y: number): void {
  const ink = s.dark ? DARK : LIGHT;
  const plot = s.width - LABEL_WIDTH;
  for (const [from, to, text] of row.spans) {
    if (to < s.window.from || from > s.window.to) continue;
    const a = Math.max(LABEL_WIDTH, xOf(s.window, plot, from));
    const b = Math.min(s.width, xOf(s.window, plot, to));
    c.fillStyle = ink.fill;
    c.fillRect(a, y + 5, Math.max(1, b - a - 1), ROW_HEIGHT - 10);
    c.strokeStyle = ink.accent;
    c.strokeRect(a + 0.5, y + 5.5, Math.max(1, b - a - 2), ROW_HEIGHT - 11);
    if (b - a > 24) {
      c.fillStyle = ink.text;
      c.fillText(crop(text, b - a - 8), a + 4, y + ROW_HEIGHT / 2 + 4);
    }
  }
}

function drawCounter(c: CanvasRenderingContext2D, s: Scene, row: TrackShape, y: number): void {
  const ink = s.dark ? DARK : LIGHT;
  const plot = s.width - LABEL_WIDTH;
  const max = Math.max(1, ...row.points.map((p) => p[1]));
  const end = s.view.columns.events + 1;
  row.points.forEach(([step, value], i) => {
    const next = row.points[i + 1]?.[0] ?? end;
    if (next < s.window.from || step > s.window.to) return;
    const a = Math.max(LABEL_WIDTH, xOf(s.window, plot, step));
    const b = Math.min(s.width, xOf(s.window, plot, next));
    const h = (Math.max(0, value) / max) * (ROW_HEIGHT - 10);
    c.fillStyle = ink.fill;
    c.fillRect(a, y + ROW_HEIGHT - 5 - h, Math.max(1, b - a), h);
    c.fillStyle = ink.accent;
    c.fillRect(a, y + ROW_HEIGHT - 5 - h, Math.max(1, b - a), 1.5);
    if (b - a > 14) {
      c.fillStyle = ink.text;
      c.fillText(String(value), a + 3, h > 8 ? y + ROW_HEIGHT - 8 : y + ROW_HEIGHT - h - 8);
    }
  });
}

function rowY(s: Scene, index: number): number {
  return AXIS_HEIGHT + index * ROW_HEIGHT - s.scroll;
}

function taskRow(s: Scene, step: number): number {
  const task = s.view.columns.task[step - 1];
  return s.rows.findIndex((r) => r.kind === 'task' && r.task === task);
}

function drawFlow(c: CanvasRenderingContext2D, s: Scene, f: FlowShape, strong: boolean): void {
  const ink = s.dark ? DARK : LIGHT;
  const plot = s.width - LABEL_WIDTH;
  const px = plot / (s.window.to - s.window.from) / 2;
  const a = taskRow(s, f.from);
  const b = taskRow(s, f.to);
  if (a < 0 || b < 0) return;
  const x1 = xOf(s.window, plot, f.from) + px;
  const x2 = xOf(s.window, plot, f.to) + px;
  if (x1 < LABEL_WIDTH || x2 < LABEL_WIDTH) return;
  const y1 = rowY(s, a) + ROW_HEIGHT / 2;
  const y2 = rowY(s, b) + ROW_HEIGHT / 2;
  c.strokeStyle = strong ? ink.bad : ink.muted;
  c.lineWidth = strong ? 2 : 1;
  c.setLineDash(strong ? [] : [3, 3]);
  c.beginPath();
  c.moveTo(x1, y1);
  const lift = y1 === y2 ? -16 : 0;
  c.bezierCurveTo((x1 + x2) / 2, y1 + lift, (x1 + x2) / 2, y2 + lift, x2, y2);
  c.stroke();
  c.setLineDash([]);
  c.lineWidth = 1;
}

function drawAxis(c: CanvasRenderingContext2D, s: Scene): void {
  const ink = s.dark ? DARK : LIGHT;
  const plot = s.width - LABEL_WIDTH;
  c.fillStyle = ink.panel;
  c.fillRect(0, 0, s.width, AXIS_HEIGHT);
  const span = s.window.to - s.window.from;
  const raw = span / Math.max(1, plot / 70);
  const unit = 10 ** Math.floor(Math.log10(raw));
  const every = Math.max(1, [1, 2, 5, 10].map((k) => k * unit).find((n) => n >= raw) ?? 1);
  c.fillStyle = ink.muted;
  for (let n = Math.ceil(s.window.from / every) * every; n <= s.window.to; n += every) {
    if (n < 1 || n > s.view.columns.events) continue;
    const x = xOf(s.window, plot, n);
    c.fillText(`#${n}`, x + 2, 15);
    c.fillRect(x, AXIS_HEIGHT - 4, 1, 4);
  }
  c.fillText('step', 10, 15);
}

/** Paint the whole timeline. */
export function drawTimeline(c: CanvasRenderingContext2D, s: Scene): void {
  const ink = s.dark ? DARK : LIGHT;
  const plot = s.width - LABEL_WIDTH;
  c.font = FONT;
  c.fillStyle = ink.bg;
  c.fillRect(0, 0, s.width, s.height);
  s.rows.forEach((row, i) => {
    const y = rowY(s, i);
    if (y + ROW_HEIGHT < AXIS_HEIGHT || y > s.height) return;
    c.fillStyle = ink.line;
    c.fillRect(0, y + ROW_HEIGHT - 1, s.width, 1);
    c.save();
    c.beginPath();
    c.rect(LABEL_WIDTH, y, plot, ROW_HEIGHT);
    c.clip();
    if (row.kind === 'task') drawTask(c, s, row, y);
    else if (row.kind === 'counter') drawCounter(c, s, row, y);
    else drawSpans(c, s, row, y);
    c.restore();
  });
  c.save();
  c.beginPath();
  c.rect(LABEL_WIDTH, AXIS_HEIGHT, plot, s.height);
  c.clip();
  const ends = new Set(s.view.findings.map((f) => f.step));
  for (const f of s.view.timeline.flows) {
    const selected = f.from === s.cursor || f.to === s.cursor;
    if (selected) drawFlow(c, s, f, ends.has(f.to));
  }
  c.restore();
  if (s.cursor > 0) {
    const x = xOf(s.window, plot, s.cursor);
    const w = Math.max(2, plot / (s.window.to - s.window.from));
    if (x + w > LABEL_WIDTH) {
      c.strokeStyle = ink.accent;
      c.lineWidth = 1.5;
      c.strokeRect(Math.max(LABEL_WIDTH, x - 1), AXIS_HEIGHT, w, s.height - AXIS_HEIGHT);
      c.lineWidth = 1;
    }
  }
  drawLabels(c, s, ink);
  drawAxis(c, s);
}

function drawLabels(c: CanvasRenderingContext2D, s: Scene, ink: Ink): void {
  c.fillStyle = ink.panel;
  c.fillRect(0, AXIS_HEIGHT, LABEL_WIDTH - 1, s.height);
  const here = taskRow(s, s.cursor);
  s.rows.forEach((row, i) => {
    const y = rowY(s, i);
    if (y + ROW_HEIGHT < AXIS_HEIGHT || y > s.height) return;
    if (i === here) {
      c.fillStyle = ink.fill;
      c.fillRect(0, y, LABEL_WIDTH - 1, ROW_HEIGHT - 1);
    }
    const first = i === 0 || s.rows[i - 1]?.kind !== row.kind;
    if (first && i > 0) {
      c.fillStyle = ink.muted;
      c.fillRect(0, y - 1, s.width, 1);
    }
    c.fillStyle = row.kind === 'task' ? ink.text : ink.muted;
    c.fillText(crop(row.name, LABEL_WIDTH - 16), 10, y + ROW_HEIGHT / 2 + 4);
  });
}

/** Paint the minimap: density of events, findings as marks, the visible window. */
export function drawMinimap(
  c: CanvasRenderingContext2D,
  s: Pick<Scene, 'view' | 'window' | 'cursor' | 'width' | 'dark'>,
  height: number,
): void {
  const ink = s.dark ? DARK : LIGHT;
  c.fillStyle = ink.panel;
  c.fillRect(0, 0, s.width, height);
  const run = s.view.columns;
  const at = (step: number): number => ((step - 0.5) / (run.events + 1)) * s.width;
  c.fillStyle = ink.fill;
  c.fillRect(at(s.window.from), 0, Math.max(2, at(s.window.to) - at(s.window.from)), height);
  const lanes = Math.max(1, run.tasks.length);
  c.fillStyle = ink.muted;
  const w = Math.max(1, s.width / (run.events + 1));
  for (let i = 0; i < run.events; i++) {
    const lane = run.task[i] as number;
    c.fillRect(
      at(i + 1),
      2 + (lane / lanes) * (height - 4),
      w,
      Math.max(1, (height - 4) / lanes - 1),
    );
  }
  for (const f of s.view.findings) {
    c.fillStyle = ink.bad;
    c.beginPath();
    c.arc(at(f.step) + w / 2, height / 2, 4, 0, Math.PI * 2);
    c.fill();
  }
  c.fillStyle = ink.accent;
  c.fillRect(at(s.cursor), 0, 2, height);
}
