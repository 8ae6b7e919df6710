// A run in the manner of ftrace's text output, for people and tools that read `trace-cmd report`. Every
// task has a processor of its own, numbered like it; time is the machine's own, in seconds.
import type { KeptRun, OnMade } from '../../preload/contract/shapes';
import { kindName, placeOf, targetName } from '../timeline/labels';
import { everyEvent, untold } from './every-event';
import { ascii } from './splat';

const HEAD = `# tracer: nop
#
#           TASK-PID     CPU#       TIMESTAMP  EVENT
#              | |         |             |     |
`;

/** The run as text, one line an event: `task-pid [cpu] seconds: kind: object function=… …`. */
export function ftrace(run: KeptRun, onMade: OnMade = untold): string {
  const { columns: r } = run;
  const lines: string[] = [];
  everyEvent(r.events, onMade, (i) => {
    const id = r.task[i] as number;
    const name = (r.tasks[id]?.name ?? '?').replace(/\s/g, '_');
    const who = `${name}-${id + 1}`.padStart(21);
    const cpu = `[${String(id).padStart(3, '0')}]`;
    const time = ((r.time[i] as number) / 1e9).toFixed(9).padStart(16);
    const fields = [`step=${i + 1}`, `function=${placeOf(r, i).fn}`];
    const target = targetName(r, i);
    if (target !== '') fields.push(`object=${target}`);
    const value = r.strings[r.value[i] as number] ?? '';
    if (value !== '' && value !== target) fields.push(`value=${quoted(value)}`);
    const result = r.strings[r.result[i] as number] ?? '';
    if (result !== '') fields.push(`result=${quoted(result)}`);
    lines.push(`${who} ${cpu} ${time}: ${kindName(r, i)}: ${fields.join(' ')}`);
    for (const f of run.findings) {
      if (f.step === i + 1) lines.push(`${who} ${cpu} ${time}: tracing_mark_write: ${f.title}`);
    }
  });
  const about = `# faultline: ${run.title}, ${run.cell.variant} ${run.cell.driver}\n#\n`;
  return ascii(`${HEAD.replace('#\n', about)}${lines.join('\n')}\n`);
}

function quoted(text: string): string {
  return /[\s"]/.test(text) ? JSON.stringify(text) : text;
}
