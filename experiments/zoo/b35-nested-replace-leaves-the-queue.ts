// Two nested domains on one parent looked alike; removing the old one removed the new one.
import { experiment } from 'faultline';

export default experiment(
  'B35: nested replace drops the device from the queue',
  {
    bug: 'B35',
    marking: 'documented',
    story: `First versions of the attach-path series found the attachment of a nested domain by its parent.
Moving from one nested domain to another found the old entry for the new domain, added nothing,
and then removed it: the device left the queue while a domain that takes faults was attached.`,
    variants: ['v6.16', 'v6.16~nested-lookup-by-domain'],
    drivers: ['smmuv3'],
    preemptions: 0,
    expected: {
      'v6.16 smmuv3': 'holds',
      'v6.16~nested-lookup-by-domain smmuv3': 'invariant I13',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const queue = lab.faultQueue('faults');
    const one = lab.iommufd.hwpt('nested one', queue, { nested: true });
    const two = lab.iommufd.hwpt('nested two', queue, { nested: true });

    lab.task('vmm', function* () {
      yield* lab.iommufd.attach(dev, one);
      yield* lab.iommufd.replace(dev, two);
      yield* lab.iommufd.detach(dev);
    });
  },
);
