// Removal frees the partial pages without unlinking them; a reporter with a reference walks them.
import { experiment } from 'faultline';

export default experiment(
  'B19: dangling partial list after removal',
  {
    bug: 'B19',
    marking: 'contract',
    story: `Two pages of an unfinished group are on their way when the device leaves the queue. The reporter
has its reference; removal frees the pages that have arrived and leaves the list head pointing
at them; the reporter adds the next. Upstream asks drivers to stop page requests and flush the
ring first. VT-d keeps to it, this driver does not.`,
    variants: [
      'v6.1',
      'v6.6',
      'series-v4',
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
      'v6.1 plain': 'not use-after-free',
      'v6.1 vt-d': 'not use-after-free',
      'v6.6 plain': 'not use-after-free',
      'v6.6 vt-d': 'not use-after-free',
      'series-v4 plain': 'not use-after-free',
      'series-v4 vt-d': 'not use-after-free',
      'refcount-step plain': 'use-after-free',
      'refcount-step vt-d': 'not use-after-free',
      'remove-step plain': 'use-after-free',
      'remove-step vt-d': 'not use-after-free',
      'v6.9 plain': 'use-after-free',
      'v6.9 vt-d': 'not use-after-free',
      'v6.12 plain': 'use-after-free',
      'v6.12 vt-d': 'not use-after-free',
      'v6.12-leakfix plain': 'use-after-free',
      'v6.12-leakfix vt-d': 'not use-after-free',
      'v6.12-owned plain': 'use-after-free',
      'v6.12-owned vt-d': 'not use-after-free',
      'v6.16 plain': 'use-after-free',
      'v6.16 vt-d': 'use-after-free',
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
        yield* dev.access({ pasid: PASID, pages: 2, incomplete: true });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.join(job);
      const follows = lab.variant.startsWith('v6.16');
      if (lab.driverName === 'vt-d' || follows) yield* lab.driver.unbind(dev, PASID);
      yield* lab.driver.disableIopf(dev);
    });
  },
);
