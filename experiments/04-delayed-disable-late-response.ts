// The disable path is delayed at its worst step while a late response arrives.
import { experiment } from 'faultline';

export default experiment(
  'Delayed disable with a late response',
  {
    story: `User space answered the fault, and answers it once more, late. Meanwhile the driver
disables IOPF, and the disable path is held up right after it freed the fault data. Up to the
series the late response finds the pointer still there, or reads it once before and once after.
With a user count it finds nothing and gets ENODEV; since 6.11 its cookie is used up.`,
    variants: ['v6.1', 'series-v4', 'series-v5', 'v6.12'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'use-after-free in iommu_page_response',
      'series-v4 plain': 'use-after-free in iommu_page_response',
      'series-v5 plain': 'holds',
      'v6.12 plain': 'holds',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const queue = lab.faultQueue('user queue');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.attach(dev, PASID, queue);
      yield* lab.driver.enableIopf(dev);
    });

    const job = lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task(
      'user',
      function* () {
        const fault = yield* queue.readFault(dev);
        yield* queue.respond(dev, fault, 'success');
        yield* lab.mark('answered; and once more, late');
        yield* queue.respond(dev, fault, 'success');
      },
      'user',
    );

    for (const place of ['iommu_unregister_device_fault_handler', 'iopf_queue_remove_device']) {
      lab.inject.delay({ in: place, when: 'after', step: 'free iommu_fault_param', ns: 5000 });
    }

    lab.task('driver', function* () {
      yield* lab.join(job);
      yield* lab.driver.disableIopf(dev);
    });
  },
);
