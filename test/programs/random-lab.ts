// Random small experiments with real drivers: a device that asks for pages, a driver that takes it away, a user or a
// process that answers or ends, in any kernel variant. One number makes one experiment.
import {
  type Gen,
  Rng,
  type Step,
  VARIANTS,
  type Variant,
  variantByTag,
} from '../../main/engine/api';
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
}

type Verb = (w: World) => Step<unknown>;

/** What the device does. */
const DEVICE: Verb[] = [
  ({ dev }) => dev.access({ pasid: PASID }),
  ({ dev }) => dev.access({ pasid: PASID, pages: 2, incomplete: true }),
  ({ dev }) => dev.stopMarker({ pasid: PASID }),
];

/** What is done where the kernel answers. */
const KERNEL: Verb[] = [
  ({ lab, dev }) => lab.driver.unbind(dev, PASID),
  ({ lab, dev }) => lab.driver.disableIopf(dev),
  ({ lab, dev }) => lab.driver.enableIopf(dev),
  ({ mm }) => mm.exit(),
  ({ dev }) => dev.remove(),
];

/** What is done where user space answers. */
const USER: Verb[] = [
  ({ lab, dev, queue }) =>
    lab.fn('answer', function* (): Gen<void> {
      const fault = yield* queue.readFault(dev);
      if (fault !== null) yield* queue.respond(dev, fault);
    })(),
  ({ lab, dev, queue }) => lab.driver.detach(dev, PASID, queue),
  ({ lab, dev }) => lab.driver.disableIopf(dev),
  ({ dev }) => dev.remove(),
];

/** What goes wrong besides. */
const FAULTS: ((lab: Lab) => void)[] = [
  () => {},
  () => {},
  (lab) => lab.inject.queueWork(),
  (lab) => lab.inject.allocFailure({ times: 1 }),
  (lab) => lab.inject.allocFailure({ probability: 100, space: 1 }),
  (lab) => lab.inject.delay({ in: 'irq_thread' }),
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
  const variant = pick(rng, VARIANTS as readonly Variant[]).tag;
  const { drivers } = variantByTag(variant).ops;
  const driver = pick(
    rng,
    DRIVERS.filter((d) => d in drivers && d !== 'mock'),
  );
  const byUser = driver === 'plain' && rng.below(2) === 0;
  const verbs = byUser ? USER : KERNEL;
  const job = [pick(rng, DEVICE)];
  const tasks: Verb[][] = Array.from({ length: 1 + rng.below(2) }, () => []);
  for (let i = 1; i < steps; i++) {
    if (rng.below(4) === 0) job.push(pick(rng, DEVICE));
    else pick(rng, tasks).push(pick(rng, verbs));
  }
  const joins = rng.below(2) === 0;
  const fault = pick(rng, FAULTS);
  const body = (lab: Lab): void => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');
    const queue = lab.faultQueue('user queue');
    const world = { lab, dev, mm, queue };
    fault(lab);
    lab.setup(function* () {
      if (byUser) yield* lab.driver.attach(dev, PASID, queue);
      else yield* lab.driver.bind(dev, mm, PASID);
      yield* lab.driver.enableIopf(dev);
    });
    const all = (todo: readonly Verb[]) =>
      function* (): Gen<void> {
        for (const verb of todo) yield* verb(world);
      };
    const first = lab.task('dev0 job', all(job), 'device');
    tasks.forEach((todo, i) => {
      lab.task(`task ${i}`, function* () {
        if (joins && i === 0) yield* lab.join(first);
        yield* all(todo)();
      });
    });
  };
  const options = { variants: [variant], drivers: [driver] };
  const experiment = checkExperiment('random', options, body, false, seed % 2 === 0);
  return { experiment, cell: { variant, driver } };
}
