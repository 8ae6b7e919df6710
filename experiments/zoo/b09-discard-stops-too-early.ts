// Patch 12 of the series discards the partial pages of one PASID, up to the first that belongs to
// another.
import { experiment } from 'faultline';

export default experiment(
  'B09: discard for a PASID stops too early',
  {
    bug: 'B09',
    marking: 'derived',
    story: `The partial list holds pages of PASIDs 7, 5 and 7. Discarding PASID 5 looks at the first record,
finds it foreign and stops: the page of PASID 5 stays and is merged into whatever comes next
with its index. The patch was dropped before the merge; no other variant discards by PASID.`,
    variants: ['series-v5', 'series-v5~v7-release-lock'],
    drivers: ['plain'],
    preemptions: 0,
    expected: {
      'series-v5 plain': 'expectation',
      'series-v5~v7-release-lock plain': 'expectation',
    },
  },
  (lab) => {
    const dev = lab.device('dev0');
    const user = lab.faultQueue('user queue');

    lab.setup(function* () {
      yield* lab.driver.attach(dev, 5, user);
      yield* lab.driver.attach(dev, 7, user);
      yield* lab.driver.enableIopf(dev);
    });

    const jobs = lab.task(
      'dev0 job',
      function* () {
        for (const pasid of [7, 5, 7]) yield* dev.access({ pasid, incomplete: true });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.join(jobs);
      const partial = dev.struct.iommu.fault_param.partial;
      yield* lab.until(() => partial.entries().length === 3, partial);
      yield* lab.call('iopf_queue_flush_dev', dev, 5);
      const left = partial
        .entries()
        .filter((page: { fault: { pasid: number } }) => page.fault.pasid === 5);
      yield* lab.expect.equal(left.length, 0, 'pages of PASID 5 after their discard');
    });
  },
);
