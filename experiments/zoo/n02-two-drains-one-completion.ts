// Found by the lab: a drain of one device resets the completion that the drain of another one
// waits for.
import { experiment } from 'faultline';

export default experiment(
  'N02: two drains share one completion',
  {
    bug: 'N02',
    marking: 'derived',
    story: `All drains of a VT-d unit wait for one completion, which the interrupt thread signals once per
pass, and which every drain resets before it looks at the ring. SVA drains are serialised by the
SVA lock; detaching PASIDs of two devices through iommufd is not. The thread signals, the second
drain resets, the first one wakes, finds nothing and sleeps on: until some other request
arrives, if ever. Not in the specification's zoo.`,
    variants: ['v6.12', 'v6.12-leakfix', 'v6.12-owned', 'v6.16', 'v6.16~teardown-before-remove'],
    drivers: ['vt-d'],
    preemptions: 0,
    expected: {
      'v6.12 vt-d': 'hung-task in intel_drain_pasid_prq',
      'v6.12-leakfix vt-d': 'hung-task in intel_drain_pasid_prq',
      'v6.12-owned vt-d': 'hung-task in intel_drain_pasid_prq',
      'v6.16 vt-d': 'hung-task in intel_drain_pasid_prq',
      'v6.16~teardown-before-remove vt-d': 'hung-task in intel_drain_pasid_prq',
    },
  },
  (lab) => {
    const devices = [lab.device('dev0'), lab.device('dev1')];
    const hwpts = devices.map((d) => lab.iommufd.hwpt(`hwpt of ${d.name}`, lab.faultQueue(d.name)));

    lab.setup(function* () {
      for (const [i, d] of devices.entries())
        yield* lab.iommufd.attach(d, hwpts[i] as (typeof hwpts)[0], 5 + i);
    });

    for (const [i, d] of devices.entries()) {
      const job = lab.task(
        `${d.name} job`,
        function* () {
          yield* d.access({ pasid: 5 + i, incomplete: true });
        },
        'device',
      );
      lab.task(`vmm of ${d.name}`, function* () {
        yield* lab.join(job);
        yield* lab.iommufd.detach(d, 5 + i);
      });
    }
  },
);
