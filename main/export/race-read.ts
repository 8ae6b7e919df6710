// A race diagram read back: which steps of a run its lines are. Quoted lines of a mail are read, too; lines that
// fit no step are named and left out.
import type { RaceOrder, RaceReading } from '../../preload/contract/race';
import type { KeptRun } from '../../preload/contract/shapes';
import { placeOf } from '../timeline/labels';
import { columnsOf, type RaceColumn } from './race-columns';
import { raceStatement } from './race-text';

/** A statement of the text. */
interface Statement {
  readonly column: number;
  readonly fn: string;
  text: string;
  /** Line of the text, from 1 on. */
  readonly line: number;
}

const RULE = /^\s*-+(?: +-+)*\s*$/;

function unquoted(text: string): string[] {
  const lines = text.split(/\r?\n/).map((l) => l.replace(/\t/g, '        '));
  return lines.map((l) => l.replace(/^(> ?)+/, ''));
}

/** Folding put blanks in and took some out: none count. */
const bare = (text: string): string => text.replace(/\s+/g, '').replace(/^\*+/, '');

/** The statements between the head and the next empty line. */
function statementsOf(lines: readonly string[], rule: number, starts: readonly number[]) {
  const out: Statement[] = [];
  const fns = starts.map(() => '');
  for (let n = rule + 1; n < lines.length; n++) {
    const line = (lines[n] as string).trimEnd();
    const text = line.trim();
    if (text === '') break;
    const indent = line.length - line.trimStart().length;
    const column = starts.findLastIndex((s) => s <= indent);
    if (column < 0) continue;
    const depth = indent - (starts[column] as number);
    const fn = fns[column] as string;
    // Who runs on a processor.
    if (depth === 0 && text.startsWith('[')) continue;
    const isUnfinished = fn !== '' && !fn.endsWith(')');
    const last = out.at(-1);
    if (depth === 0) fns[column] = text;
    else if (isUnfinished) fns[column] = fn + text;
    else if (depth >= 4 && last?.column === column) last.text += text;
    else out.push({ column, fn: bare(fn), text, line: n + 1 });
  }
  return out;
}

/** The columns that the names mean; names may have been cut to their width. */
function meant(names: readonly string[], known: readonly RaceColumn[]): RaceColumn[] | null {
  const found = names.map(
    (n) => known.find((c) => c.name === n) ?? known.find((c) => n !== '' && c.name.startsWith(n)),
  );
  return found.every((c) => c !== undefined) ? (found as RaceColumn[]) : null;
}

/**
 * Which steps of a run a diagram shows. Where a line fits several steps, the latest that comes before the line
 * below it is meant.
 * @throws Error when it is no diagram, or one of other tasks
 */
export function readRace(run: KeptRun, text: string): RaceReading {
  const { columns: r } = run;
  const lines = unquoted(text);
  const rule = lines.findIndex((l, i) => RULE.test(l) && (lines[i - 1] ?? '').trim() !== '');
  if (rule < 0) {
    throw new Error(
      'this is no race diagram: a line of names with a rule of dashes below is missing',
    );
  }
  const starts = [...(lines[rule] as string).matchAll(/-+/g)].map((m) => m.index);
  const head = lines[rule - 1] as string;
  const names = starts.map((s, c) => head.slice(s, starts[c + 1]).trim());
  const byTask = meant(names, columnsOf(r, 'task'));
  const columns = byTask ?? meant(names, columnsOf(r, 'cpu'));
  const by: RaceOrder['by'] = byTask === null ? 'cpu' : 'task';
  if (columns === null) {
    const known = r.tasks.map((t) => t.name).join(', ');
    throw new Error(`the columns ${names.join(', ')} are not of this run; it has ${known}`);
  }
  const title = lines.slice(rule).join(' ').replace(/\s+/g, ' ');
  const finding = run.findings.find((f) => title.includes(`*** ${f.title}`));
  const statements = statementsOf(lines, rule, starts);
  const strangers: { line: number; text: string }[] = [];
  const steps: number[] = [];
  let before = (finding?.step ?? r.events) + 1;
  for (const s of statements.reverse()) {
    const tasks = columns[s.column]?.tasks ?? [];
    const wanted = bare(s.text);
    let step = before - 1;
    const fits = (): boolean =>
      tasks.includes(r.task[step - 1] as number) &&
      `${placeOf(r, step - 1).fn}()` === s.fn &&
      bare(raceStatement(r, step - 1)) === wanted;
    while (step > 0 && !fits()) step--;
    if (step > 0) {
      before = step;
      steps.push(step);
    } else if (!wanted.endsWith('waits')) strangers.push({ line: s.line, text: s.text });
  }
  const order = { by, columns: columns.map((c) => c.name), steps: steps.reverse() };
  return { order, strangers: strangers.reverse() };
}
