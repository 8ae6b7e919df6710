// A handler that answers at once takes the lock its caller holds.
import { experiment } from 'faultline';

export default experiment(
  'B08: handler called with the data lock held',
  {
    bug: 'B08',
    marking: 'derived',
    story: `series-v5 calls the fault handler of the domain with the data lock held. A handler that answers
synchronously takes the same lock in the same task. From v7 on the lock is dropped around the
call, which opens B11.`,
    variants: [
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
      'series-v4 plain': 'holds',
      'series-v5 plain': 'lock-order + deadlock',
      'series-v5~v7-release-lock plain': 'holds',
      'refcount-step plain': 'holds',
      'remove-step plain': 'holds',
      'v6.9 plain': 'holds',
      'v6.12 plain': 'holds',
      'v6.12-leakfix plain': 'holds',
      'v6.12-owned plain': 'holds',
      'v6.16 plain': 'holds',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const PASID = 5;
    const SUCCESS = 0;

    lab.patch({
      *iommu_sva_iopf_handler(k, group) {
        // The page is resolved at once, and so is the answer given.
        yield* lab.k.page_map(mm.struct.pgd, group.fault.addr, 1);
        if (k.ops.iommu_page_response) {
          const { pasid, grpid, group: number } = group.fault;
          const msg = {
            name: 'at once',
            pasid,
            pasidValid: true,
            grpid,
            code: SUCCESS,
            group: number,
          };
          yield* k.ops.iommu_page_response(k, dev.struct, msg);
        } else {
          if (k.ops.iopf_group_dequeue) yield* k.ops.iopf_group_dequeue(k, group);
          yield* k.ops.iopf_group_response(k, group, SUCCESS);
        }
        yield* k.ops.iopf_free_group(k, group);
        return 0;
      },
    });

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* lab.expect.equal(yield* dev.access({ pasid: PASID }), 'ok', 'the access');
      },
      'device',
    );
  },
);
