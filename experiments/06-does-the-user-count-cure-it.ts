// The seed of the project: report, respond and disable at once. Is a user count the cure?
import { experiment } from 'faultline';

export default experiment(
  'Does the user count cure it?',
  {
    story: `One page request is reported, handled and answered while the driver disables IOPF
without waiting for anybody. Without a count the responder uses freed fault data. The get/put
helpers of series-v5 make that impossible, and leave something open: a reporter that got its
reference before removal and queues its fault after it holds the last reference; its put frees the
fault data together with the record of a request that nobody can answer any more (B06). 6.12
hands the reference to the group and lets removal answer what is pending; a request that arrives
after removal is answered INVALID, with a warning.`,
    variants: ['v6.1', 'series-v4', 'series-v5', 'v6.12'],
    drivers: ['plain'],
    preemptions: 2,
    expected: {
      'v6.1 plain': 'use-after-free in iommu_page_response',
      'series-v4 plain': 'use-after-free in iommu_page_response',
      'series-v5 plain': 'lost-request',
      'v6.12 plain': 'warning in iommu_report_device_fault',
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

    lab.task('driver', function* () {
      yield* lab.driver.disableIopf(dev);
    });
  },
);
