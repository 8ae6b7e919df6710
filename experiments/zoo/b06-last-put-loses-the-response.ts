// The question the seed mail worries about: whoever puts last frees the record of a request nobody
// answered.
import { experiment } from 'faultline';

export default experiment(
  'B06: the last put loses the response',
  {
    bug: 'B06',
    marking: 'derived',
    story: `A reporter has its reference, removal finds nothing pending and drops its own. The reporter
queues its request and puts last: the fault data goes, with the record in it. The worker finds
nothing to answer, the device waits for ever, the record leaks. Handing the reference to the
group, and answering what is pending in removal, ended it.`,
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
    preemptions: 2,
    expected: {
      'v6.1 plain': 'not leak',
      'v6.6 plain': 'not leak',
      'series-v4 plain': 'not leak',
      'series-v5 plain': 'lost-request + leak',
      'series-v5~v7-release-lock plain': 'lost-request + leak',
      'refcount-step plain': 'not leak',
      'remove-step plain': 'not leak',
      'v6.9 plain': 'not leak',
      'v6.12 plain': 'not leak',
      'v6.12-leakfix plain': 'not leak',
      'v6.12-owned plain': 'not leak',
      'v6.16 plain': 'not leak',
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

    lab.task('driver', function* () {
      yield* lab.kernel.ops.iopf_queue_remove_device(lab.kernel, lab.unit.iopf_queue, dev.struct);
    });
  },
);
