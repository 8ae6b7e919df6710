// The console's command language: words in, lines out. Pure but for the verbs it is given.
import type { RunView } from '../../preload/contract/calls';
import { EXPORT_KINDS, EXPORTS } from '../../preload/contract/exports';
import type { InspectorState } from '../../preload/contract/shapes';

/** Exports that are text to be read. */
const SHOWN = EXPORTS.filter((name) => EXPORT_KINDS[name].shown);

/** What the interpreter may look at and do. */
export interface ConsoleWorld {
  readonly view: RunView | null;
  readonly state: InspectorState | null;
  readonly step: number;
  goto(step: number): Promise<void>;
  stepTask(direction: 1 | -1): Promise<void>;
  follow(direction: 1 | -1): Promise<void>;
  export(name: string): Promise<string>;
  /** State after the last move. */
  now(): InspectorState | null;
}

interface Command {
  readonly usage: string;
  readonly text: string;
  run(w: ConsoleWorld, args: readonly string[]): Promise<string[]> | string[];
}

function here(w: ConsoleWorld): string[] {
  const s = w.now();
  if (!s) return [];
  const line = s.scriptLine > 0 ? `, script line ${s.scriptLine}` : '';
  const at = s.place.fn === '' ? '' : `  in ${s.place.fn} (${s.place.file}:${s.place.line}${line})`;
  return [`#${s.step} ${s.task}: ${s.label}`, ...(at === '' ? [] : [at])];
}

function times(args: readonly string[]): number {
  const n = Number(args[0] ?? 1);
  return Number.isInteger(n) && n > 0 ? n : 1;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  help: {
    usage: 'help',
    text: 'this list',
    run: () => Object.values(COMMANDS).map((c) => `  ${c.usage.padEnd(22)} ${c.text}`),
  },
  step: {
    usage: 'step [n]',
    text: 'n steps forward',
    async run(w, args) {
      await w.goto(w.step + times(args));
      return here(w);
    },
  },
  back: {
    usage: 'back [n]',
    text: 'n steps back',
    async run(w, args) {
      await w.goto(w.step - times(args));
      return here(w);
    },
  },
  next: {
    usage: 'next',
    text: 'next step of this task',
    async run(w) {
      await w.stepTask(1);
      return here(w);
    },
  },
  goto: {
    usage: 'goto <step>',
    text: 'to a step, for example goto 97 or goto #97',
    async run(w, args) {
      const n = Number((args[0] ?? '').replace('#', ''));
      if (!Number.isInteger(n) || args.length === 0) return ['goto needs a step number'];
      await w.goto(n);
      return here(w);
    },
  },
  cause: {
    usage: 'cause',
    text: 'back to what made this step possible',
    async run(w) {
      await w.follow(-1);
      return here(w);
    },
  },
  bt: {
    usage: 'bt [task]',
    text: 'stack of this step, or of a task',
    run(w, args) {
      const name = args.join(' ');
      const task = w.state?.tasks.find((t) => t.name === name);
      if (name !== '' && !task) return [`there is no task "${name}"; see: threads`];
      const stack = task ? task.stack : (w.state?.stack ?? []);
      return stack.map((f, i) => `#${i}  ${f.fn}  ${f.file}:${f.line}`);
    },
  },
  threads: {
    usage: 'threads',
    text: 'every task, its state and what it would do next',
    run: (w) =>
      (w.state?.tasks ?? []).map(
        (t) =>
          `${t.name === w.state?.task ? '*' : ' '} ${t.name.padEnd(16)} ${t.state.padEnd(12)} ${t.next}`,
      ),
  },
  locks: {
    usage: 'locks',
    text: 'locks with owner and waiters',
    run(w) {
      const locks = w.state?.locks ?? [];
      if (locks.length === 0) return ['no lock is held'];
      return locks.map((l) => {
        const waiters = l.waiters.length > 0 ? `, waited for by ${l.waiters.join(', ')}` : '';
        return `${l.name}: held by ${l.owner || 'nobody'}${waiters}`;
      });
    },
  },
  objects: {
    usage: 'objects [name]',
    text: 'memory objects and queues, or one with its fields',
    run(w, args) {
      const all = (w.state?.objects ?? []).filter((o) => o.name.includes(args[0] ?? ''));
      if (all.length === 0) return ['no such object at this step'];
      return all.map(
        (o) => `${o.name}: ${o.fields.map(([f, v]) => `${f}=${v || '-'}`).join('  ')}`,
      );
    },
  },
  dmesg: {
    usage: 'dmesg',
    text: 'the simulated kernel log up to here',
    run(w) {
      const lines = (w.view?.log ?? []).filter((l) => l.step <= w.step);
      return lines.length === 0 ? ['the log is empty up to here'] : lines.map(logLine);
    },
  },
  export: {
    usage: `export <${SHOWN.join('|')}>`,
    text: 'print an export of this run',
    async run(w, args) {
      const name = args[0] ?? '';
      if (!(SHOWN as readonly string[]).includes(name)) return [`export ${SHOWN.join(', ')}`];
      return (await w.export(name)).split('\n');
    },
  },
};

/** A line of the kernel log. */
export function logLine(l: { step: number; level: string; text: string }): string {
  return `[#${String(l.step).padStart(5)}] ${l.level}: ${l.text}`;
}

/** Names of all commands, for completion. */
export function commandNames(): string[] {
  return Object.keys(COMMANDS).sort();
}

/** Carry out one line. */
export async function interpret(w: ConsoleWorld, line: string): Promise<string[]> {
  const [word, ...args] = line.trim().split(/\s+/);
  if (!word) return [];
  const exact = COMMANDS[word];
  const short = Object.keys(COMMANDS).filter((c) => c.startsWith(word));
  const command = exact ?? (short.length === 1 ? COMMANDS[short[0] as string] : undefined);
  if (!command) {
    const hint = short.length > 1 ? `; did you mean ${short.join(' or ')}?` : '; help lists them';
    return [`there is no command "${word}"${hint}`];
  }
  if (!w.view && command !== COMMANDS.help) return ['no run yet: Ctrl+Enter runs the experiment'];
  return command.run(w, args);
}
