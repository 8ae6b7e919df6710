// A mutation of the model: the response does not take the lock of the fault data. Who notices?
import { experiment } from 'faultline';

export default experiment(
  'A lock left out',
  {
    story: `The response path is run without the lock that guards what is pending, while the
interrupt thread reports the next fault. With the data-race detector on, the lab names the two
functions that touch the list with nothing between them. It is the experiment to run before
believing that a lock is not needed.`,
    variants: ['v6.1', 'v6.9', 'v6.12-owned'],
    drivers: ['plain'],
    preemptions: 1,
    kcsan: true,
    expected: {
      'v6.1 plain': 'data-race of iommu_fault_param',
      'v6.9 plain': 'data-race of iommu_fault_param',
      'v6.12-owned plain': 'data-race of iommu_fault_param',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const PASID = 5;
    const lock = 'iommu_fault_param.lock';

    lab.mutate.skipLock({ in: 'iommu_page_response', lock });
    lab.mutate.skipLock({ in: 'iopf_group_response', lock });

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    for (const [name, addr] of [
      ['dev0 job A', 0x1000],
      ['dev0 job B', 0x2000],
    ] as const) {
      lab.task(
        name,
        function* () {
          yield* dev.access({ pasid: PASID, addr });
        },
        'device',
      );
    }
  },
);
