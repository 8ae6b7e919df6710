// One bisect step: removal answers and frees a record whose reporter is still in the fault
// handler.
import { experiment } from 'faultline';

export default experiment(
  'B11: removal frees the record of a report in its handler',
  {
    bug: 'B11',
    marking: 'derived',
    story: `The second in-tree step drops the data lock around the handler and lets removal answer what is
pending. A reporter whose handler then fails unlinks and frees the record that removal has
freed, and the interrupt thread answers a second time. In the next step groups are what is
pending.`,
    variants: [
      'refcount-step',
      'remove-step',
      'v6.9',
      'v6.12',
      'v6.12-leakfix',
      'v6.12-owned',
      'v6.16',
    ],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'refcount-step plain': 'not use-after-free of iommu_fault_event',
      'remove-step plain': 'use-after-free of iommu_fault_event',
      'v6.9 plain': 'not use-after-free of iommu_fault_event',
      'v6.12 plain': 'not use-after-free of iommu_fault_event',
      'v6.12-leakfix plain': 'not use-after-free of iommu_fault_event',
      'v6.12-owned plain': 'not use-after-free of iommu_fault_event',
      'v6.16 plain': 'not use-after-free of iommu_fault_event',
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
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.inject.handlerError({ probability: 100 });

    lab.task('driver', function* () {
      yield* lab.driver.disableIopf(dev);
    });
  },
);
