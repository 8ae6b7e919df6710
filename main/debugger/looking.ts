// Commands that look at the state at the cursor.
import type { Command } from './command';
import { evaluate, fieldsOf, parseExpression } from './expressions';
import type { DebugSession } from './session';

const thingNames = (s: DebugSession): string[] =>
  s.current.run.columns.things.filter((t) => t.kind !== 'task').map((t) => t.name);
const taskNames = (s: DebugSession): string[] => s.current.run.columns.tasks.map((t) => t.name);

/** Why the step at the cursor happened, and what it broke. */
function why(s: DebugSession): string[] {
  const { run } = s.current;
  const lines: string[] = [];
  for (const f of run.findings.filter((x) => x.step === s.step)) {
    lines.push(f.message, ...f.related.map((r) => `  ${r.label} at #${r.step}`));
    const orders = run.verdict.found.find((x) => x.finding.identity === f.identity)?.orders ?? [];
    if (orders.length > 0) lines.push('it needs these orders:');
    for (const [a, b] of orders) lines.push(`  ${a}`, `    before ${b}`);
  }
  for (const l of s.current.links(s.step, -1)) lines.push(`after #${l.from}: ${l.kind}`);
  const choices = s.current.choices(Math.max(0, s.step - 1));
  const others = choices.tasks.filter((t) => t.id !== choices.taken && t.reason !== 'it has ended');
  for (const t of others) {
    lines.push(
      t.runnable ? `${t.name} could have run: ${t.next}` : `${t.name} could not: ${t.reason}`,
    );
  }
  return lines.length === 0 ? ['nothing else could have happened here'] : lines;
}

export const looking: Readonly<Record<string, Command>> = {
  bt: {
    usage: 'bt [task]',
    text: 'stack of this step, or of a task',
    run(s, args) {
      const name = args.join(' ');
      const state = s.current.inspect(s.step);
      const task = state.tasks.find((t) => t.name === name);
      if (name !== '' && !task) return [`there is no task "${name}"; see: threads`];
      return (task ? task.stack : state.stack).map((f, i) => `#${i}  ${f.fn}  ${f.file}:${f.line}`);
    },
    words: taskNames,
  },
  threads: {
    usage: 'threads',
    text: 'every task, its state and what it would do next',
    run(s) {
      const state = s.current.inspect(s.step);
      return state.tasks.map(
        (t) =>
          `${t.name === state.task ? '*' : ' '} ${t.name.padEnd(16)} ${t.state.padEnd(12)} ${t.next}`,
      );
    },
  },
  locks: {
    usage: 'locks',
    text: 'locks with owner and waiters',
    run(s) {
      const { locks } = s.current.inspect(s.step);
      if (locks.length === 0) return ['no lock is held'];
      return locks.map((l) => {
        const waiters = l.waiters.length > 0 ? `, waited for by ${l.waiters.join(', ')}` : '';
        return `${l.name}: held by ${l.owner || 'nobody'}${waiters}`;
      });
    },
  },
  objects: {
    usage: 'objects [name]',
    text: 'memory objects and queues with their fields',
    run(s, args) {
      const all = s.current.inspect(s.step).objects.filter((o) => o.name.includes(args.join(' ')));
      if (all.length === 0) return ['no such object at this step'];
      return all.map(
        (o) => `${o.name}: ${o.fields.map(([f, v]) => `${f}=${v || '-'}`).join('  ')}`,
      );
    },
    words: thingNames,
  },
  print: {
    usage: 'print <expression>',
    text: 'a value at this step: print iommu_fault_param#1.users',
    run(s, args) {
      if (args.length === 0) return ['print needs an expression'];
      const e = parseExpression(args.join(' '));
      const { columns } = s.current.run;
      s.current.state.seek(s.step);
      const found = fieldsOf(columns, s.current.state, e.path);
      if (found.length === 0) return [`nothing is called "${e.path}" at this step`];
      if (e.operator !== null) return [evaluate(columns, s.current.state, e) ?? ''];
      return found.map(([name, value]) => `${name} = ${value === '' ? '-' : value}`);
    },
    words: thingNames,
  },
  why: {
    usage: 'why',
    text: 'what led to this step, what it broke, who else could have run',
    run: why,
  },
  choices: {
    usage: 'choices',
    text: 'what could happen next, and why the rest cannot; fork takes one',
    run(s) {
      const c = s.current.choices(s.step);
      const lines = c.tasks.map((t) => {
        const mark = t.id === c.taken ? '*' : t.runnable ? '+' : ' ';
        return `${mark} ${t.name.padEnd(16)} ${t.runnable ? t.next : t.reason}`;
      });
      return [...lines, ...c.faults.map((f) => `! ${f.text} (fork no-fault)`)];
    },
  },
  dmesg: {
    usage: 'dmesg',
    text: 'the simulated kernel log up to here',
    run(s) {
      const lines = s.current.run.log.filter((l) => l.step <= s.step);
      return lines.length === 0 ? ['the log is empty up to here'] : lines.map(logLine);
    },
  },
  ledger: {
    usage: 'ledger [object]',
    text: 'what was taken and never given back, then what was',
    run(s, args) {
      const pairs = s.current.ledger(s.step, args.join(' '));
      if (pairs.length === 0) return ['nothing was taken or given back up to here'];
      return pairs.map((p) => {
        const open = p.open ? `#${p.open.step} ${p.open.task} ${p.open.fn}` : 'nobody';
        const close = p.close ? `#${p.close.step} ${p.close.task} ${p.close.fn}` : 'never';
        return `${p.open && p.close ? ' ' : '!'} ${p.sort.padEnd(10)}${p.thing}: ${open} → ${close}`;
      });
    },
    words: thingNames,
  },
  iopf: {
    usage: 'iopf',
    text: 'page requests: answered by whom, how late, or never',
    run(s) {
      const { rings, lists, requests } = s.current.iopf(s.step);
      return [
        ...rings.map((r) => `${r.name}: ${r.fields.map((f) => f.join('=')).join(' ')}`),
        ...lists.map((l) => `${l.name}: ${l.entries}`),
        ...requests.map((r) => {
          const who =
            r.answeredAt > 0 && r.fate === 'answered' ? ` #${r.answeredAt} by ${r.answeredBy}` : '';
          return `#${r.step} ${r.device} index ${r.index} pasid ${r.pasid}: ${r.fate}${who}`;
        }),
      ];
    },
  },
};

/** A line of the kernel log. */
export function logLine(l: { step: number; level: string; text: string }): string {
  return `[#${String(l.step).padStart(5)}] ${l.level}: ${l.text}`;
}
