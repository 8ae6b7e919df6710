// Freeing the group puts the reference, and so does the error path of the report.
import { experiment } from 'faultline';

export default experiment(
  'B41: reference put twice when the handler fails',
  {
    bug: 'B41',
    marking: 'derived',
    story: `The fault handler of a domain returns an error. Freeing the group drops the reference it
carries, and the report drops it once more: the count reaches 0 while the fault data is
published and on the queue. 6.9 was merged with a single put.`,
    variants: [
      'series-v4',
      'series-v5',
      'refcount-step',
      'remove-step',
      'v6.9',
      'v6.12',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['plain'],
    preemptions: 0,
    expected: {
      'series-v4 plain': 'not invariant I7',
      'series-v5 plain': 'not invariant I7',
      'refcount-step plain': 'invariant I7',
      'remove-step plain': 'invariant I7',
      'v6.9 plain': 'not invariant I7',
      'v6.12 plain': 'not invariant I7',
      'v6.12-leakfix plain': 'not invariant I7',
      'v6.12-owned plain': 'not invariant I7',
      'v6.16 plain': 'not invariant I7',
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

    lab.inject.handlerError({ probability: 100 });
  },
);
