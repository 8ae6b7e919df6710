// A process ends; the notifier tears its entries down under a spinlock, and the teardown drains.
import { experiment } from 'faultline';

export default experiment(
  'B23: drain in atomic context',
  {
    bug: 'B23',
    marking: 'documented',
    story: `When every teardown drained, so did the one in the MMU notifier of a process that ends, under a
spinlock with interrupts off. A static checker found it: the drain sleeps. Since then it is left
out where faults are to be ignored.`,
    variants: [
      'v6.12',
      'v6.12~drain-on-teardown',
      'v6.12~drain-on-teardown,no-drain-in-release',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['vt-d'],
    preemptions: 1,
    expected: {
      'v6.12 vt-d': 'not atomic-sleep',
      'v6.12~drain-on-teardown vt-d': 'atomic-sleep',
      'v6.12~drain-on-teardown,no-drain-in-release vt-d': 'not atomic-sleep',
      'v6.12-owned vt-d': 'not atomic-sleep',
      'v6.16 vt-d': 'not atomic-sleep',
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

    lab.task('process', function* () {
      yield* mm.exit();
      yield* lab.driver.unbind(dev, PASID);
    });
  },
);
