// CVE-2026-89445: the mock driver reports from an ioctl, and nothing keeps that apart from a
// detach.
import { experiment } from 'faultline';

export default experiment(
  'B29: selftest reporter without synchronisation',
  {
    bug: 'B29',
    marking: 'documented',
    story: `A real driver is protected by its drain. The selftest driver reports a fault straight from an
ioctl while another task detaches: the handle it found is freed before it is used. Since 2026 a
rw-semaphore of the device excludes the two. Any reporter needs the exclusion that a drain
gives.`,
    variants: ['v6.12', 'v6.12~mock-report-rwsem', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['mock'],
    preemptions: 1,
    expected: {
      'v6.12 mock': 'use-after-free',
      'v6.12~mock-report-rwsem mock': 'not use-after-free',
      'v6.12-leakfix mock': 'use-after-free',
      'v6.12-owned mock': 'not use-after-free',
      'v6.16 mock': 'use-after-free',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const queue = lab.faultQueue('faults');
    const hwpt = lab.iommufd.hwpt('hwpt', queue);

    lab.setup(function* () {
      yield* lab.iommufd.attach(dev, hwpt);
    });

    lab.task('trigger', function* () {
      yield* dev.trigger();
    });

    lab.task('admin', function* () {
      yield* lab.iommufd.detach(dev);
    });
  },
);
