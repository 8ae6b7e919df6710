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
    const code = { 'v6.1': EINVAL, 'series-v4': ENODEV, 'series-v5': ENODEV }[tag];
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
    expect(got.length).toBe(tag === 'v6.12' ? 1 : 0);
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
      expect(await findings(tag, driver, round + round)).toEqual([]);
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
    const got = yield* dev.access({ pasid: 5, pages: 4 });
    yield* lab.mark('access ' + got);
  }, 'device');
});`;
  const reply = await search(script, { variant: 'v6.12', driver: 'vt-d' });
  expect(reply.found).toEqual([]);
  expect(reply.run.columns.strings).toContain('discarded: overflow');
  expect(reply.run.columns.strings).toContain('access ok');
});

test('an unknown variant names the known ones', () => {
  expect(() => variantByTag('v9')).toThrow(/known: v6.1, series-v4/);
});
