// Disabling ignores that the handler could not be unregistered; the device can never be enabled
// again.
import { experiment } from 'faultline';

export default experiment(
  'B02: sticky registration after EBUSY',
  {
    bug: 'B02',
    marking: 'documented',
    story: `The worker has answered but not yet removed its record. Unregistering says EBUSY, the driver
does not look, and leaves the queue. The handler stays registered on a device that is on no
queue: every later enable says EBUSY, and the fault data and a device reference leak. VT-d looks
at the result since 6.1.16; the two-step registration is gone in the series.`,
    variants: [
      'v6.1',
      'v6.1~sva-error-paths',
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
    drivers: ['smmuv3', 'vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 smmuv3': 'invariant I20',
      'v6.1 vt-d': 'not invariant I20',
      'v6.1~sva-error-paths smmuv3': 'invariant I20',
      'v6.1~sva-error-paths vt-d': 'invariant I20',
      'v6.6 smmuv3': 'invariant I20',
      'v6.6 vt-d': 'not invariant I20',
      'series-v4 smmuv3': 'invariant I20',
      'series-v4 vt-d': 'invariant I20',
      'series-v5 smmuv3': 'invariant I20',
      'series-v5 vt-d': 'invariant I20',
      'refcount-step smmuv3': 'invariant I20',
      'refcount-step vt-d': 'invariant I20',
      'remove-step smmuv3': 'not invariant I20',
      'remove-step vt-d': 'not invariant I20',
      'v6.9 smmuv3': 'not invariant I20',
      'v6.9 vt-d': 'not invariant I20',
      'v6.12 smmuv3': 'not invariant I20',
      'v6.12 vt-d': 'not invariant I20',
      'v6.12-leakfix smmuv3': 'not invariant I20',
      'v6.12-leakfix vt-d': 'not invariant I20',
      'v6.12-owned smmuv3': 'not invariant I20',
      'v6.12-owned vt-d': 'not invariant I20',
      'v6.16 smmuv3': 'not invariant I20',
      'v6.16 vt-d': 'not invariant I20',
    },
    disputed: {
      'series-v4 smmuv3':
        'specification: L61 and L66; but removal can say EBUSY until the second in-tree step (B10), and disabling ignores it as before',
      'series-v4 vt-d':
        'specification: L61 and L66; but removal can say EBUSY until the second in-tree step (B10), and disabling ignores it as before',
      'series-v5 smmuv3':
        'specification: L61 and L66; but removal can say EBUSY until the second in-tree step (B10), and disabling ignores it as before',
      'series-v5 vt-d':
        'specification: L61 and L66; but removal can say EBUSY until the second in-tree step (B10), and disabling ignores it as before',
      'refcount-step smmuv3':
        'specification: L61 and L66; but removal can say EBUSY until the second in-tree step (B10), and disabling ignores it as before',
      'refcount-step vt-d':
        'specification: L61 and L66; but removal can say EBUSY until the second in-tree step (B10), and disabling ignores it as before',
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

    const job = lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.join(job);
      // SMMUv3 refuses while an address space is bound; VT-d does not ask.
      if (lab.driverName === 'smmuv3') yield* lab.driver.unbind(dev, PASID);
      yield* lab.driver.disableIopf(dev);
      yield* lab.driver.enableIopf(dev);
    });
  },
);
