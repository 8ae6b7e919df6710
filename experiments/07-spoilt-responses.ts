// What a device makes of a response that is lost, sent twice, or says something else than was meant.
import { experiment } from 'faultline';

export default experiment(
  'Spoilt responses',
  {
    story: `The kernel does everything right; the response is spoilt on its way to the device: lost,
sent twice, with another index, another PASID or another code. The search tries each of them. A
lost or misdirected answer leaves the device waiting for ever, PRI knows no time-out; a second one
sets UPRGI; a wrong code tells the device that a page is missing which is there.`,
    variants: ['v6.1', 'v6.12', 'v6.16'],
    drivers: ['plain'],
    preemptions: 0,
    expected: {
      'v6.1 plain': 'lost-request + response-rules',
      'v6.12 plain': 'lost-request + response-rules',
      'v6.16 plain': 'lost-request + response-rules',
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

    for (const kind of [
      'missing-response',
      'duplicate-response',
      'wrong-index',
      'wrong-pasid',
      'wrong-code',
    ] as const) {
      lab.inject.response({ kind, probability: 50 });
    }

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );
  },
);
