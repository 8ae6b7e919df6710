// A finding as the kernel would print it, with the step numbers in the right margin.
import type { FindingShape, KeptRun, RunColumns } from '../../preload/contract/shapes';
import { placeOf, stackOf } from '../timeline/labels';

const WIDTH = 75;
const RULE = '='.repeat(66);

function withStep(text: string, step: number): string {
  const mark = `#${step}`;
  const room = WIDTH - mark.length - 1;
  const cut = text.length > room ? `${text.slice(0, room - 1)}…`.replace('…', '~') : text;
  return `${cut.padEnd(room)} ${mark}`;
}

/** Break a sentence at 75 columns. */
export function wrap(text: string, indent = ''): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}

function trace(run: RunColumns, step: number): string[] {
  const id = run.stack[step - 1];
  if (id === undefined) return [];
  return stackOf(run, id).map(
    (f) => ` ${f.fn}+0x${f.line.toString(16)} (${f.file.replace('engine/', '')}:${f.line})`,
  );
}

function taskAt(run: RunColumns, step: number): string {
  const id = run.task[step - 1];
  return id === undefined ? '?' : `${run.tasks[id]?.name ?? '?'}/${id}`;
}

/** Every task has a processor of its own in a machine; it is numbered like the task. */
function cpuAt(run: RunColumns, step: number): string {
  return String(run.task[step - 1] ?? '?');
}

const HEADS: Readonly<Record<string, string>> = {
  allocated: 'Allocated by task',
  freed: 'Freed by task',
  kfree_rcu: 'Last potentially related work creation: kfree_rcu by task',
};

/** One finding of a recorded run as text; lines are at most 75 ASCII characters. */
export function splat(run: KeptRun, finding: FindingShape): string {
  const { columns } = run;
  const lines = [RULE, ...wrap(finding.title)];
  lines.push(...finding.details.flatMap((d) => wrap(d, d.startsWith(' ') ? '  ' : '')));
  if (finding.step > 0 && finding.task !== '') {
    lines.push(
      '',
      withStep(
        `CPU: ${cpuAt(columns, finding.step)} Comm: ${taskAt(columns, finding.step)} Faultline ${run.cell.variant}`,
        finding.step,
      ),
    );
    lines.push('Call trace:', ...trace(columns, finding.step).map((l) => l.slice(0, WIDTH)));
  }
  for (const r of finding.related) {
    lines.push('');
    if (r.step === 0) {
      lines.push(`${HEADS[r.label] ?? r.label}: before the first step`);
      continue;
    }
    const head = HEADS[r.label];
    const text = head
      ? `${head} ${taskAt(columns, r.step)}:`
      : `${r.label}: ${placeOf(columns, r.step - 1).fn}`;
    lines.push(withStep(text, r.step), ...trace(columns, r.step).map((l) => l.slice(0, WIDTH)));
  }
  lines.push(RULE);
  return `${ascii(lines.join('\n'))}\n`;
}

/** Mailing lists and terminals of old: ASCII only. */
export function ascii(text: string): string {
  return text
    .replace(/→/g, '->')
    .replace(/…/g, '...')
    .replace(/[’‘]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[^\n\x20-\x7e]/g, '?');
}
