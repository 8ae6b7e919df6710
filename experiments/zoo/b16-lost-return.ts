// CVE-2024-44994: a page that is not the last of its group is also treated as if it were.
import { experiment } from 'faultline';

export default experiment(
  'B16: lost return for non-last pages',
  {
    bug: 'B16',
    marking: 'documented',
    story: `One line was lost in a rework: after noting a partial page the function goes on and builds a
group from it, without a reference. The page is answered although it must not be, the group is
freed through its own embedded page, and the count of the fault data reaches 0 while it is
published. 6.10.7 restored the return.`,
    variants: ['v6.9', 'v6.9~restore-lost-return', 'v6.12'],
    drivers: ['vt-d', 'plain'],
    preemptions: 1,
    expected: {
      'v6.9 vt-d': 'holds',
      'v6.9 plain': 'holds',
      'v6.9~restore-lost-return vt-d': 'response-rules + use-after-free',
      'v6.9~restore-lost-return plain': 'response-rules + use-after-free',
      'v6.12 vt-d': 'holds',
      'v6.12 plain': 'holds',
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
        yield* dev.access({ pasid: PASID, pages: 2 });
      },
      'device',
    );
  },
);
