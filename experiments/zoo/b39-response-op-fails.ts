// The driver refuses to answer, and the pending record is removed all the same.
import { experiment } from 'faultline';

export default experiment(
  'B39: response op fails, record is gone',
  {
    bug: 'B39',
    marking: 'derived',
    story: `A device asks for a PASID beyond what it can use. The driver's response function refuses it with
EINVAL and answers nothing, but the record is removed: a retry finds nothing pending, and the
device waits for ever. From 6.9 on the response cannot fail.`,
    variants: [
      'v6.1',
      'v6.6',
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
    drivers: ['vt-d'],
    preemptions: 0,
    expected: {
      'v6.1 vt-d': 'lost-request',
      'v6.6 vt-d': 'lost-request',
      'series-v4 vt-d': 'not lost-request',
      'series-v5 vt-d': 'not lost-request',
      'refcount-step vt-d': 'not lost-request',
      'remove-step vt-d': 'not lost-request',
      'v6.9 vt-d': 'not lost-request',
      'v6.12 vt-d': 'not lost-request',
      'v6.12-leakfix vt-d': 'not lost-request',
      'v6.12-owned vt-d': 'not lost-request',
      'v6.16 vt-d': 'not lost-request',
    },
    disputed: {
      'series-v4 vt-d':
        'specification: L61 to R1; but from the series on no domain is found for such a PASID, and the interrupt thread answers',
      'series-v5 vt-d':
        'specification: L61 to R1; but from the series on no domain is found for such a PASID, and the interrupt thread answers',
      'refcount-step vt-d':
        'specification: L61 to R1; but from the series on no domain is found for such a PASID, and the interrupt thread answers',
      'remove-step vt-d':
        'specification: L61 to R1; but from the series on no domain is found for such a PASID, and the interrupt thread answers',
    },
  },
  (lab) => {
    const dev = lab.device('dev0', { pasidMax: 64 });
    const mm = lab.addressSpace('mm');

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, 5);
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: 100, blind: true });
      },
      'device',
    );
  },
);
