// Between the switch of the hardware and the store of the new handle a fault of the new
// translation finds the old handle.
import { experiment } from 'faultline';

export default experiment(
  'B40: replace window: wrong handle, then freed handle',
  {
    bug: 'B40',
    marking: 'derived',
    story: `Replacing switches the hardware, then stores the new handle, then cancels what waits for the old
one and frees it. A fault raised by the new translation in between is attributed to the old
handle: cancelled with INVALID although it could be served, or, a little later, handled through
freed memory. A drain does not help, it is over by then.`,
    variants: ['v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16'],
    drivers: ['plain', 'vt-d'],
    preemptions: 2,
    expected: {
      'v6.12 plain': 'use-after-free + invariant I5',
      'v6.12 vt-d': 'not use-after-free',
      'v6.12-leakfix plain': 'use-after-free + invariant I5',
      'v6.12-leakfix vt-d': 'not use-after-free',
      'v6.12-owned plain': 'use-after-free + invariant I5',
      'v6.12-owned vt-d': 'not use-after-free',
      'v6.16 plain': 'use-after-free',
      'v6.16 vt-d': 'use-after-free',
    },
    disputed: {
      'v6.12 vt-d':
        'specification: also with drivers that drain; but VT-d of 6.12 answers requests without a PASID itself',
      'v6.12-leakfix vt-d':
        'specification: also with drivers that drain; but VT-d of 6.12 answers requests without a PASID itself',
      'v6.12-owned vt-d':
        'specification: also with drivers that drain; but VT-d of 6.12 answers requests without a PASID itself',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const oldQueue = lab.faultQueue('old faults');
    const newQueue = lab.faultQueue('new faults');
    const oldHwpt = lab.iommufd.hwpt('old', oldQueue);
    const newHwpt = lab.iommufd.hwpt('new', newQueue);

    lab.setup(function* () {
      yield* lab.iommufd.attach(dev, oldHwpt);
    });

    lab.task('vmm', function* () {
      yield* lab.iommufd.replace(dev, newHwpt);
    });

    lab.task(
      'dev0 job',
      function* () {
        // The device starts once the new translation is in place.
        yield* lab.until(
          () => dev.struct.hw.entries.get(0)?.space === newHwpt.struct.domain.pgd,
          dev.struct.hw,
        );
        yield* dev.access({ pasid: 0 });
      },
      'device',
    );
  },
);
