// Replacing a HWPT cancels what waits at the new one; what waits at the old one keeps a freed
// handle.
import { experiment } from 'faultline';

export default experiment(
  'B25: auto-response on the wrong HWPT',
  {
    bug: 'B25',
    marking: 'documented',
    story: `A fault waits at the old HWPT when the device is moved to a new one. Since a refactoring in 6.15
the automatic response looks at the new HWPT, where nothing waits. The old handle is freed; a
user who still reads the old queue gets a group that points at it.`,
    variants: [
      'v6.12',
      'v6.12~generic-attach-handle',
      'v6.12-leakfix',
      'v6.12-leakfix~generic-attach-handle',
      'v6.12-owned',
      'v6.16',
      'v6.16~replace-answers-old-hwpt',
    ],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.12 plain': 'not use-after-free',
      'v6.12~generic-attach-handle plain': 'use-after-free',
      'v6.12-leakfix plain': 'not use-after-free',
      'v6.12-leakfix~generic-attach-handle plain': 'use-after-free',
      'v6.12-owned plain': 'not use-after-free',
      'v6.16 plain': 'use-after-free',
      'v6.16~replace-answers-old-hwpt plain': 'not use-after-free',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const oldQueue = lab.faultQueue('old faults');
    const newQueue = lab.faultQueue('new faults');
    const oldHwpt = lab.iommufd.hwpt('old', oldQueue);
    const newHwpt = lab.iommufd.hwpt('new', newQueue);

    lab.setup(function* () {
      yield* lab.iommufd.attach(dev, oldHwpt);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: 0 });
      },
      'device',
    );

    lab.task('vmm', function* () {
      yield* lab.until(() => oldQueue.struct.readable, oldQueue, oldQueue.struct.deliver);
      yield* lab.iommufd.replace(dev, newHwpt);
      yield* oldQueue.read();
    });
  },
);
