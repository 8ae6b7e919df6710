// Freeing the last SVA domain can free the mm, and with it the data that unbind looks at next.
import { experiment } from 'faultline';

export default experiment(
  'B32: (a) the last domain takes the mm data with it',
  {
    bug: 'B32',
    marking: 'documented',
    story: `The process has ended; only the SVA domain keeps its mm. Unbinding frees the domain, the mm goes
with it, and the list of domains that is tested afterwards lives in memory just freed. Testing
before freeing ended it.`,
    variants: ['v6.16', 'v6.16~sva-mm-list', 'v6.16~sva-mm-list,sva-mm-list-order'],
    drivers: ['smmuv3'],
    preemptions: 0,
    expected: {
      'v6.16 smmuv3': 'holds',
      'v6.16~sva-mm-list smmuv3': 'use-after-free',
      'v6.16~sva-mm-list,sva-mm-list-order smmuv3': 'holds',
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

    lab.task('process', function* () {
      yield* mm.exit();
      yield* lab.driver.unbind(dev, PASID);
    });
  },
);
