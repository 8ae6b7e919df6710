// The timeline of a run, or of a part of it, as an SVG picture for slides: a row for each task, a mark for
// each step, bars for locks that are held, findings in words. Colour is never alone: marks have shapes.
import type { KeptRun, TrackShape } from '../../preload/contract/shapes';
import { eventLabel } from '../timeline/labels';
import { tracksOf } from '../timeline/tracks';
import { xmlText } from './xml';

const LEFT = 190;
const ROW = 26;
const TOP = 64;
const WIDTH = 1200;
/** Steps shown around the finding when no part is asked for. */
const AROUND = 60;
/** Rows of locks and objects at most. */
const MOST_LOCKS = 8;

function text(x: number, y: number, size: number, content: string, more = ''): string {
  return `<text x="${x}" y="${y}" font-size="${size}"${more}>${xmlText(content)}</text>`;
}

/**
 * The picture.
 * @param range first and last step; around the worst finding, up to it, when left out
 */
export function timelineSvg(run: KeptRun, range?: readonly [number, number]): string {
  const { columns: r } = run;
  const worst = run.findings[0];
  const end = worst === undefined || worst.step < 1 ? r.events : Math.min(r.events, worst.step + 3);
  const [from, to] = range ?? [Math.max(1, end - AROUND), end];
  const x = (step: number): number =>
    LEFT + ((step - from + 0.5) / (to - from + 1)) * (WIDTH - LEFT - 20);
  const tracks = tracksOf(r);
  const inside = (t: TrackShape): number[] =>
    [...t.from.keys()].filter((i) => (t.from[i] as number) <= to && (t.to[i] as number) >= from);
  const seen = new Set<number>();
  for (let s = from; s <= to; s++) seen.add(r.task[s - 1] as number);
  const tasks = tracks.filter((t) => t.kind === 'task' && seen.has(t.task));
  const locks = tracks.filter((t) => t.kind === 'lock' && inside(t).length > 0);
  const rows = [...tasks, ...locks.slice(0, MOST_LOCKS)];
  const height = TOP + rows.length * ROW + 56;
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="sans-serif" fill="#1b1f24">`,
    `<title>${xmlText(`${run.title}: ${run.verdict.sentence}`)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(16, 26, 17, run.title, ' font-weight="bold"'),
    text(
      16,
      46,
      12,
      `${run.cell.variant} ${run.cell.driver}, steps ${from} to ${to} of ${r.events}`,
    ),
  ];
  rows.forEach((t, i) => {
    const y = TOP + i * ROW;
    if (i % 2 === 0) {
      out.push(`<rect x="0" y="${y}" width="${WIDTH}" height="${ROW}" fill="#f4f6f8"/>`);
    }
    out.push(text(16, y + 17, 12, t.name.length > 26 ? `${t.name.slice(0, 25)}…` : t.name));
    for (const k of t.kind === 'lock' ? inside(t) : []) {
      const [a, b] = [x(Math.max(from, t.from[k] as number)), x(Math.min(to, t.to[k] as number))];
      const owner = xmlText(r.strings[t.text[k] as number] ?? '');
      out.push(
        `<rect x="${a.toFixed(1)}" y="${y + 7}" width="${Math.max(2, b - a).toFixed(1)}" height="12" fill="#c3d5ea" stroke="#2a5d96"><title>${owner}</title></rect>`,
      );
    }
  });
  const rowOf = new Map(tasks.map((t, i) => [t.task, i]));
  for (let s = from; s <= to; s++) {
    const y = TOP + (rowOf.get(r.task[s - 1] as number) as number) * ROW + ROW / 2;
    const label = xmlText(`#${s} ${eventLabel(r, s - 1)}`);
    out.push(
      `<circle cx="${x(s).toFixed(1)}" cy="${y}" r="4" fill="#2a5d96"><title>${label}</title></circle>`,
    );
  }
  for (const f of run.findings) {
    if (f.step < from || f.step > to) continue;
    const row = rowOf.get(r.task[f.step - 1] as number) ?? 0;
    const [cx, cy] = [x(f.step), TOP + row * ROW + ROW / 2];
    out.push(
      `<path d="M${(cx - 7).toFixed(1)} ${cy - 7}l14 14m0 -14l-14 14" stroke="#b3261e" stroke-width="3"/>`,
    );
  }
  if (worst !== undefined) {
    const y = TOP + rows.length * ROW + 28;
    const line = `x  ${worst.title} (#${worst.step})`;
    out.push(text(16, y, 13, line, ' fill="#b3261e" font-weight="bold"'));
  }
  out.push('</svg>');
  return `${out.join('\n')}\n`;
}
