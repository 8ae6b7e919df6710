// The pointer to the fault data is read again at every use: while the worker still holds its lock,
// disable frees it.
import { experiment } from 'faultline';

export default experiment(
  'B01: response races with handler unregistration',
  {
    bug: 'B01',
    marking: 'derived',
    story: `A worker answers the fault, and the device hears it before the record is removed. A driver that
waits only for its device can unregister in that window: the list is empty, the data is freed
with its lock held, and the unlock reads the pointer once more. SMMUv3 never flushes, so the
window is real there; VT-d drains when the PASID is unbound. A counted object (6.9) closes it.`,
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
    drivers: ['smmuv3', 'vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 smmuv3': 'use-after-free in iommu_page_response',
      'v6.1 vt-d': 'holds',
      'v6.6 smmuv3': 'use-after-free in iommu_page_response',
      'v6.6 vt-d': 'holds',
      'series-v4 smmuv3': 'use-after-free in iommu_page_response',
      'series-v4 vt-d': 'holds',
      'series-v5 smmuv3': 'holds',
      'series-v5 vt-d': 'holds',
      'refcount-step smmuv3': 'not use-after-free in iommu_page_response',
      'refcount-step vt-d': 'holds',
      'remove-step smmuv3': 'not use-after-free in iommu_page_response',
      'remove-step vt-d': 'holds',
      'v6.9 smmuv3': 'holds',
      'v6.9 vt-d': 'holds',
      'v6.12 smmuv3': 'holds',
      'v6.12 vt-d': 'holds',
      'v6.12-leakfix smmuv3': 'holds',
      'v6.12-leakfix vt-d': 'holds',
      'v6.12-owned smmuv3': 'holds',
      'v6.12-owned vt-d': 'holds',
      'v6.16 smmuv3': 'holds',
      'v6.16 vt-d': 'not use-after-free',
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
