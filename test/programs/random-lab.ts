// Random small experiments with real drivers: a device that asks for pages, a driver that takes it away, a user or a
// process that answers or ends, in any kernel variant. One number makes one experiment.
import { type Gen, Rng, type Step, VARIANTS, type Variant } from '../../main/engine/api';
import { type Cell, checkExperiment, DRIVERS, type Experiment } from '../../main/runner/lab-api';
import type { DeviceHandle, SpaceHandle } from '../../main/runner/lab-devices';
import type { makeLab } from '../../main/runner/lab-world';

type Lab = ReturnType<typeof makeLab>['lab'];

const PASID = 5;

interface World {
  readonly lab: Lab;
  readonly dev: DeviceHandle;
  readonly mm: SpaceHandle;
  readonly queue: ReturnType<Lab['faultQueue']>;
  /** Is another device a virtual function of the first? */
  readonly virtual: boolean;
}

type Verb = (w: World) => Step<unknown>;

/** What the device does. */
const DEVICE: Verb[] = [
  ({ dev }) => dev.access({ pasid: PASID }),
  ({ dev }) => dev.access({ pasid: PASID, pages: 2, incomplete: true }),
  ({ dev }) => dev.stopMarker({ pasid: PASID }),
];

/** Reads a fault and answers it. */
const answer: Verb = ({ lab, dev, queue }) =>
  lab.fn('answer', function* (): Gen<void> {
    const fault = yield* queue.readFault(dev);
    if (fault !== null) yield* queue.respond(dev, fault);
  })();

/** Who answers the device, and what happens meanwhile. */
interface Side {
  fits(variant: Variant, driver: string): boolean;
  /** The page faults of the process wait for somebody who serves them. */
  readonly stalled?: boolean;
  /** What the device does, where it is something else. */
  readonly device?: readonly Verb[];
  /** What comes first; makes what the verbs need. */
  begin(w: World): { readonly setup: () => Gen<void>; readonly verbs: readonly Verb[] };
}

/** The kernel resolves faults in the address space of a process. */
const KERNEL: Side = {
  fits: (_variant, driver) => driver !== 'mock',
  begin: ({ lab, dev, mm, virtual }) => {
    const other = lab.device('dev1', virtual ? { vfOf: dev } : {});
    return {
      *setup() {
        yield* lab.driver.bind(dev, mm, PASID);
        yield* lab.driver.enableIopf(dev);
        yield* lab.driver.bind(other, mm, PASID);
        yield* lab.driver.enableIopf(other);
      },
      verbs: [
        () => lab.driver.unbind(dev, PASID),
        () => lab.driver.disableIopf(dev),
        () => lab.driver.enableIopf(dev),
        () => lab.driver.bind(dev, mm, PASID),
        () => lab.driver.release(dev),
        () => lab.driver.freeQueue(),
        () => other.access({ pasid: PASID }),
        () => lab.driver.unbind(other, PASID),
        () => lab.driver.disableIopf(other),
        () => mm.exit(),
        () => dev.remove(),
      ],
    };
  },
};

/** The same, where faults of the process wait for a server. */
const STALLED: Side = {
  fits: KERNEL.fits,
  stalled: true,
  begin: (w) => {
    const { setup, verbs } = KERNEL.begin(w);
    return { setup, verbs: [...verbs, () => w.mm.serve()] };
  },
};

/** The same by a driver that keeps the contract. */
const KEPT: Side = {
  fits: KERNEL.fits,
  begin: ({ lab, dev, mm }) => ({
    *setup() {
      yield* lab.driver.enableIopf(dev);
      yield* lab.driver.open(dev, mm, PASID);
    },
    verbs: [
      () => lab.driver.close(dev, PASID),
      () => lab.driver.open(dev, mm, PASID),
      () => lab.driver.disableIopf(dev),
      () => lab.driver.freeQueue(),
      () => mm.exit(),
      () => dev.remove(),
    ],
  }),
};

/** The driver of a self-test reports faults from a system call. */
const SELFTEST: Side = {
  fits: ({ ops }, driver) => driver === 'mock' && 'iommufd_hwpt_attach_device' in ops,
  device: [
    ({ dev }) => dev.trigger(),
    ({ dev }) => dev.trigger({ index: 1, last: false }),
    ({ dev }) => dev.trigger({ index: 1 }),
  ],
  begin: ({ lab, dev, queue }) => {
    const hwpt = lab.iommufd.hwpt('hwpt', queue);
    const other = lab.iommufd.hwpt('other', queue);
    return {
      *setup() {
        yield* lab.iommufd.attach(dev, hwpt);
      },
      verbs: [
        answer,
        () => lab.iommufd.detach(dev),
        () => lab.iommufd.replace(dev, other),
        () => lab.iommufd.attach(dev, other),
        () => lab.iommufd.destroy(hwpt),
        () => lab.iommufd.destroy(queue),
        () => queue.closeFd(),
        () => queue.read(),
        () => dev.trigger(),
      ],
    };
  },
};

/** User space answers, through a queue of faults. */
const USER: Side = {
  fits: (_variant, driver) => driver === 'plain',
  begin: ({ lab, dev, queue }) => ({
    *setup() {
      yield* lab.driver.attach(dev, PASID, queue);
      yield* lab.driver.enableIopf(dev);
    },
    verbs: [
      answer,
      () => lab.driver.detach(dev, PASID, queue),
      () => lab.driver.disableIopf(dev),
      () => dev.remove(),
    ],
  }),
};

/** User space answers, through iommufd. */
const IOMMUFD: Side = {
  fits: ({ ops }, driver) => driver !== 'mock' && 'iommufd_hwpt_attach_device' in ops,
  begin: ({ lab, dev, queue }) => {
    const hwpt = lab.iommufd.hwpt('hwpt', queue);
    const other = lab.iommufd.hwpt('other', queue);
    const without = lab.iommufd.hwpt('without faults');
    return {
      *setup() {
        yield* lab.iommufd.attach(dev, hwpt, PASID);
      },
      verbs: [
        answer,
        () => lab.iommufd.detach(dev, PASID),
        () => lab.iommufd.replace(dev, other, PASID),
        () => lab.iommufd.replace(dev, without, PASID),
        () => lab.iommufd.attach(dev, other, PASID),
        () => lab.iommufd.destroy(hwpt),
        () => lab.iommufd.destroy(queue),
        () => queue.closeFd(),
        () => queue.poll(),
        () => queue.read(),
        () => dev.remove(),
      ],
    };
  },
};

const SIDES: readonly Side[] = [KERNEL, STALLED, KEPT, SELFTEST, USER, IOMMUFD];

/** A multiple of how many verbs each side has: which one a number stands for. */
const VERBS = 4 * 6 * 9 * 11;

/** What goes wrong besides. */
const FAULTS: ((lab: Lab) => void)[] = [
  () => {},
  () => {},
  (lab) => lab.inject.userCopy({ space: 1 }),
  (lab) => lab.inject.userCopySleeps({ served: () => lab.unit.prq.used() === 0 }),
  (lab) => lab.mutate.skipLock({ in: 'iopf_queue_remove_device', lock: 'iopf_queue.lock' }),
  (lab) => lab.mutate.skipLock({ in: 'iommu_page_response', lock: 'iommu_fault_param.lock' }),
  (lab) => {
    if (lab.has('iommu_sva_iopf_handler')) lab.inject.handlerError();
  },
  (lab) => lab.inject.queueWork(),
  (lab) => lab.inject.allocFailure({ times: 1 }),
  (lab) => lab.inject.allocFailure({ probability: 100, space: 1 }),
  (lab) => lab.inject.delay({ in: 'irq_thread' }),
  (lab) => lab.inject.invalidationTimeout(),
  (lab) => lab.inject.response({ kind: 'duplicate-response' }),
  (lab) => lab.inject.response({ kind: 'missing-response' }),
  (lab) => lab.inject.response({ kind: 'wrong-pasid' }),
];

function pick<T>(rng: Rng, from: readonly T[]): T {
  return from[rng.below(from.length)] as T;
}

/**
 * The experiment of a seed, and the cell it is for.
 * @param steps verbs of all tasks together
 */
export function randomLab(seed: number, steps: number): { experiment: Experiment; cell: Cell } {
  const rng = new Rng(seed);
  const variant = pick(rng, VARIANTS);
  const driver = pick(
    rng,
    DRIVERS.filter((d) => d in variant.ops.drivers),
  );
  const side = pick(
    rng,
    SIDES.filter((s) => s.fits(variant, driver)),
  );
  const { device = DEVICE, stalled = false } = side;
  const virtual = rng.below(4) === 0;
  const job = [pick(rng, device)];
  // Verbs are made with the world, so they are drawn by number.
  const tasks: number[][] = Array.from({ length: 1 + rng.below(2) }, () => []);
  for (let i = 1; i < steps; i++) {
    if (rng.below(4) === 0) job.push(pick(rng, device));
    else pick(rng, tasks).push(rng.below(VERBS));
  }
  const joins = rng.below(2) === 0;
  const fault = pick(rng, FAULTS);
  const body = (lab: Lab): void => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm', { stalled });
    const queue = lab.faultQueue('user queue');
    const world = { lab, dev, mm, queue, virtual };
    fault(lab);
    const { setup, verbs } = side.begin(world);
    lab.setup(setup);
    const all = (todo: readonly Verb[]) =>
      function* (): Gen<void> {
        for (const verb of todo) yield* verb(world);
      };
    const first = lab.task('dev0 job', all(job), 'device');
    tasks.forEach((todo, i) => {
      lab.task(`task ${i}`, function* () {
        if (joins && i === 0) yield* lab.join(first);
        yield* all(todo.map((n) => verbs[n % verbs.length] as Verb))();
      });
    });
  };
  const options = { variants: [variant.tag], drivers: [driver] };
  const experiment = checkExperiment('random', options, body, false, seed % 2 === 0);
  return { experiment, cell: { variant: variant.tag, driver } };
}
