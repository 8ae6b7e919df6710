// Found by the lab: in both in-tree steps the reporter takes the data lock again after it has
// given its reference away.
import { experiment } from 'faultline';

export default experiment(
  'N01: reporter goes on without a reference',
  {
    bug: 'N01',
    marking: 'derived',
    story: `Reporting drops the data lock around the fault handler and takes it again afterwards. By then
the group, which carries the only reference of this report, may have been handled and freed; a
removal at that moment drops the last one, and the fault data is freed under the reporter. Not
in the specification's zoo; 6.9 no longer touches the data after the handler.`,
    variants: ['series-v5', 'refcount-step', 'remove-step', 'v6.9'],
    drivers: ['plain', 'smmuv3'],
    preemptions: 1,
    expected: {
      'series-v5 plain': 'not use-after-free of iommu_fault_param in iommu_handle_iopf',
      'series-v5 smmuv3': 'not use-after-free of iommu_fault_param in iommu_handle_iopf',
      'refcount-step plain': 'use-after-free of iommu_fault_param in iommu_handle_iopf',
      'refcount-step smmuv3': 'use-after-free of iommu_fault_param in iommu_handle_iopf',
      'remove-step plain': 'use-after-free of iommu_fault_param in iommu_handle_iopf',
      'remove-step smmuv3': 'use-after-free of iommu_fault_param in iommu_handle_iopf',
      'v6.9 plain': 'not use-after-free of iommu_fault_param in iommu_handle_iopf',
      'v6.9 smmuv3': 'not use-after-free of iommu_fault_param in iommu_handle_iopf',
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

    lab.task('driver', function* () {
      yield* lab.join(job);
      yield* lab.driver.unbind(dev, PASID);
      yield* lab.driver.disableIopf(dev);
    });
  },
);
