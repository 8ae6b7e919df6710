// Each page of a group that nobody handles gets an answer, not only the last one.
import { experiment } from 'faultline';

export default experiment(
  'B18: the bad-setup path answers non-last requests',
  {
    bug: 'B18',
    marking: 'derived',
    story: `A device asks for two pages of a PASID that no domain is attached to. The bad-setup path of 6.12
answers each request it sees: the answer to the first page meets no complete group and sets
UPRGI. Before 6.9 the interrupt thread answered last pages only.`,
    variants: ['v6.1', 'v6.9', 'v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['vt-d', 'plain'],
    preemptions: 1,
    expected: {
      'v6.1 vt-d': 'not response-rules',
      'v6.1 plain': 'not response-rules',
      'v6.9 vt-d': 'not response-rules',
      'v6.9 plain': 'not response-rules',
      'v6.12 vt-d': 'response-rules',
      'v6.12 plain': 'response-rules',
      'v6.12-leakfix vt-d': 'response-rules',
      'v6.12-leakfix plain': 'response-rules',
      'v6.12-owned vt-d': 'response-rules',
      'v6.12-owned plain': 'response-rules',
      'v6.16 vt-d': 'response-rules',
      'v6.16 plain': 'response-rules',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');

    lab.setup(function* () {
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: 9, pages: 2, blind: true });
      },
      'device',
    );
  },
);
