// With a user count that also decides about publication, removal leaves the object for anybody to
// find.
import { experiment } from 'faultline';

export default experiment(
  'B05: removed but still published',
  {
    bug: 'B05',
    marking: 'derived',
    story: `A reporter holds a reference while the device leaves the queue. The count does not reach 0, so
the fault data stays published, unlinked, with a partial list that points at freed pages: adding
the device again says EBUSY, and the reporter writes into freed memory. Unpublishing at removal
and counting lifetime only (the in-tree steps) ends the first; B19 is what was left of the
second.`,
    variants: [
      'v6.1',
      'v6.6',
      'series-v4',
      'series-v5',
      'series-v5~v7-release-lock',
      'refcount-step',
      'remove-step',
      'v6.9',
      'v6.12',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'not expectation',
      'v6.6 plain': 'not expectation',
      'series-v4 plain': 'not expectation',
      'series-v5 plain': 'expectation + use-after-free',
      'series-v5~v7-release-lock plain': 'expectation + use-after-free',
      'refcount-step plain': 'not expectation',
      'remove-step plain': 'not expectation',
      'v6.9 plain': 'not expectation',
      'v6.12 plain': 'not expectation',
      'v6.12-leakfix plain': 'not expectation',
      'v6.12-owned plain': 'not expectation',
      'v6.16 plain': 'not expectation',
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

    const { ops } = lab.kernel;

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID, pages: 2, incomplete: true });
      },
      'device',
    );

    lab.task('driver', function* () {
      const queue = lab.unit.iopf_queue;
      const removed = yield* ops.iopf_queue_remove_device(lab.kernel, queue, dev.struct);
      if (removed !== 0) return;
      const added = yield* ops.iopf_queue_add_device(lab.kernel, queue, dev.struct);
      yield* lab.expect.equal(added, 0, 'joining the queue again');
    });
  },
);
