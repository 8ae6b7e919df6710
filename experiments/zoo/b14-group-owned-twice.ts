// CVE-2026-74520: a group in the hands of user space is freed by removal and then answered.
import { experiment } from 'faultline';

export default experiment(
  'B14: IOPF group owned twice (iommufd)',
  {
    bug: 'B14',
    marking: 'documented',
    story: `User space has read a fault. Leaving the queue answers the group and frees it, although iommufd
still holds it under its cookie: the response of user space, or the automatic one, finds freed
memory. Since 6.12.114 the handler takes the group off the pending list first and is its only
owner.`,
    variants: ['v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16', 'v6.16~owned'],
    drivers: ['plain', 'smmuv3'],
    preemptions: 1,
    expected: {
      'v6.12 plain': 'not use-after-free',
      'v6.12 smmuv3': 'not use-after-free',
      'v6.12-leakfix plain': 'use-after-free',
      'v6.12-leakfix smmuv3': 'use-after-free',
      'v6.12-owned plain': 'not use-after-free',
      'v6.12-owned smmuv3': 'not use-after-free',
      'v6.16 plain': 'use-after-free',
      'v6.16 smmuv3': 'use-after-free',
      'v6.16~owned plain': 'not use-after-free',
      'v6.16~owned smmuv3': 'not use-after-free',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const queue = lab.faultQueue('faults');
    const hwpt = lab.iommufd.hwpt('hwpt', queue);
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.iommufd.attach(dev, hwpt, PASID);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task(
      'user',
      function* () {
        const fault = yield* queue.readFault(dev);
        if (fault !== null) yield* queue.respond(dev, fault, 'success');
      },
      'user',
    );

    lab.task('admin', function* () {
      yield* lab.until(
        () => queue.struct.readable || queue.struct.response.slots.size > 0,
        queue,
        queue.struct.deliver,
        queue.struct.response,
      );
      // Until 6.15 leaving the queue is a step of its own; in 6.16 the detach does it.
      yield* lab.driver.disableIopf(dev);
      yield* lab.iommufd.detach(dev, PASID);
      queue.close();
    });
  },
);
