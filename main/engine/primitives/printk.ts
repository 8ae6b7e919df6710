// The kernel log: pr_warn, WARN_ON, and the marks and expectations of a script.
import { report } from '../core/finding';
import { performer } from '../core/performers';
import { announce, functionOf, nothing, type Step } from '../core/task';

const PRINTK = performer('printk', (m, t) => {
  m.log.push({ step: m.step, level: t.field as string, text: t.value as string });
});

const WARN = performer('assert', (m, t) => {
  const text = t.value as string;
  const expectation = t.field === 'expect';
  m.log.push({ step: m.step, level: 'warn', text });
  report(m, {
    checker: expectation ? 'expectation' : 'warning',
    severity: 'warning',
    title: expectation ? `expectation failed: ${text}` : `WARNING: ${text}`,
    message: expectation ? text : `${functionOf(t).name}: ${text}`,
    identity: `${expectation ? 'expect' : 'warn'}|${text}|${functionOf(t).name}`,
    at: t,
  });
});

const MARK = performer('mark', (m, t) => {
  m.log.push({ step: m.step, level: 'mark', text: t.value as string });
});

/** pr_info: a line in the kernel log. */
export function pr_info(text: string): Step<void> {
  return announce(PRINTK, 'printk', null, 'info', text);
}

/** pr_warn: a warning line in the kernel log; not a finding. */
export function pr_warn(text: string): Step<void> {
  return announce(PRINTK, 'printk', null, 'warn', text);
}

/** WARN_ON(condition): a finding when the condition holds. */
export function WARN_ON(condition: boolean, text: string): Step<void> {
  return condition ? announce(WARN, 'WARN_ON', null, 'warn', text) : nothing;
}

/** A script's expectation: a finding when it does not hold. */
export function expectation(holds: boolean, text: string): Step<void> {
  return holds ? nothing : announce(WARN, 'lab.expect', null, 'expect', text);
}

const BROKEN = performer('broken_invariant', (m, t) => {
  const id = t.field as string;
  report(m, {
    checker: `invariant ${id}`,
    severity: 'warning',
    title: `invariant ${id} does not hold`,
    message: `${id}: ${t.value as string}`,
    identity: `invariant|${id}|${functionOf(t).name}`,
    at: t,
  });
});

/** Somebody who watches a whole verb found an invariant of the specification (section 6) broken. */
export function invariant_broken(id: string, text: string): Step<void> {
  return announce(BROKEN, 'invariant', null, id, text);
}

/** A mark on the timeline. */
export function mark(text: string): Step<void> {
  return announce(MARK, 'lab.mark', null, null, text);
}
