// A caller takes the two mutexes in the wrong order: data lock first, then device lock.
import { experiment } from 'faultline';

export default experiment(
  'Lock order',
  {
    story: `dev->iommu->lock guards the existence of the fault data, fault_param->lock its content;
the first is always taken outside the second. A debugging helper of ours takes them the other way
round. The lock order checker says so as soon as both orders were seen, even when nothing blocked;
where the two overlap, the deadlock itself is found. series-v5 never nests the two, so the wrong
order is harmless there.`,
    variants: ['v6.1', 'series-v4', 'series-v5', 'v6.12'],
    drivers: ['plain'],
    preemptions: 1,
    expected: {
      'v6.1 plain': 'lock-order + deadlock',
      'series-v4 plain': 'lock-order + deadlock',
      'series-v5 plain': 'holds',
      'v6.12 plain': 'lock-order + deadlock',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const PASID = 5;
    const counted = lab.has('iopf_get_dev_fault_param');

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    const dump_faults = lab.fn('dump_faults', function* () {
      const iommu = dev.struct.iommu;
      const param = counted
        ? yield* lab.call('iopf_get_dev_fault_param', dev)
        : yield* lab.k.load(iommu, 'fault_param');
      if (param === null) return;
      yield* lab.k.mutex_lock(param.lock);
      yield* lab.k.mutex_lock(iommu.lock);
      yield* lab.mark('both locks held, in the wrong order');
      yield* lab.k.mutex_unlock(iommu.lock);
      yield* lab.k.mutex_unlock(param.lock);
      if (counted) yield* lab.kernel.ops.iopf_put_dev_fault_param(lab.kernel, param);
    });

    const job = lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: PASID });
      },
      'device',
    );

    lab.task('debugfs', function* () {
      yield* dump_faults();
    });

    if (counted) {
      lab.task('driver', function* () {
        yield* lab.join(job);
        yield* lab.driver.disableIopf(dev);
      });
    }
  },
);
