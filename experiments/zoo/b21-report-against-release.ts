// The interrupt thread found the device; before it reports, the device is released.
import { experiment } from 'faultline';

export default experiment(
  'B21: report races with device release',
  {
    bug: 'B21',
    marking: 'documented',
    story: `The thread looks the device up by requester id and reports its fault; releasing the device frees
what the report reads. Since 6.9 one lock of the unit covers the lookup and the report. Before
that a counted device was used, which keeps the device but not its IOMMU data.`,
    variants: [
      'v6.1',
      'v6.6',
      'v6.9',
      'v6.9~report-under-iopf-lock',
      'v6.12',
      'v6.12~report-under-iopf-lock',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 vt-d': 'use-after-free of dev_iommu in iommu_report_device_fault',
      'v6.6 vt-d': 'use-after-free of dev_iommu in iommu_report_device_fault',
      'v6.9 vt-d': 'not use-after-free of dev_iommu in iopf_get_dev_fault_param',
      'v6.9~report-under-iopf-lock vt-d': 'use-after-free of dev_iommu in iopf_get_dev_fault_param',
      'v6.12 vt-d': 'not use-after-free of dev_iommu in iopf_get_dev_fault_param',
      'v6.12~report-under-iopf-lock vt-d':
        'use-after-free of dev_iommu in iopf_get_dev_fault_param',
      'v6.12-owned vt-d': 'not use-after-free of dev_iommu in iopf_get_dev_fault_param',
      'v6.16 vt-d': 'not use-after-free of dev_iommu in iopf_get_dev_fault_param',
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

    lab.task('hotplug', function* () {
      yield* lab.driver.disableIopf(dev);
      yield* lab.driver.release(dev);
    });
  },
);
