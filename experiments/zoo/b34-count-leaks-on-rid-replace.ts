// Attaching a new domain to the requester id counts it, and nobody counts the old one down.
import { experiment } from 'faultline';

export default experiment(
  'B34: IOPF count leaks on RID replace',
  {
    bug: 'B34',
    marking: 'derived',
    story: `The device moves from a HWPT that takes faults to one that does not. In the attach path of 6.16
the old domain of the requester id is not counted down: the device stays on the queue for ever,
and releasing it warns.`,
    variants: ['v6.16', 'v6.16~rid-count-dropped', 'v6.12'],
    drivers: ['vt-d'],
    preemptions: 0,
    expected: {
      'v6.16 vt-d': 'invariant I13',
      'v6.16~rid-count-dropped vt-d': 'not invariant I13',
      'v6.12 vt-d': 'not invariant I13',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const queue = lab.faultQueue('faults');
    const withFaults = lab.iommufd.hwpt('with faults', queue);
    const without = lab.iommufd.hwpt('without');

    lab.task('vmm', function* () {
      yield* lab.iommufd.attach(dev, withFaults);
      yield* lab.iommufd.replace(dev, without);
      yield* lab.iommufd.detach(dev);
      yield* lab.driver.release(dev);
    });
  },
);
