// In 6.16 binding an address space needs PRI, even on a device that does not use it.
import { experiment } from 'faultline';

export default experiment(
  'B33: attach fails on devices that handle their own page faults',
  {
    bug: 'B33',
    marking: 'documented',
    story: `The device has no PRI; it handles its page faults itself. Binding an address space counts the
domain as one that takes faults, enabling IOPF says ENODEV, and so does bind. Since March 2026
SVA asks for PRI only where there is PRI.`,
    variants: ['v6.12', 'v6.12-owned', 'v6.16', 'v6.16~pri-aware-sva'],
    drivers: ['vt-d'],
    preemptions: 0,
    expected: {
      'v6.12 vt-d': 'not expectation',
      'v6.12-owned vt-d': 'not expectation',
      'v6.16 vt-d': 'expectation',
      'v6.16~pri-aware-sva vt-d': 'not expectation',
    },
  },
  (lab) => {
    const dev = lab.device('dev0', { pri: false });
    const mm = lab.addressSpace('mm');

    lab.task('driver', function* () {
      const handle = yield* lab.driver.bind(dev, mm, 5);
      yield* lab.expect.ok(typeof handle !== 'number', `bind gives ${handle}`);
      if (typeof handle !== 'number') yield* lab.driver.unbind(dev, 5);
    });
  },
);
