// Up to 5.14 the drain flushed with pasid_mutex held, and the response took it.
import { experiment } from 'faultline';

export default experiment(
  'B04: unbind, report and worker form a lock cycle',
  {
    bug: 'B04',
    marking: 'documented',
    story: `Unbinding holds pasid_mutex and flushes; the worker it waits for answers, and the response takes
pasid_mutex. With the interrupt thread between them, holding the device lock, it is a cycle of
three. Dropping the mutex around the flush ended it; later the response stopped taking it.`,
    variants: [
      'v6.1',
      'v6.1~drain-drops-pasid-mutex,response-without-pasid-mutex',
      'v6.1~drain-drops-pasid-mutex',
    ],
    drivers: ['vt-d'],
    preemptions: 1,
    expected: {
      'v6.1 vt-d': 'holds',
      'v6.1~drain-drops-pasid-mutex,response-without-pasid-mutex vt-d': 'deadlock + lock-order',
      'v6.1~drain-drops-pasid-mutex vt-d': 'holds',
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
      yield* lab.driver.unbind(dev, PASID);
    });
  },
);
