// A fault of one process is resolved in the address space of the next one with its PASID.
import { experiment } from 'faultline';

export default experiment(
  'B38: wrong address space after PASID reuse',
  {
    bug: 'B38',
    marking: 'contract',
    story: `A fault of process A is queued. A unbinds and ends, and its PASID is given to process B. A
worker that looks the PASID up when it runs resolves A's fault in B's address space and answers
SUCCESS. Resolving the target while reporting (the series) ended it; where nothing drains, other
things go wrong instead.`,
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
    drivers: ['plain', 'vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'pasid-isolation',
      'v6.1 vt-d': 'not pasid-isolation',
      'v6.6 plain': 'pasid-isolation',
      'v6.6 vt-d': 'not pasid-isolation',
      'series-v4 plain': 'not pasid-isolation',
      'series-v4 vt-d': 'not pasid-isolation',
      'series-v5 plain': 'not pasid-isolation',
      'series-v5 vt-d': 'not pasid-isolation',
      'refcount-step plain': 'not pasid-isolation',
      'refcount-step vt-d': 'not pasid-isolation',
      'remove-step plain': 'not pasid-isolation',
      'remove-step vt-d': 'not pasid-isolation',
      'v6.9 plain': 'not pasid-isolation',
      'v6.9 vt-d': 'not pasid-isolation',
      'v6.12 plain': 'not pasid-isolation',
      'v6.12 vt-d': 'not pasid-isolation',
      'v6.12-leakfix plain': 'not pasid-isolation',
      'v6.12-leakfix vt-d': 'not pasid-isolation',
      'v6.12-owned plain': 'not pasid-isolation',
      'v6.12-owned vt-d': 'not pasid-isolation',
      'v6.16 plain': 'not pasid-isolation',
      'v6.16 vt-d': 'not pasid-isolation',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mmA = lab.addressSpace('mm A');
    const mmB = lab.addressSpace('mm B');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mmA, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.until(() => lab.unit.iopf_queue.wq.items.length > 0, lab.unit.iopf_queue.wq);
      yield* lab.driver.unbind(dev, PASID);
      yield* mmA.exit();
      yield* lab.driver.bind(dev, mmB, PASID);
    });
  },
);
