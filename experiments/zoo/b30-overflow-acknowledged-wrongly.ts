// VT-d cleared the overflow with requests in the ring; SMMUv3 never acknowledged it.
import { experiment } from 'faultline';

export default experiment(
  'B30: overflow acknowledged at the wrong time',
  {
    bug: 'B30',
    marking: 'documented',
    story: `The ring overflows again right after the interrupt thread has caught up. VT-d before 5.12 clears
the overflow without looking: requests are in the ring, and the partial groups they belong to
are dropped. SMMUv3 before 2023 never writes the overflow bit back: its PRI queue takes nothing
any more.`,
    variants: ['v6.1', 'v6.1~pro-when-empty', 'v6.1~ack-queue-overflow', 'v6.12', 'v6.16'],
    drivers: ['vt-d', 'smmuv3'],
    preemptions: 1,
    ringSize: 2,
    expected: {
      'v6.1 vt-d': 'not invariant I19',
      'v6.1 smmuv3': 'not invariant I19',
      'v6.1~pro-when-empty vt-d': 'invariant I19',
      'v6.1~pro-when-empty smmuv3': 'not invariant I19',
      'v6.1~ack-queue-overflow vt-d': 'not invariant I19',
      'v6.1~ack-queue-overflow smmuv3': 'invariant I19',
      'v6.12 vt-d': 'not invariant I19',
      'v6.12 smmuv3': 'not invariant I19',
      'v6.16 vt-d': 'not invariant I19',
      'v6.16 smmuv3': 'not invariant I19',
    },
  },
  (lab) => {
    const dev = lab.device('dev0', { stall: false });
    const mm = lab.addressSpace('mm');
    const PASID = 5;

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });

    const { prq } = lab.unit;

    lab.task(
      'dev0 job A',
      function* () {
        yield* dev.access({ pasid: PASID, incomplete: true });
      },
      'device',
    );

    lab.task(
      'dev0 job B',
      function* () {
        // The interrupt thread has caught up; three pages come for a ring of two.
        yield* lab.until(() => prq.regs.values.PQH > 0, prq.regs);
        yield* dev.access({ pasid: PASID, addr: 0x8000, pages: 3, incomplete: true });
      },
      'device',
    );
  },
);
