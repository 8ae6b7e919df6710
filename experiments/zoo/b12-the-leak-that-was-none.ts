// CVE-2025-21770 freed the groups that removal answers. They have an owner already.
import { experiment } from 'faultline';

export default experiment(
  'B12: the "leak" that was none',
  {
    bug: 'B12',
    marking: 'documented',
    story: `The device leaves the queue while a group is with its worker. Removal answers the group; the
worker finds it answered, sends nothing, and frees it: nothing leaks in 6.9 and 6.12. The fix
that frees it in removal as well turns a correct hand-over into a second free.`,
    variants: ['v6.9', 'v6.12', 'v6.12-leakfix'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.9 plain': 'holds',
      'v6.12 plain': 'holds',
      'v6.12-leakfix plain': 'use-after-free',
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
