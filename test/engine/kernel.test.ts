// kernel models: return codes and effects of section 5 of the specification, variant by variant.
import { describe, expect, test } from 'vitest';
import { VARIANTS, variantByTag } from '../../main/engine/api';
import { search } from '../support/experiments';

const EBUSY = -16;
const ENODEV = -19;
const EINVAL = -22;
const ENOMEM = -12;

/** Run statements in one task; `check` lines are lab expectations. */
async function findings(
  variant: string,
  driver: string,
  body: string,
  world = '',
): Promise<string[]> {
  const script = `
import { experiment } from 'faultline';
export default experiment('t', { variants: ['${variant}'], drivers: ['${driver}'], preemptions: 0 }, (lab) => {
  const dev = lab.device('dev0');
  const mm = lab.addressSpace('mm');
  const queue = lab.kernel.units[0].iopf_queue;
  ${world}
  lab.task('t', function* () {
    ${body}
  });
});`;
  const reply = await search(script, { variant, driver });
  return reply.found.map((f) => `${f.finding.checker}: ${f.finding.message}`);
}

const tags = VARIANTS.map((v) => v.tag);
const equal = (call: string, value: number): string =>
  `yield* lab.expect.equal(yield* ${call}, ${value}, ${JSON.stringify(call)});`;
const ADD = 'lab.kernel.ops.iopf_queue_add_device(lab.kernel, queue, dev.struct)';
const REMOVE = 'lab.kernel.ops.iopf_queue_remove_device(lab.kernel, queue, dev.struct)';

describe.each(tags)('%s', (tag) => {
  test('a device joins a queue once, leaves, and can join again', async () => {
    const body = [
      equal(ADD, 0),
      equal(ADD, EBUSY),
      equal(REMOVE, 0),
      equal(ADD, 0),
      equal(REMOVE, 0),
    ];
    expect(await findings(tag, 'plain', body.join('\n'))).toEqual([]);
  });

  test('leaving a queue one is not on', async () => {
    const code = {
      'v6.1': EINVAL,
      'v6.6': EINVAL,
      'series-v4': ENODEV,
      'series-v5': ENODEV,
      'refcount-step': ENODEV,
    }[tag];
    const got = await findings(
      tag,
      'plain',
      code === undefined ? `yield* ${REMOVE};` : equal(REMOVE, code),
    );
    expect(got.length).toBe(code === undefined ? 1 : 0);
    if (code === undefined) expect(got[0]).toContain('warning: iopf_queue_remove_device');
  });

  test('flushing a device that is on no queue', async () => {
    const got = await findings(
      tag,
      'plain',
      equal("lab.call('iopf_queue_flush_dev', dev, 5)", ENODEV),
    );
    const warns = tags.indexOf(tag) >= tags.indexOf('refcount-step');
    expect(got.length).toBe(warns ? 1 : 0);
  });

  test('no memory for the fault data', async () => {
    const got = await findings(
      tag,
      'plain',
      equal(ADD, ENOMEM),
      `lab.inject.allocFailure({ in: 'iopf_queue_add_device', probability: 100 });`,
    );
    expect(got).toEqual([]);
  });

  test.each(['vt-d', 'smmuv3', 'plain'])(
    'enable, access, disable, twice, on %s',
    async (driver) => {
      const round = `
      yield* lab.expect.equal(yield* lab.driver.enableIopf(dev), 0, 'enable');
      yield* lab.driver.bind(dev, mm, 5);
      yield* lab.expect.equal(yield* dev.access({ pasid: 5, pages: 3 }), 'ok', 'access');
      yield* lab.k.flush_workqueue(queue.wq);
      yield* lab.driver.unbind(dev, 5);
      yield* lab.expect.equal(yield* lab.driver.disableIopf(dev), 0, 'disable');`;
      // 6.16.0 leaves the queue before it drains, and the drain says so (B13).
      const warns = tag === 'v6.16' && driver === 'vt-d';
      const got = await findings(tag, driver, round + round);
      expect(got.filter((f) => !warns || !f.includes('that is on no queue'))).toEqual([]);
    },
  );

  test('a failed group allocation is answered and leaves nothing behind', async () => {
    const got = await findings(
      tag,
      'plain',
      `yield* lab.driver.bind(dev, mm, 5);
       yield* lab.driver.enableIopf(dev);
       yield* lab.expect.equal(yield* dev.access({ pasid: 5, pages: 2 }), 'error', 'access');`,
      `lab.inject.allocFailure({ object: 'iopf_group', probability: 100 });`,
    );
    expect(got).toEqual([]);
  });

  test('a fault for a PASID that nobody handles is answered', async () => {
    const got = await findings(
      tag,
      'plain',
      `yield* lab.driver.enableIopf(dev);
       yield* lab.expect.equal(yield* dev.access({ pasid: 9 }), 'error', 'access');`,
    );
    expect(got).toEqual([]);
  });
});

test('a full ring sets PRO and answers a discarded last page with Success', async () => {
  const script = `
import { experiment } from 'faultline';
export default experiment('t', { variants: ['v6.12'], drivers: ['vt-d'], preemptions: 0, ringSize: 2 }, (lab) => {
  const dev = lab.device('dev0');
  const mm = lab.addressSpace('mm');
  lab.inject.delay({ in: 'irq_thread', step: 'ring_wait', ns: 1 });
  lab.setup(function* () {
    yield* lab.driver.bind(dev, mm, 5);
    yield* lab.driver.enableIopf(dev);
  });
  lab.task('job', function* () {
    yield* dev.access({ pasid: 5, addr: 0x8000, pages: 2, incomplete: true });
    const got = yield* dev.access({ pasid: 5 });
    yield* lab.expect.ok(false, 'access ' + got);
  }, 'device');
});`;
  const reply = await search(script, { variant: 'v6.12', driver: 'vt-d' });
  expect(reply.run.columns.strings).toContain('discarded: overflow');
  expect(reply.found.map((f) => f.finding.message)).toContain('access ok');
});

test('an unknown variant names the known ones', () => {
  expect(() => variantByTag('v9')).toThrow(/known: v6.1, v6.6, series-v4/);
});

const WITH_AMD = tags.filter((t) => 'amd' in variantByTag(t).ops.drivers);

test.each(WITH_AMD)('AMD on %s: enable, access, disable, twice', async (tag) => {
  const round = `
    yield* lab.expect.equal(yield* lab.driver.enableIopf(dev), 0, 'enable');
    yield* lab.driver.bind(dev, mm, 5);
    yield* lab.expect.equal(yield* dev.access({ pasid: 5, pages: 2 }), 'ok', 'access');
    yield* lab.driver.unbind(dev, 5);
    yield* lab.expect.equal(yield* lab.driver.disableIopf(dev), 0, 'disable');`;
  expect(await findings(tag, 'amd', round + round)).toEqual([]);
});

describe('attach-path enabling (6.16)', () => {
  const member = (there: boolean): string =>
    `yield* lab.expect.equal(dev.struct.iommu.fault_param !== null, ${there}, 'on the queue');`;
  test.each(['vt-d', 'smmuv3', 'plain'])(
    '%s: the first domain joins, the last leaves',
    async (driver) => {
      const body = `
      ${member(false)}
      yield* lab.driver.bind(dev, mm, 5);
      ${member(true)}
      yield* lab.iommufd.attach(dev, hwpt, 7);
      yield* lab.expect.equal(dev.struct.iopf_refcount, 2, 'count');
      yield* lab.driver.unbind(dev, 5);
      ${member(true)}
      yield* lab.iommufd.detach(dev, 7);
      ${member(false)}
      yield* lab.expect.equal(dev.struct.iopf_refcount, 0, 'count');`;
      const world = "const hwpt = lab.iommufd.hwpt('hwpt', lab.faultQueue('faults'));";
      const got = await findings('v6.16~teardown-before-remove', driver, body, world);
      expect(got).toEqual([]);
    },
  );
});

test('iommufd destroys what nobody uses, and answers what waits', async () => {
  const body = `
    yield* lab.iommufd.attach(dev, hwpt, 7);
    yield* lab.expect.equal(yield* lab.iommufd.destroy(hwpt), -16, 'attached');
    yield* lab.expect.equal(yield* lab.iommufd.destroy(faults), -16, 'in use');
    yield* lab.iommufd.detach(dev, 7);
    yield* lab.expect.equal(yield* lab.iommufd.destroy(hwpt), 0, 'hwpt');
    yield* lab.expect.equal(yield* lab.iommufd.destroy(faults), -16, 'file open');
    yield* faults.closeFd();
    yield* lab.expect.equal(yield* lab.iommufd.destroy(faults), 0, 'faults');
    yield* lab.expect.equal(yield* lab.iommufd.destroy(faults), -2, 'gone');`;
  const world =
    "const faults = lab.faultQueue('faults'); const hwpt = lab.iommufd.hwpt('hwpt', faults);";
  expect(await findings('v6.12-owned', 'plain', body, world)).toEqual([]);
});

test('a patch that does not exist names those that do', () => {
  expect(() => variantByTag('v6.12~nonsense')).toThrow(/no patch "nonsense".*drain-on-teardown/);
});

test.each([
  ['v6.12', 'vt-d'],
  ['v6.12', 'smmuv3'],
  ['v6.16', 'smmuv3'],
])(
  '%s %s: after its process has ended a device is refused, and unbinding cleans up',
  async (tag, driver) => {
    const body = `
    yield* lab.driver.enableIopf(dev);
    yield* lab.driver.bind(dev, mm, 5);
    yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'ok', 'access');
    yield* lab.k.flush_workqueue(queue.wq);
    yield* mm.exit();
    yield* lab.expect.equal(dev.struct.hw.entries.get(5).space, null, 'entry');
    yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'error', 'access after the end');
    yield* lab.driver.unbind(dev, 5);
    yield* lab.expect.equal(mm.struct.state, 1, 'mm freed');`;
    expect(await findings(tag, driver, body)).toEqual([]);
  },
);

test('an invalidation that times out is submitted again, until the cache is empty', async () => {
  const body = `
    yield* lab.driver.enableIopf(dev);
    yield* lab.driver.bind(dev, mm, 5);
    yield* dev.access({ pasid: 5 });
    yield* lab.expect.equal(dev.struct.hw.atc.size, 1, 'cached');
    yield* lab.k.flush_workqueue(queue.wq);
    yield* lab.driver.unbind(dev, 5);
    yield* lab.expect.equal(dev.struct.hw.atc.size, 0, 'cached after unbind');`;
  const world = 'lab.inject.invalidationTimeout({ probability: 100, times: 2 });';
  expect(await findings('v6.12', 'plain', body, world)).toEqual([]);
});

test.each(['v6.1', 'v6.12-owned'])('%s: a VT-d unit is switched off', async (tag) => {
  const body = `
    yield* lab.driver.enableIopf(dev);
    yield* lab.driver.bind(dev, mm, 5);
    yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'ok', 'access');
    yield* lab.driver.unbind(dev, 5);
    yield* lab.driver.disableIopf(dev);
    yield* lab.driver.finishUnit();
    yield* lab.expect.equal(lab.unit.irq.alive, false, 'interrupt thread');
    yield* lab.expect.equal(lab.unit.iopf_queue, null, 'queue');`;
  expect(await findings(tag, 'vt-d', body)).toEqual([]);
});

test('a fault of a PASID that user space manages goes to the nested domain', async () => {
  const fault = `{ name: 'f', pasid: 9, pasidValid: true, needsPasid: true, grpid: 0, last: false,
    addr: 0x1000, write: false, group: 1 }`;
  const report = `lab.kernel.ops.iommu_report_device_fault(lab.kernel, dev.struct, ${fault})`;
  const body = `
    yield* lab.iommufd.attach(dev, hwpt);
    yield* lab.expect.equal(yield* ${report}, -22, 'nobody');
    dev.struct.user_pasid_table = true;
    yield* lab.expect.equal(yield* ${report}, 0, 'the nested domain');
    yield* lab.iommufd.detach(dev);`;
  const world =
    "const hwpt = lab.iommufd.hwpt('hwpt', lab.faultQueue('faults'), { nested: true });";
  const got = await findings('v6.12', 'plain', body, world);
  expect(got.filter((f) => f.startsWith('expectation'))).toEqual([]);
});
