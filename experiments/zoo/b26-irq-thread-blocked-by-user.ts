// A read that sleeps on a user page holds the mutex that the interrupt thread needs to deliver.
import { experiment } from 'faultline';

export default experiment(
  'B26: IRQ thread blocked by a user page fault',
  {
    bug: 'B26',
    marking: 'documented',
    story: `User space reads faults into a page that its own userfaultfd server has to provide. The copy
sleeps with the mutex of the fault object held, and until 6.12.14 the interrupt thread takes
that mutex to deliver the next fault: no device of the unit is served until user space moves. A
spinlock of its own for the delivery list ended it.`,
    variants: ['v6.12', 'v6.12~deliver-spinlock', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.12 plain': 'holds',
      'v6.12~deliver-spinlock plain': 'invariant I17',
      'v6.12-leakfix plain': 'holds',
      'v6.12-owned plain': 'holds',
      'v6.16 plain': 'holds',
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
      'dev0 job A',
      function* () {
        yield* dev.access({ pasid: PASID, addr: 0x1000 });
      },
      'device',
    );
    const second = { sent: false };
    lab.task(
      'dev0 job B',
      function* () {
        yield* lab.until(
          () => queue.struct.readable || queue.struct.response.slots.size > 0,
          queue,
          queue.struct.deliver,
          queue.struct.response,
        );
        second.sent = true;
        yield* dev.access({ pasid: PASID, addr: 0x2000 });
      },
      'device',
    );

    // The page of the reader's buffer is there once the interrupt thread has seen both faults.
    lab.inject.userCopySleeps({
      task: 'user',
      served: () => second.sent && lab.unit.prq.used() === 0,
    });

    lab.task(
      'user',
      function* () {
        for (let n = 0; n < 2; n++) {
          const fault = yield* queue.readFault(dev);
          if (fault !== null) yield* queue.respond(dev, fault, 'success');
        }
      },
      'user',
    );
  },
);
