// AMD flushes, leaves the queue, and only then disables page requests.
import { experiment } from 'faultline';

export default experiment(
  'B36: AMD: queue removal before PRI is off',
  {
    bug: 'B36',
    marking: 'derived',
    story: `A request arrives after the device has left the queue and before its page requests are off: it
finds a domain and no fault data, and the core warns. Requests that are not the last of their
group are answered as well (B18).`,
    variants: ['v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['amd'],
    preemptions: 1,
    expected: {
      'v6.12 amd': 'warning in iommu_report_device_fault',
      'v6.12-leakfix amd': 'warning in iommu_report_device_fault',
      'v6.12-owned amd': 'warning in iommu_report_device_fault',
      'v6.16 amd': 'warning in iommu_report_device_fault',
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

    lab.task('driver', function* () {
      yield* lab.driver.disableIopf(dev);
    });
  },
);
