// Two removals: the second one read the pointer before it waited for the lock.
import { experiment } from 'faultline';

export default experiment(
  'B07: pointer sampled before the locks',
  {
    bug: 'B07',
    marking: 'derived',
    story: `Removal reads the pointer to the fault data in its declarations. While it waits for the locks,
another removal frees what it points at. Reading under the lock (the in-tree steps) ended it.`,
    variants: [
      'v6.1',
      'v6.6',
      'series-v4',
      'series-v5',
      'series-v5~v7-release-lock',
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
      'v6.1 plain': 'not use-after-free',
      'v6.6 plain': 'not use-after-free',
      'series-v4 plain': 'use-after-free',
      'series-v5 plain': 'use-after-free',
      'series-v5~v7-release-lock plain': 'use-after-free',
      'refcount-step plain': 'not use-after-free',
      'remove-step plain': 'not use-after-free',
      'v6.9 plain': 'not use-after-free',
      'v6.12 plain': 'not use-after-free',
      'v6.12-leakfix plain': 'not use-after-free',
      'v6.12-owned plain': 'not use-after-free',
      'v6.16 plain': 'not use-after-free',
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

    for (const name of ['admin A', 'admin B']) {
      lab.task(name, function* () {
        yield* lab.kernel.ops.iopf_queue_remove_device(lab.kernel, lab.unit.iopf_queue, dev.struct);
      });
    }
  },
);
