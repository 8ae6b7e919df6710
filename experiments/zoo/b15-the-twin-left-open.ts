// The SVA handler does not take ownership of its group; a removal without a drain frees it under
// the worker.
import { experiment } from 'faultline';

export default experiment(
  'B15: the SVA twin left open by the ownership fix',
  {
    bug: 'B15',
    marking: 'contract',
    story: `6.12.114 made iommufd the owner of its groups. The SVA handler still leaves its group on the
pending list, so a driver that leaves the queue without draining frees the group under the
worker, which then answers a second time. In 6.9 and 6.12, where removal frees nothing, the same
schedule is clean.`,
    variants: ['v6.9', 'v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16~owned'],
    drivers: ['plain', 'smmuv3'],
    preemptions: 1,
    expected: {
      'v6.9 plain': 'holds',
      'v6.9 smmuv3': 'holds',
      'v6.12 plain': 'holds',
      'v6.12 smmuv3': 'holds',
      'v6.12-leakfix plain': 'use-after-free',
      'v6.12-leakfix smmuv3': 'holds',
      'v6.12-owned plain': 'use-after-free',
      'v6.12-owned smmuv3': 'holds',
      'v6.16~owned plain': 'use-after-free',
      'v6.16~owned smmuv3': 'use-after-free',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm', { faultNs: 5000 });
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

    const queued = () => lab.unit.iopf_queue.wq.items.length > 0;

    lab.task('driver', function* () {
      yield* lab.until(() => queued() || !job.alive, lab.unit.iopf_queue.wq, job);
      // Removal while the group is with its worker; in 6.16 it is the detach that removes.
      if (lab.variant.startsWith('v6.16')) yield* lab.driver.unbind(dev, PASID);
      else yield* lab.driver.disableIopf(dev);
    });
  },
);
