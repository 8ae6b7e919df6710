// Allocating a fault queue fails after its file exists; two paths undo the same work.
import { experiment } from 'faultline';

export default experiment(
  'B28: fault-queue allocation errors',
  {
    bug: 'B28',
    marking: 'documented',
    story: `The answer cannot be copied to user space once the file of the new fault object exists. First
form: releasing the file drops the references, and the error path drops them again. Second form
(until 6.12.50): the release of the file is deferred, and runs on an object that the error path
has freed.`,
    variants: ['v6.12~fput-once', 'v6.12', 'v6.12~abort-waits-for-file', 'v6.12-owned'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.12~fput-once plain': 'refcount',
      'v6.12 plain': 'use-after-free in iommufd_fault_fops_release',
      'v6.12~abort-waits-for-file plain': 'holds',
      'v6.12-owned plain': 'holds',
    },
  },
  (lab) => {
    lab.inject.userCopy({ in: 'iommufd_fault_alloc' });

    lab.task(
      'user',
      function* () {
        const result = yield* lab.iommufd.allocFault('faults');
        yield* lab.expect.equal(result, -14, 'allocation whose answer cannot be copied');
      },
      'user',
    );
  },
);
