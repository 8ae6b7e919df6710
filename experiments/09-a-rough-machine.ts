// Everything around a well-behaved driver goes wrong: lateness, refusals, time-outs, removal.
import { experiment } from 'faultline';

export default experiment(
  'A rough machine',
  {
    story: `The driver keeps the contract: it stops the PASID on the device, waits for the device,
unbinds. Around it the interrupt thread is late, a worker stands still, queue_work refuses, an
invalidation times out, and the device may disappear from the bus in the middle of it. The newest
kernels hold whatever comes.`,
    variants: ['v6.9', 'v6.12-owned', 'v6.16~teardown-before-remove'],
    drivers: ['vt-d'],
    preemptions: 0,
    expected: {
      'v6.9 vt-d': 'holds',
      'v6.12-owned vt-d': 'holds',
      'v6.16~teardown-before-remove vt-d': 'holds',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm', { faultNs: 1000 });
    const PASID = 5;

    lab.inject.delay({ in: 'irq_thread' });
    lab.inject.delay({ in: 'process_one_work' });
    lab.inject.queueWork();
    lab.inject.invalidationTimeout();

    lab.setup(function* () {
      yield* lab.driver.enableIopf(dev);
      yield* lab.driver.open(dev, mm, PASID);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task('hotplug', function* () {
      yield* dev.remove();
    });

    lab.task('driver', function* () {
      yield* lab.driver.close(dev, PASID);
      yield* lab.driver.disableIopf(dev);
    });
  },
);
