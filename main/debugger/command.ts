// What a command is, and how the cursor reads.
import type { DebugSession } from './session';

/** One command. */
export interface Command {
  readonly usage: string;
  readonly text: string;
  run(s: DebugSession, args: readonly string[]): Promise<string[]> | string[];
  /** Words that its arguments may be, for completion. */
  words?(s: DebugSession): string[];
}

/** The event at the cursor and where it happens. */
export function here(s: DebugSession): string[] {
  const state = s.current.inspect(s.step);
  const script = state.scriptLine > 0 ? `, script line ${state.scriptLine}` : '';
  const { fn, file, line } = state.place;
  const place = fn === '' ? [] : [`  in ${fn} (${file.replace('engine/', '')}:${line}${script})`];
  const found = s.current.run.findings.filter((f) => f.step === s.step && s.step > 0);
  return [
    `#${s.step} ${state.task}: ${state.label}`.replace(' : ', ' '),
    ...place,
    ...found.map((f) => `  *** ${f.title}`),
  ];
}
