// Two tasks answer the same fault. The first answer releases the PRG index, the device takes it
// again at once, and the second answer arrives.
import { experiment, type UserFault } from 'faultline';

export default experiment(
  'Concurrent responses to one group',
  {
    story: `Two user tasks hold the same fault and both answer it. Only one answer may reach the
device. The device reuses the index as soon as it is free, as PCIe allows. Where an answer is
matched by its index (up to the series), the second one can be taken for an answer to the newer
group: the device is told SUCCESS for pages nobody has looked at. Since 6.11 a cookie is accepted
once, but the lowest free one is given out again at once, so a late answer can still hit a newer
group: it is up to user space to answer each fault once.`,
    variants: ['v6.1', 'series-v5', 'v6.12'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'response-rules in plain_page_response',
      'series-v5 plain': 'response-rules in plain_page_response',
      'v6.12 plain': 'pasid-isolation in plain_page_response',
    },
  },
  (lab) => {
    const dev = lab.device('dev0', { reuseIndex: true });
    const queue = lab.faultQueue('user queue');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.attach(dev, PASID, queue);
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID, addr: 0x1000 });
        yield* dev.access({ pasid: PASID, addr: 0x2000 });
      },
      'device',
    );

    let first: UserFault | null = null;
    lab.task(
      'user A',
      function* () {
        first = yield* queue.readFault(dev);
        yield* queue.respond(dev, first, 'success');
        const second = yield* queue.readFault(dev);
        yield* queue.respond(dev, second, 'success');
      },
      'user',
    );

    lab.task(
      'user B',
      function* () {
        yield* lab.until(() => first !== null);
        yield* queue.respond(dev, first, 'success');
      },
      'user',
    );
  },
);
