// VT-d in 6.16.0 leaves the queue before it drains, and a removal that frees groups frees one that
// is being handled.
import { experiment } from 'faultline';

export default experiment(
  'B13: SVA unbind with pending page faults',
  {
    bug: 'B13',
    marking: 'documented',
    story: `A process unbinds while one of its faults is with a worker. In 6.16.0 detaching the last domain
leaves the queue first: removal answers and frees the group, the worker answers it again and
frees it again. The drain that follows finds no fault data and does not wait. Tearing the entry
down first (July 2025) drains before anything is removed.`,
    variants: [
      'v6.1',
      'v6.6',
      'v6.9',
      'v6.12',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
      'v6.16~teardown-before-remove',
    ],
    drivers: ['vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 vt-d': 'holds',
      'v6.6 vt-d': 'holds',
      'v6.9 vt-d': 'holds',
      'v6.12 vt-d': 'holds',
      'v6.12-leakfix vt-d': 'holds',
      'v6.12-owned vt-d': 'holds',
      'v6.16 vt-d': 'use-after-free',
      'v6.16~teardown-before-remove vt-d': 'holds',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
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

    lab.task('driver', function* () {
      yield* lab.until(() => queued() || !job.alive, lab.unit.iopf_queue.wq, job);
      yield* lab.driver.unbind(dev, PASID);
    });
  },
);
