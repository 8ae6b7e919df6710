// Unbinding one process waits for the page fault of another.
import { experiment } from 'faultline';

export default experiment(
  'B37: one work queue per IOMMU: foreign work blocks unbind',
  {
    bug: 'B37',
    marking: 'derived',
    story: `Two processes use devices behind one IOMMU. A page of process B is served by a userfaultfd
server that never answers. The drain of process A flushes the one work queue of the unit, and
waits for the worker that waits for B: unbinding A hangs. A driver without a drain does not
wait, for better or worse.`,
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
    drivers: ['vt-d', 'plain'],
    preemptions: 0,
    expected: {
      'v6.1 vt-d': 'hung-task in iopf_queue_flush_dev',
      'v6.1 plain': 'not hung-task in iopf_queue_flush_dev',
      'v6.6 vt-d': 'hung-task in iopf_queue_flush_dev',
      'v6.6 plain': 'not hung-task in iopf_queue_flush_dev',
      'series-v4 vt-d': 'hung-task in iopf_queue_flush_dev',
      'series-v4 plain': 'not hung-task in iopf_queue_flush_dev',
      'series-v5 vt-d': 'hung-task in iopf_queue_flush_dev',
      'series-v5 plain': 'not hung-task in iopf_queue_flush_dev',
      'refcount-step vt-d': 'hung-task in iopf_queue_flush_dev',
      'refcount-step plain': 'not hung-task in iopf_queue_flush_dev',
      'remove-step vt-d': 'hung-task in iopf_queue_flush_dev',
      'remove-step plain': 'not hung-task in iopf_queue_flush_dev',
      'v6.9 vt-d': 'hung-task in iopf_queue_flush_dev',
      'v6.9 plain': 'not hung-task in iopf_queue_flush_dev',
      'v6.12 vt-d': 'hung-task in iopf_queue_flush_dev',
      'v6.12 plain': 'not hung-task in iopf_queue_flush_dev',
      'v6.12-leakfix vt-d': 'hung-task in iopf_queue_flush_dev',
      'v6.12-leakfix plain': 'not hung-task in iopf_queue_flush_dev',
      'v6.12-owned vt-d': 'hung-task in iopf_queue_flush_dev',
      'v6.12-owned plain': 'not hung-task in iopf_queue_flush_dev',
      'v6.16 vt-d': 'not hung-task in iopf_queue_flush_dev',
      'v6.16 plain': 'not hung-task in iopf_queue_flush_dev',
    },
  },
  (lab) => {
    const devA = lab.device('dev0');
    const devB = lab.device('dev1');
    const mmA = lab.addressSpace('mm A');
    const mmB = lab.addressSpace('mm B', { stalled: true });

    lab.setup(function* () {
      yield* lab.driver.bind(devA, mmA, 1);
      yield* lab.driver.bind(devB, mmB, 2);
      yield* lab.driver.enableIopf(devA);
      yield* lab.driver.enableIopf(devB);
    });

    lab.task(
      'dev1 job',
      function* () {
        yield* devB.access({ pasid: 2 });
      },
      'device',
    );

    lab.task('process A', function* () {
      yield* lab.until(() => lab.unit.iopf_queue.wq.items.length > 0, lab.unit.iopf_queue.wq);
      yield* lab.driver.unbind(devA, 1);
    });
  },
);
