// One debugger's session: the run it looks at, where it stands, what it stops at. A command takes words and
// gives lines; what it moved or made is in the session afterwards.
import type { ExportName } from '../../preload/contract/exports';
import type { CellShape, ChangeShape, KeptRun } from '../../preload/contract/shapes';
import type { Recorded } from '../timeline/recorded';
import type { Command } from './command';
import { COMMANDS, commandNames } from './commands';
import { ExpressionError } from './expressions';
import type { Stop } from './stops';

/** What the lab does for a debugger. Each call keeps the run that it makes. */
export interface DebugLab {
  /** Search the cell; the one chosen last when it is left out. */
  search(cell: CellShape | null): Promise<Recorded>;
  fork(run: KeptRun, change: ChangeShape): Promise<Recorded>;
  transfer(run: KeptRun, variant: string): Promise<Recorded>;
  /** An export as text. */
  export(run: KeptRun, name: ExportName): Promise<string>;
  /** Kept runs, the newest first. */
  runs(): readonly Recorded[];
  variants(): readonly string[];
}

/** A session. */
export class DebugSession {
  recorded: Recorded | null = null;
  /** Events that are behind the cursor. */
  step = 0;
  /** Stops by number, counted from 1. */
  readonly stops = new Map<number, Stop>();
  private numbers = 0;

  constructor(readonly lab: DebugLab) {}

  addStop(stop: Stop): number {
    this.stops.set(++this.numbers, stop);
    return this.numbers;
  }

  /** Look at a run, at its finding or its end. */
  show(recorded: Recorded, step?: number): void {
    this.recorded = recorded;
    const { findings, columns } = recorded.run;
    this.step = step ?? findings[0]?.step ?? columns.events;
  }

  /** The run that is looked at. */
  get current(): Recorded {
    if (this.recorded === null) throw new Refusal('no run yet: run makes one');
    return this.recorded;
  }

  /** Go to a step; the ends of the run are as far as one gets. */
  goto(step: number): void {
    this.step = Math.max(0, Math.min(step, this.current.run.columns.events));
  }

  /** Carry out a line. Never throws: what is wrong is said in the lines. */
  async command(line: string): Promise<string[]> {
    const [word, ...args] = line.trim().split(/\s+/);
    if (!word) return [];
    try {
      return await this.find(word).run(this, args);
    } catch (e) {
      if (e instanceof Refusal || e instanceof ExpressionError) return [e.message];
      return [`${word}: ${(e as Error).message}`];
    }
  }

  private find(word: string): Command {
    const exact = COMMANDS[ALIASES[word] ?? word];
    if (exact !== undefined) return exact;
    const fits = commandNames().filter((c) => c.startsWith(word));
    if (fits.length === 1) return COMMANDS[fits[0] as string] as Command;
    const hint = fits.length > 1 ? `; did you mean ${fits.join(' or ')}?` : '; help lists them';
    throw new Refusal(`there is no command "${word}"${hint}`);
  }

  /** What the last word of a line may become: whole words. */
  complete(line: string): string[] {
    const words = line.trimStart().split(/\s+/);
    const last = words.at(-1) ?? '';
    if (words.length <= 1) return commandNames().filter((c) => c.startsWith(last));
    const name = ALIASES[words[0] ?? ''] ?? words[0] ?? '';
    const options = COMMANDS[name]?.words?.(this) ?? [];
    return [...new Set(options)].filter((o) => o.startsWith(last)).sort();
  }
}

/** gdb's short words. */
const ALIASES: Readonly<Record<string, string>> = {
  s: 'step',
  n: 'next',
  c: 'continue',
  rc: 'reverse-continue',
  b: 'break',
  p: 'print',
  r: 'run',
  w: 'watch',
  h: 'help',
  i: 'info',
  l: 'list',
};

/** A command that cannot be done now; the message says why and what could be. */
export class Refusal extends Error {}
