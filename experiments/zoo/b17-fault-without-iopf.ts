// A device whose page faults were never enabled stalls; the core warns and forgets it.
import { experiment } from 'faultline';

export default experiment(
  'B17: fault with IOPF not enabled is never answered',
  {
    bug: 'B17',
    marking: 'documented',
    story: `A transaction stalls on a device that is on no queue. From 6.9 on the report function gives
nothing back: it warns and returns, nobody resumes the transaction, and the whole function
hangs. 6.12 answers bad set-ups. series-v4 does not even look whether there is fault data.`,
    variants: [
      'v6.1',
      'v6.6',
      'series-v4',
      'series-v5',
      'refcount-step',
      'remove-step',
      'v6.9',
      'v6.12',
      'v6.12~answer-bad-setup',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['smmuv3'],
    preemptions: 0,
    expected: {
      'v6.1 smmuv3': 'not lost-request',
      'v6.6 smmuv3': 'not lost-request',
      'series-v4 smmuv3': 'null-dereference in iommu_report_device_fault',
      'series-v5 smmuv3': 'not lost-request',
      'refcount-step smmuv3': 'not lost-request',
      'remove-step smmuv3': 'not lost-request',
      'v6.9 smmuv3': 'lost-request',
      'v6.12 smmuv3': 'not lost-request',
      'v6.12~answer-bad-setup smmuv3': 'lost-request',
      'v6.12-leakfix smmuv3': 'not lost-request',
      'v6.12-owned smmuv3': 'not lost-request',
      'v6.16 smmuv3': 'not lost-request',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );
  },
);
