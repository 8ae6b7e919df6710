// The list of partial pages is edited under the device lock on one side and under the queue lock
// on the other.
import { experiment } from 'faultline';

export default experiment(
  'B03: three locks for one list',
  {
    bug: 'B03',
    marking: 'documented',
    story: `Reporting edits the partial list under the device lock, the overflow handler frees it under the
queue lock only. Both run in the one interrupt thread of the unit, so no real caller can hit it;
a second thread that discards, as here, can. The review of the series found it; since the series
took the data lock in every path it is gone.`,
    variants: ['v6.1', 'v6.6', 'series-v4', 'series-v5', 'v6.9', 'v6.12'],
    drivers: ['plain'],
    preemptions: 1,
    kcsan: true,
    expected: {
      'v6.1 plain': 'data-race',
      'v6.6 plain': 'data-race',
      'series-v4 plain': 'data-race',
      'series-v5 plain': 'not data-race',
      'v6.9 plain': 'not data-race',
      'v6.12 plain': 'not data-race',
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
        yield* dev.access({ pasid: PASID, pages: 3, incomplete: true });
      },
      'device',
    );

    lab.task('overflow', function* () {
      yield* lab.kernel.ops.iopf_queue_discard_partial(lab.kernel, lab.unit.iopf_queue);
    });
  },
);
