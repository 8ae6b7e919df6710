// A device that ignores its credits and asks although its page requests are disabled.
import { experiment } from 'faultline';

export default experiment(
  'A device out of control',
  {
    story: `The device may have one request outstanding and sends two; its interface is disabled and
it asks again. The kernel cannot know: the second request is reported like any other, the last one
finds no fault data and is answered INVALID with a warning, and the interface never comes to rest.`,
    variants: ['v6.1', 'v6.12'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'invariant I14',
      'v6.12 plain': 'invariant I14 + warning',
    },
  },
  (lab) => {
    const dev = lab.device('dev0', { credits: 1, reuseIndex: true });
    const mm = lab.addressSpace('mm');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    const job = lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID, incomplete: true });
        yield* dev.access({ pasid: PASID, addr: 0x2000, incomplete: true, rogue: true, index: 9 });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.join(job);
      yield* lab.driver.disableIopf(dev);
      yield* lab.mark('page requests are disabled');
      yield* dev.access({ pasid: PASID, addr: 0x3000, rogue: true, index: 10 });
    });
  },
);
