// The interrupt thread reports a page that is not the last of its group while the driver disables
// IOPF. Who frees the partial list, and who is still adding to it?
import { experiment } from 'faultline';

export default experiment(
  'Disable while reporting',
  {
    story: `The driver has stopped its device, but two page requests of an unfinished group are
still in the ring. The interrupt thread reports them while the driver disables IOPF. Up to 6.1 one
lock covers both sides. With a user count the reporter may hold a reference to an object that
removal has already emptied, without unlinking what it freed (B05, B19). That breaks a contract
which upstream only writes in comments: flush before remove. VT-d keeps it by draining.`,
    variants: ['v6.1', 'series-v4', 'series-v5', 'v6.12'],
    drivers: ['plain', 'vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'holds',
      'v6.1 vt-d': 'holds',
      'series-v4 plain': 'holds',
      'series-v4 vt-d': 'holds',
      'series-v5 plain': 'use-after-free in iommu_handle_iopf',
      'series-v5 vt-d': 'holds',
      'v6.12 plain': 'use-after-free in report_partial_fault',
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
        yield* dev.access({ pasid: PASID, pages: 2, incomplete: true });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.join(job);
      yield* lab.mark('the device has stopped; its requests are still on their way');
      if (lab.driverName === 'vt-d') yield* lab.driver.unbind(dev, PASID);
      yield* lab.driver.disableIopf(dev);
    });
  },
);
