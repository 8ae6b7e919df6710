// User space closes its fault descriptor; what it has read, and what comes after, waits.
import { experiment } from 'faultline';

export default experiment(
  'B42: closing the fault descriptor answers nobody',
  {
    bug: 'B42',
    marking: 'derived',
    story: `Closing drops the file and nothing else. Groups that wait, or that user space has read and not
answered, stay until a detach, a replace or a destroy; new faults keep queueing without a
reader, and the device hangs. By design so far.`,
    variants: ['v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.12 plain': 'lost-request',
      'v6.12-leakfix plain': 'lost-request',
      'v6.12-owned plain': 'lost-request',
      'v6.16 plain': 'lost-request',
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
        yield* queue.readFault(dev);
        yield* queue.closeFd();
      },
      'user',
    );
  },
);
