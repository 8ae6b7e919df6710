// Without memory the reporter pends a group on its own stack; a removal that frees groups frees
// that.
import { experiment } from 'faultline';

export default experiment(
  'B20: stack group freed by removal',
  {
    bug: 'B20',
    marking: 'derived',
    story: `The allocation of a group fails. The reporter answers for it with a group on its own stack,
which is on the pending list until the answer is out. If the device leaves the queue in between,
a removal that frees what it answers frees a piece of stack.`,
    variants: ['remove-step', 'v6.9', 'v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'remove-step plain': 'not invalid-free',
      'v6.9 plain': 'not invalid-free',
      'v6.12 plain': 'not invalid-free',
      'v6.12-leakfix plain': 'invalid-free',
      'v6.12-owned plain': 'invalid-free',
      'v6.16 plain': 'invalid-free',
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

    lab.inject.allocFailure({ object: 'iopf_group', probability: 100 });

    lab.task('driver', function* () {
      if (lab.variant.startsWith('v6.16')) yield* lab.driver.unbind(dev, PASID);
      else yield* lab.driver.disableIopf(dev);
    });
  },
);
