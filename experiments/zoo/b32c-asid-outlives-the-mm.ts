// SMMUv3 before 5.18.3: putting the address-space id looks into an mm that is gone.
import { experiment } from 'faultline';

export default experiment(
  'B32: (c) address-space id put without the mm',
  {
    bug: 'B32',
    marking: 'documented',
    story: `The context descriptor of a bond belongs to an mm, but did not keep its structure alive. The
process ends, the mm is freed, and unbinding looks into it.`,
    variants: ['v6.1', 'v6.1~asid-grabs-mm', 'v6.6'],
    drivers: ['smmuv3'],
    preemptions: 0,
    expected: {
      'v6.1 smmuv3': 'holds',
      'v6.1~asid-grabs-mm smmuv3': 'use-after-free in arm_smmu_sva_unbind',
      'v6.6 smmuv3': 'holds',
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
