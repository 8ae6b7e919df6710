// Commands that move the cursor, and the stops they heed.
import { type Command, here } from './command';
import { parseExpression } from './expressions';
import type { DebugSession } from './session';
import { stopFor, stopText, walk } from './stops';

function times(args: readonly string[]): number {
  const n = Number(args[0] ?? 1);
  return Number.isInteger(n) && n > 0 ? n : 1;
}

/** The n-th next (or previous) event of the task of this step. */
function inTask(s: DebugSession, by: 1 | -1, n: number): void {
  const { columns } = s.current.run;
  const task = columns.task[s.step > 0 ? s.step - 1 : 0];
  let left = n;
  for (let at = s.step + by; at >= 1 && at <= columns.events; at += by) {
    if (columns.task[at - 1] !== task || --left > 0) continue;
    s.goto(at);
    return;
  }
}

function goOn(s: DebugSession, by: 1 | -1): string[] {
  const stops = [...s.stops.values()];
  const halt = walk(s.current, stops, s.step, by);
  if (halt === null) {
    s.goto(by > 0 ? s.current.run.columns.events : 0);
    return [by > 0 ? 'the run ends' : 'the run begins', ...here(s)];
  }
  s.goto(halt.step);
  return [...halt.reasons, ...here(s)];
}

function names(s: DebugSession): string[] {
  const { functions, things } = s.current.run.columns;
  const used = new Set(
    s.current.run.columns.stacks.flatMap((p) => p.filter((_, i) => i % 2 === 0)),
  );
  return [
    ...functions.filter((f) => used.has(f.id)).map((f) => f.name),
    ...things.filter((t) => t.kind !== 'task').map((t) => t.name),
    ...s.current.run.findings.map((f) => f.checker),
  ];
}

export const moving: Readonly<Record<string, Command>> = {
  step: {
    usage: 'step [n]',
    text: 'n steps forward, whatever task they are of',
    run(s, args) {
      s.goto(s.step + times(args));
      return here(s);
    },
  },
  back: {
    usage: 'back [n]',
    text: 'n steps back',
    run(s, args) {
      s.goto(s.step - times(args));
      return here(s);
    },
  },
  next: {
    usage: 'next [n]',
    text: 'to the next step of this task',
    run(s, args) {
      inTask(s, 1, times(args));
      return here(s);
    },
  },
  previous: {
    usage: 'previous [n]',
    text: 'to the step of this task before',
    run(s, args) {
      inTask(s, -1, times(args));
      return here(s);
    },
  },
  goto: {
    usage: 'goto <step>',
    text: 'to a step, for example goto 97 or goto #97',
    run(s, args) {
      const n = Number((args[0] ?? '').replace('#', ''));
      if (!Number.isInteger(n) || args.length === 0) return ['goto needs a step number'];
      s.goto(n);
      return here(s);
    },
  },
  continue: {
    usage: 'continue',
    text: 'forward to the next stop (break, watch), or the end',
    run: (s) => goOn(s, 1),
  },
  'reverse-continue': {
    usage: 'reverse-continue',
    text: 'back to the stop before, or the beginning',
    run: (s) => goOn(s, -1),
  },
  break: {
    usage: 'break <function|object|checker|op>',
    text: 'stop where a function is entered, an object touched, a checker fires, an op performed',
    run(s, args) {
      const name = args.join(' ');
      if (name === '') return ['break needs a function, an object, a checker or an op'];
      const stop = stopFor(s.current.run, name);
      if (stop === null) return [`nothing in this run is called "${name}"`];
      return [`stop ${s.addStop(stop)}: ${stopText(stop)}`];
    },
    words: names,
  },
  watch: {
    usage: 'watch <expression>',
    text: 'stop when it changes: watch iommu_fault_param#1.users, watch prq0.depth > 1',
    run(s, args) {
      if (args.length === 0) return ['watch needs an expression'];
      const stop = { kind: 'watch', expression: parseExpression(args.join(' ')) } as const;
      const { path } = stop.expression;
      const known = s.current.run.columns.things.some(
        (t) => path === t.name || path.startsWith(`${t.name}.`) || t.name.startsWith(`${path}.`),
      );
      if (!known) return [`nothing in this run is called "${path}"; see: objects`];
      return [`stop ${s.addStop(stop)}: ${stopText(stop)}`];
    },
    words: names,
  },
  delete: {
    usage: 'delete [n]',
    text: 'take a stop away, or all',
    run(s, [n]) {
      if (n === undefined) s.stops.clear();
      else if (!s.stops.delete(Number(n))) return [`there is no stop ${n}; see: info`];
      return [];
    },
  },
  info: {
    usage: 'info',
    text: 'the stops, and where we are',
    run: (s) => [
      ...[...s.stops].map(([n, stop]) => `stop ${n}: ${stopText(stop)}`),
      ...(s.stops.size === 0 ? ['no stops: break and watch make some'] : []),
      ...here(s),
    ],
  },
  cause: {
    usage: 'cause',
    text: 'back to what made this step possible',
    run: (s) => follow(s, -1),
  },
  effect: {
    usage: 'effect',
    text: 'forward to what this step led to',
    run: (s) => follow(s, 1),
  },
};

function follow(s: DebugSession, direction: 1 | -1): string[] {
  const links = s.current.links(s.step, direction);
  const first = links[0];
  if (first === undefined) return ['nothing is known to be linked to this step'];
  s.goto(direction < 0 ? first.from : first.to);
  const more = links.slice(1).map((l) => `#${direction < 0 ? l.from : l.to} ${l.kind}`);
  return [first.kind, ...here(s), ...(more.length > 0 ? [`  also: ${more.join(', ')}`] : [])];
}
