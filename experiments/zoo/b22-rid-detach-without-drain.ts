// A page request without a PASID is on its way while its domain is detached; the report uses a
// freed handle.
import { experiment } from 'faultline';

export default experiment(
  'B22: RID detach did not drain the ring',
  {
    bug: 'B22',
    marking: 'documented',
    story: `The interrupt thread has found the attach handle of the requester id; detaching switches the
hardware, erases the handle and frees it. Since 6.13 every teardown of an entry drains, and the
drain waits for the interrupt thread. The VT-d thread of 6.12 answers requests without a PASID
itself, so the window needs the change of 6.13 that lets them through.`,
    variants: [
      'v6.12',
      'v6.12~rid-faults',
      'v6.12~rid-faults,drain-on-teardown',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['vt-d'],
    preemptions: 1,
    expected: {
      'v6.12 vt-d': 'not use-after-free of iommu_attach_handle',
      'v6.12~rid-faults vt-d': 'use-after-free of iommu_attach_handle',
      'v6.12~rid-faults,drain-on-teardown vt-d': 'not use-after-free of iommu_attach_handle',
      'v6.12-leakfix vt-d': 'not use-after-free of iommu_attach_handle',
      'v6.12-owned vt-d': 'not use-after-free of iommu_attach_handle',
      'v6.16 vt-d': 'not use-after-free of iommu_attach_handle',
    },
    disputed: {
      'v6.12 vt-d':
        'specification: fires on VT-d K612; but 2.3 step 3 answers a request without a PASID before the core sees it',
      'v6.12-leakfix vt-d': 'specification: as v6.12; the same request is answered by the thread',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const queue = lab.faultQueue('faults');
    const hwpt = lab.iommufd.hwpt('hwpt', queue);

    lab.setup(function* () {
      yield* lab.iommufd.attach(dev, hwpt);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: 0 });
      },
      'device',
    );

    lab.task('admin', function* () {
      yield* lab.iommufd.detach(dev);
    });
  },
);
