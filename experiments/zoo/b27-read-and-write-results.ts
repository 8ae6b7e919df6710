// A read whose third record cannot be copied, a buffer that is too small, a write from a bad
// pointer.
import { experiment } from 'faultline';

export default experiment(
  'B27: iommufd read and write results',
  {
    bug: 'B27',
    marking: 'documented',
    story: `A group of three pages. (a) The copy of its third record fails: two records count as read
although the group went back to the queue, and user space sees them again under another cookie.
(b) A buffer that is too small reads 0 bytes, as if nothing were there. (c) A write from a bad
pointer returns the number of bytes not copied. (d) Padding goes out uninitialised. (e) Before
the lists were split a group whose copy failed is on no list at all. Fixed in 6.12.14, 6.12.91
and 6.12.101.`,
    variants: [
      'v6.12',
      'v6.12~deliver-spinlock',
      'v6.12~zeroed-records',
      'v6.12~whole-group-reads,write-returns-efault',
      'v6.12-owned',
    ],
    drivers: ['plain'],
    preemptions: 0,
    expected: {
      'v6.12 plain': 'invariant I18 + expectation',
      'v6.12~deliver-spinlock plain': 'invariant I18 + lost-request',
      'v6.12~zeroed-records plain': 'invariant I18',
      'v6.12~whole-group-reads,write-returns-efault plain': 'holds',
      'v6.12-owned plain': 'holds',
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

    const EINVAL = -22;
    const EFAULT = -14;

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID, pages: 3 });
      },
      'device',
    );

    lab.inject.userCopy({ in: 'iommufd_compose_fault_message', space: 2 });
    lab.inject.userCopy({ in: 'iommufd_fault_fops_write' });

    lab.task(
      'user',
      function* () {
        yield* lab.until(() => queue.struct.readable, queue, queue.struct.deliver);
        const small = yield* queue.read({ records: 2 });
        yield* lab.expect.equal(small.bytes, EINVAL, 'read with room for two of three records');
        const first = yield* queue.read();
        yield* lab.expect.equal(first.bytes, EFAULT, 'read whose third record cannot be copied');
        const again = yield* queue.read();
        const cookie = again.records[0]?.cookie ?? 0;
        const bad = yield* queue.write([{ cookie, code: 'invalid' }]);
        yield* lab.expect.equal(bad, EFAULT, 'write from a bad pointer');
        yield* queue.write([{ cookie, code: 'invalid' }]);
      },
      'user',
    );
  },
);
