// The debugger's commands: words in, lines out. gdb's names where gdb has one.
import { EXPORT_KINDS, EXPORTS, type ExportKind } from '../../preload/contract/exports';
import { comparison } from '../timeline/compare';
import { type Command, here } from './command';
import { looking } from './looking';
import { moving } from './moving';

/** Exports that are text to be read. */
const SHOWN = EXPORTS.filter((name) => (EXPORT_KINDS[name] as ExportKind).shown);

const making: Readonly<Record<string, Command>> = {
  run: {
    usage: 'run [variant driver]',
    text: 'search the experiment for a schedule that breaks',
    async run(s, [variant, driver]) {
      if (variant !== undefined && driver === undefined)
        return ['run needs a variant and a driver'];
      const cell = variant && driver ? { variant, driver } : null;
      const made = await s.lab.search(cell);
      s.show(made);
      return [made.run.verdict.sentence, `covered: ${made.run.verdict.coverage}`, ...here(s)];
    },
    words: (s) => [...s.lab.variants()],
  },
  on: {
    usage: 'on <variant>',
    text: 'the same schedule on another variant',
    async run(s, [variant]) {
      if (variant === undefined) return [`on which variant? ${s.lab.variants().join(' ')}`];
      const made = await s.lab.transfer(s.current.run, variant);
      s.show(made);
      return [made.run.verdict.sentence, ...here(s)];
    },
    words: (s) => [...s.lab.variants()],
  },
  fork: {
    usage: 'fork <task> [keep|on] | fork no-fault',
    text: 'at this step let another task run, or hold the fault back: a run of its own',
    async run(s, args) {
      const { step } = s;
      const name = args.join(' ').replace(/ (keep|on)$/, '');
      const choices = s.current.choices(step);
      if (name === '') return ['fork needs a task; see: choices'];
      if (name === 'no-fault') {
        const fault = choices.faults[0];
        if (!fault) return ['no fault fires at the next step; see: dmesg'];
        s.show(await s.lab.fork(s.current.run, { kind: 'no-fault', step: fault.step }), step);
        return [s.current.run.origin, s.current.run.verdict.sentence];
      }
      const task = choices.tasks.find((t) => t.name === name);
      if (!task) return [`there is no task "${name}"; see: choices`];
      if (!task.runnable) return [`${name} cannot run here: ${task.reason}`];
      if (task.id === choices.taken) return [`${name} is what ran here`];
      const keeps = args.at(-1) !== 'on';
      const change = { kind: 'task', step, task: task.id, keeps } as const;
      s.show(await s.lab.fork(s.current.run, change), step);
      return [s.current.run.origin, s.current.run.verdict.sentence];
    },
    words: (s) =>
      s.current
        .choices(s.step)
        .tasks.filter((t) => t.runnable)
        .map((t) => t.name),
  },
  runs: {
    usage: 'runs [n]',
    text: 'the kept runs, the newest first; with a number, look at that one',
    run(s, [n]) {
      const all = s.lab.runs();
      const chosen = n === undefined ? undefined : all[Number(n) - 1];
      if (n !== undefined && !chosen) return [`there is no run ${n}; see: runs`];
      if (chosen) {
        s.show(chosen);
        return here(s);
      }
      return all.map(({ run: r }, i) => {
        const mark = r === s.recorded?.run ? '*' : ' ';
        return `${mark}${i + 1}  ${r.cell.variant} ${r.cell.driver}  ${r.verdict.verdict}  ${r.origin || r.title}`;
      });
    },
  },
  diff: {
    usage: 'diff [n]',
    text: 'compare this run with the n-th of runs (the second)',
    run(s, [n]) {
      const other = s.lab.runs()[Number(n ?? 2) - 1];
      if (!other) return ['there is no other run; see: runs'];
      const c = comparison(s.current.run, other.run);
      const lines = [c.sentence];
      if (c.state) {
        lines.push(
          `first different state: a #${c.state.a.step} ${c.state.a.text}: ${c.state.was[0]}`,
        );
        lines.push(
          `                       b #${c.state.b.step} ${c.state.b.text}: ${c.state.was[1]}`,
        );
      }
      lines.push(
        `${c.pairA.length} steps belong together, ${c.onlyA.length} only in a, ${c.onlyB.length} only in b`,
      );
      return lines;
    },
  },
  export: {
    usage: `export <${SHOWN.join('|')}>`,
    text: 'print an export of this run',
    async run(s, [name]) {
      const known = SHOWN.find((x) => x === name);
      if (known === undefined) return [`export ${SHOWN.join(', ')}`];
      return (await s.lab.export(s.current.run, known)).split('\n');
    },
    words: () => [...SHOWN],
  },
};

const help: Command = {
  usage: 'help [command]',
  text: 'this list, or one line of it',
  run(_s, [name]) {
    const all = Object.entries(COMMANDS);
    const chosen = name === undefined ? all : all.filter(([n]) => n.startsWith(name));
    const width = 26;
    return chosen.flatMap(([, c]) =>
      c.usage.length < width
        ? [`  ${c.usage.padEnd(width)}${c.text}`]
        : [`  ${c.usage}`, `  ${' '.repeat(width)}${c.text}`],
    );
  },
  words: () => commandNames(),
};

/** Every command by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  ...moving,
  ...looking,
  ...making,
  help,
};

/** Names of all commands, sorted. */
export function commandNames(): string[] {
  return Object.keys(COMMANDS).sort();
}
