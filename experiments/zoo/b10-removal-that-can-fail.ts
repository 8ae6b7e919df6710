// iopf_queue_free ignores that a device could not be removed, and frees the queue under it.
import { experiment } from 'faultline';

export default experiment(
  'B10: removal that can fail, freed anyway',
  {
    bug: 'B10',
    marking: 'documented',
    story: `A fault is pending when the queue of the unit is freed. Removing the device says EBUSY, nobody
looks, and the queue goes with the device still on it. Whoever follows the device to its queue
afterwards finds freed memory. The review of v8 asked for a removal that cannot fail; the second
in-tree step made it so.`,
    variants: [
      'v6.1',
      'v6.6',
      'series-v4',
      'series-v5',
      'refcount-step',
      'remove-step',
      'v6.9',
      'v6.12',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'not use-after-free in iopf_queue_flush_dev',
      'v6.6 plain': 'not use-after-free in iopf_queue_flush_dev',
      'series-v4 plain': 'use-after-free in iopf_queue_flush_dev + invariant I10',
      'series-v5 plain': 'use-after-free in iopf_queue_flush_dev + invariant I10',
      'refcount-step plain': 'use-after-free in iopf_queue_flush_dev + invariant I10',
      'remove-step plain': 'not use-after-free in iopf_queue_flush_dev',
      'v6.9 plain': 'not use-after-free in iopf_queue_flush_dev',
      'v6.12 plain': 'not use-after-free in iopf_queue_flush_dev',
      'v6.12-leakfix plain': 'not use-after-free in iopf_queue_flush_dev',
      'v6.12-owned plain': 'not use-after-free in iopf_queue_flush_dev',
      'v6.16 plain': 'not use-after-free in iopf_queue_flush_dev',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm', { faultNs: 5000 });
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    const job = lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    const queued = () => lab.unit.iopf_queue.wq.items.length > 0;

    lab.task('admin', function* () {
      yield* lab.until(() => queued() || !job.alive, lab.unit.iopf_queue.wq, job);
      yield* lab.driver.freeQueue();
      yield* lab.call('iopf_queue_flush_dev', dev, PASID);
    });
  },
);
