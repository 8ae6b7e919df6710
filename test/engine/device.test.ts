// device: credits, index matching, UPRGI, late and concurrent answers, delays at named steps.
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../main/engine/api';
import type { RunnerReply } from '../../main/runner/protocol';
import { search } from '../support/experiments';

type Reply = Extract<RunnerReply, { kind: 'search' }>;

function run(variant: string, body: string, options = 'preemptions: 0'): Promise<Reply> {
  const script = `
import { experiment } from 'faultline';
export default experiment('t', { variants: ['${variant}'], drivers: ['plain'], ${options} }, (lab) => {
  const queue = lab.faultQueue('q');
  ${body}
});`;
  return search(script, { variant, driver: 'plain' });
}

const attach = `lab.setup(function* () {
    yield* lab.driver.attach(dev, 5, queue);
    yield* lab.driver.enableIopf(dev);
  });`;

const answer = (code: string): string => `lab.task('user', function* () {
    for (;;) {
      const f = yield* queue.readFault(dev);
      if (f === null) return;
      yield* queue.respond(dev, f, '${code}');
    }
  }, 'user');`;

function kindsOf(r: Reply): string[] {
  return [...r.run.columns.kind].map((k) => KINDS[k]?.name ?? '');
}

describe('page requests', () => {
  test('a device without credits waits for a response before it sends more', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0', { credits: 2 });
       ${attach} ${answer('success')}
       for (const n of ['a', 'b']) lab.task(n, function* () {
         yield* lab.expect.equal(yield* dev.access({ pasid: 5, pages: 2 }), 'ok', n);
         if (n === 'b') queue.close();
       }, 'device');`,
      'preemptions: 1, runs: 3000',
    );
    const requests = kindsOf(r);
    const first = requests.indexOf('page_response');
    expect(requests.slice(0, first).filter((k) => k === 'page_request')).toHaveLength(2);
  });

  test.each([
    ['success', 'ok'],
    ['invalid', 'error'],
  ])('answered %s: the access is %s', async (code, result) => {
    const r = await run(
      'v6.1',
      `const dev = lab.device('dev0'); ${attach} ${answer(code)}
       lab.task('job', function* () {
         yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), '${result}', 'access');
         queue.close();
       }, 'device');`,
    );
    expect(r.found).toEqual([]);
  });

  test('while PRI is off the device is refused', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0');
       lab.task('job', function* () {
         yield* lab.expect.equal(yield* dev.access({ pasid: 5, blind: true }), 'refused', 'access');
       }, 'device');`,
    );
    expect(r.found).toEqual([]);
  });

  test('a request that nobody answers is lost', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0'); ${attach}
       lab.task('job', function* () { yield* dev.access({ pasid: 5 }); }, 'device');`,
    );
    expect(r.found.map((f) => f.finding.checker)).toEqual(['lost-request']);
  });
});

describe('answers', () => {
  test.each([
    ['v6.1', -22],
    ['series-v5', -22],
    ['v6.12', -22],
  ])('%s: a second answer to one fault is refused with EINVAL', async (variant, code) => {
    const r = await run(
      variant,
      `const dev = lab.device('dev0'); ${attach}
       lab.task('user', function* () {
         const f = yield* queue.readFault(dev);
         yield* lab.expect.equal(yield* queue.respond(dev, f), 0, 'first');
         yield* lab.expect.equal(yield* queue.respond(dev, f), ${code}, 'second');
       }, 'user');
       lab.task('job', function* () { yield* dev.access({ pasid: 5 }); }, 'device');`,
    );
    expect(r.found).toEqual([]);
  });
});

describe('delays at named steps', () => {
  const world = (delay: string): string => `
    lab.inject.delay(${delay});
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    lab.task('t', function* () {
      yield* lab.driver.enableIopf(dev);
      yield* lab.driver.disableIopf(dev);
    });`;
  test.each([
    ["{ in: 'iopf_queue_remove_device', step: 'mutex_lock dev_iommu.lock' }", 'mutex_lock', 0],
    [
      "{ in: 'iopf_queue_remove_device', step: 'mutex_lock dev_iommu.lock', when: 'after' }",
      'mutex_lock',
      -1,
    ],
    ["{ in: 'pci_disable_pri', step: 'reg_write' }", 'reg_write', 0],
  ])('%s', async (delay, kind, offset) => {
    const kinds = kindsOf(await run('v6.12', world(delay)));
    const at = kinds.indexOf('udelay');
    expect(kinds.filter((k) => k === 'udelay')).toHaveLength(1);
    expect(kinds[offset === 0 ? at + 1 : at - 1]).toBe(kind);
  });
  test('a step that does not exist delays nothing', async () => {
    const kinds = kindsOf(await run('v6.12', world("{ in: 'nowhere' }")));
    expect(kinds).not.toContain('udelay');
  });
});

describe('translations', () => {
  const bound = `const mm = lab.addressSpace('mm');
       lab.setup(function* () {
         yield* lab.driver.bind(dev, mm, 5);
         yield* lab.driver.enableIopf(dev);
       });`;
  const count = (r: Reply, kind: string): number => kindsOf(r).filter((x) => x === kind).length;

  test('a page that is there is cached, and asked for once', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0'); ${bound}
       lab.task('job', function* () {
         for (let i = 0; i < 3; i++) {
           yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'ok', 'access');
         }
       }, 'device');`,
    );
    expect(r.found).toEqual([]);
    expect(count(r, 'page_request')).toBe(1);
  });

  test('after an unbind the cache is empty and the translation blocked', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0'); ${bound}
       lab.task('job', function* () {
         yield* dev.access({ pasid: 5 });
         yield* lab.driver.unbind(dev, 5);
         yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'error', 'access');
       });`,
    );
    expect(r.found).toEqual([]);
    expect(count(r, 'invalidate')).toBe(1);
  });

  test('a virtual function shares the credits of its physical one', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0', { credits: 1 });
       const vf = lab.device('dev0vf', { vfOf: dev }); ${bound}
       const job = lab.task('pf', function* () {
         yield* dev.access({ pasid: 5, incomplete: true });
       }, 'device');
       lab.task('vf', function* () {
         yield* lab.join(job);
         yield* vf.access({ pasid: 6, blind: true });
       }, 'device');`,
    );
    // The one credit is taken for ever: the request of the virtual function never leaves.
    expect(count(r, 'page_request')).toBe(1);
  });

  test('a response failure stops the function', async () => {
    const r = await run(
      'v6.12',
      `const dev = lab.device('dev0'); lab.inject.handlerError({ probability: 100 }); ${bound}
       lab.task('job', function* () {
         yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'error', 'first');
         yield* lab.expect.equal(yield* dev.access({ pasid: 5 }), 'refused', 'second');
       }, 'device');`,
    );
    expect(r.found).toEqual([]);
  });
});
