// A driver that waits only for its device can disable IOPF while the worker that answered the
// device is still inside iommu_page_response.
import { experiment } from 'faultline';

export default experiment(
  'Disable while responding',
  {
    story: `The device's job faults once. A worker resolves the fault and answers; the device is
served and its driver, which waits for nothing but the device, unbinds and disables IOPF. The
worker is still inside iommu_page_response, holding the lock of the fault data that the disable
path frees. SMMUv3 never flushes the work queue, so the window is real there. VT-d drains when
the PASID is unbound, and the drain waits for the worker.`,
    variants: ['v6.1', 'series-v4', 'series-v5', 'v6.12'],
    drivers: ['smmuv3', 'vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 smmuv3': 'use-after-free in iommu_page_response',
      'v6.1 vt-d': 'holds',
      'series-v4 smmuv3': 'use-after-free in iommu_page_response',
      'series-v4 vt-d': 'holds',
      'series-v5 smmuv3': 'holds',
      'series-v5 vt-d': 'holds',
      'v6.12 smmuv3': 'holds',
      'v6.12 vt-d': 'holds',
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
        const result = yield* dev.access({ pasid: PASID });
        yield* lab.expect.equal(result, 'ok', 'the device access');
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.join(job);
      yield* lab.mark('the device is done; nobody else is asked');
      yield* lab.driver.unbind(dev, PASID);
      yield* lab.driver.disableIopf(dev);
    });
  },
);
