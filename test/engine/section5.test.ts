// The function table of the specification (section 5), row by row: every function exists in every
// variant that has it, takes its locks in its order, sleeps only where it may, and gives its codes.
import { describe, expect, test } from 'vitest';
import { KINDS, VARIANTS, variantByTag } from '../../main/engine/api';
import { search } from '../support/experiments';
import { ROWS, type Row } from '../support/section5';

const SLEEPS = new Set(KINDS.filter((k) => k.sleeps).map((k) => k.id));
const TAKES = new Set(
  ['mutex_lock', 'spin_lock', 'down_read', 'rcu_read_lock', 'flush_wait'].map(
    (name) => KINDS.find((k) => k.name === name)?.id,
  ),
);

/** Short names of the specification (0.2) by what a lock is called in a run. */
const SHORT: readonly [RegExp, string][] = [
  [/^iopf_queue#\d+\.lock$/, 'Q'],
  [/\.iommu\.lock$/, 'D'],
  [/^iommu_fault_param#\d+\.lock$/, 'F'],
  [/\.group\.mutex$/, 'G'],
  [/xa_lock$/, 'A'],
  [/sva_lock$/, 'S'],
  [/pasid_mutex$/, 'P'],
  [/^iommu0\.iopf_lock$/, 'R'],
  [/^iommu0\.lock$/, 'unit'],
  [/^faults\.mutex$/, 'FM'],
  [/^faults\.lock$/, 'FS'],
  [/iommufd\.lock$/, 'IG'],
  [/iommufd\.iopf_lock$/, 'enable'],
];

interface Seen {
  readonly locks: string[];
  readonly slept: boolean;
  readonly called: boolean;
  readonly complaints: string[];
}

async function call(row: Row, variant: string, code: string, steps: string): Promise<Seen> {
  const script = `
import { experiment } from 'faultline';
export default experiment('t', { variants: ['${variant}'], drivers: ['${row.driver}'], preemptions: 0 }, (lab) => {
  const { kernel, unit } = lab;
  const { ops } = kernel;
  const dev = lab.device('dev0');
  const mm = lab.addressSpace('mm');
  const faults = lab.faultQueue('faults');
  const queue = unit.iopf_queue;
  const fault = { name: 'f', pasid: 5, pasidValid: true, needsPasid: true, grpid: 0, last: true,
    addr: 0x1000, write: false, group: 1 };
  const partial = { ...fault, last: false };
  const msg = { name: 'm', pasid: 5, pasidValid: true, grpid: 0, code: 0, group: 1 };
  const hwpt = lab.has('iommufd_hwpt_alloc') ? lab.iommufd.hwpt('hwpt', faults) : null;
  const show = (r) => (r !== null && typeof r === 'object' ? 'pointer' : r);
  lab.task('t', function* () {
    ${steps.replaceAll('CHECK(', `yield* lab.expect.equal(show(yield* `).replaceAll(') => CODE', `), ${code}, 'result')`)}
  });
});`;
  const reply = await search(script, { variant, driver: row.driver });
  const { columns: c } = reply.run;
  const locks: string[] = [];
  let slept = false;
  let called = false;
  for (let i = 0; i < c.events; i++) {
    const stack = c.stacks[c.stack[i] as number] as readonly number[];
    const names = stack.filter((_, d) => d % 2 === 0).map((f) => c.functions[f]?.name);
    if (!names.includes(row.fn)) continue;
    called = true;
    const kind = c.kind[i] as number;
    if (SLEEPS.has(kind)) slept = true;
    if (!TAKES.has(kind)) continue;
    const kindName = KINDS[kind]?.name;
    const thing = c.things[(c.thing[i] as number) - 1]?.name ?? '';
    const short = SHORT.find(([r]) => r.test(thing))?.[1];
    const name = kindName === 'rcu_read_lock' ? 'RCU' : kindName === 'flush_wait' ? 'wq' : short;
    if (name !== undefined && !locks.includes(name)) locks.push(name);
  }
  const bad = reply.found.filter((f) =>
    ['expectation', 'use-after-free', 'null-dereference', 'deadlock'].includes(f.finding.checker),
  );
  return { locks, slept, called, complaints: bad.map((f) => f.finding.message) };
}

describe.each(ROWS)('$fn in $variants', (row) => {
  test.each(row.variants)('%s', async (variant) => {
    let slept = false;
    let called = false;
    const locks: string[] = [];
    for (const [code, steps] of Object.entries(row.results)) {
      const seen = await call(row, variant, code, steps);
      expect(seen.complaints, `${row.fn} gives ${code}`).toEqual([]);
      called ||= seen.called;
      slept ||= seen.slept;
      for (const l of seen.locks) if (!locks.includes(l)) locks.push(l);
    }
    expect(called, `${row.fn} was called`).toBe(true);
    expect(locks.join(' '), 'locks in order of acquisition').toBe(row.locks);
    if (!row.sleeps) expect(slept, 'may not sleep').toBe(false);
    if (row.sleeps && row.locks !== '') expect(slept, 'may sleep').toBe(true);
  });
});

describe('completeness', () => {
  const tags = VARIANTS.map((v) => v.tag);
  test.each(ROWS)('$fn is there exactly where the table says ($variants)', ({ fn, op }) => {
    const name = op ?? fn;
    const listed = ROWS.filter((r) => (r.op ?? r.fn) === name)
      .flatMap((r) => r.variants)
      .filter((t) => !t.includes('~'));
    const has = tags.filter((t) => {
      const { ops } = variantByTag(t);
      const driver = ops.drivers['vt-d'] as object;
      return name in ops || name in driver;
    });
    for (const t of listed) expect(has, `${name} in ${t}`).toContain(t);
    // Binding exists in 6.1 as well, in the drivers: the table begins with 6.2.
    const later = name.startsWith('iommu_sva_') ? tags.slice(1) : tags;
    const inOps = later.filter((t) => name in variantByTag(t).ops);
    if (inOps.length > 0)
      expect(
        inOps.filter((t) => !listed.includes(t)),
        name,
      ).toEqual([]);
  });
});
