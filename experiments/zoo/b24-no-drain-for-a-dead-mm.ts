// The entry of a process that has ended is not present; unbinding it returns early and does not
// drain.
import { experiment } from 'faultline';

export default experiment(
  'B24: and then no drain at all for a dead mm',
  {
    bug: 'B24',
    marking: 'documented',
    story: `A process ends while its device still faults. Its entry is torn down without a drain. Unbinding
later finds the entry not present and returns, again without a drain: handle and PASID are freed
while requests sit in the ring. The bit that says "ignore faults" now also says "still to be
drained".`,
    variants: [
      'v6.12',
      'v6.12~drain-on-teardown,no-drain-in-release',
      'v6.12~drain-on-teardown,no-drain-in-release,drain-on-fpd',
      'v6.12-owned',
      'v6.16~teardown-before-remove',
    ],
    drivers: ['vt-d'],
    preemptions: 1,
    expected: {
      'v6.12 vt-d': 'not use-after-free of iommu_attach_handle',
      'v6.12~drain-on-teardown,no-drain-in-release vt-d': 'use-after-free of iommu_attach_handle',
      'v6.12~drain-on-teardown,no-drain-in-release,drain-on-fpd vt-d':
        'not use-after-free of iommu_attach_handle',
      'v6.12-owned vt-d': 'not use-after-free of iommu_attach_handle',
      'v6.16~teardown-before-remove vt-d': 'not use-after-free of iommu_attach_handle',
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

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task('process', function* () {
      yield* mm.exit();
      yield* lab.driver.unbind(dev, PASID);
    });
  },
);
