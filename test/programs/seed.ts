// The seed scenario of `shared/explore.md` section 2 on the engine's own primitives: reporters and
// responders reach per-device data through a pointer under lock A and write it under lock B; the
// disabler unpublishes and frees it. `legacy` has no count, `counted` has get and put.
import {
  type Gen,
  KObject,
  type Machine,
  objectClass,
  type Program,
  primitives,
  registerFunction,
} from '../../main/engine/api';

const { atomic_rmw, kfree, load, Mutex, mutex, mutex_lock, mutex_unlock, store } = primitives;

const ownerClass = objectClass('seed_dev', 64);
const dataClass = objectClass('seed_data', 64);

class Data extends KObject {
  readonly lock: InstanceType<typeof Mutex> = mutex(this, 'B');
  content = 0;
  ref = 1;
  constructor() {
    super(dataClass);
  }
}

class Owner extends KObject {
  readonly lock: InstanceType<typeof Mutex> = mutex(this, 'A');
  ptr: Data | null = null;
  constructor() {
    super(ownerClass, 'dev');
    this.ptr = new Data();
  }
}

const info = registerFunction({
  name: 'seed',
  file: 'test/programs/seed.ts',
  upstream: '',
  deviates: '',
  script: false,
});

const up = (n: number): number => n + 1;
const down = (n: number): number => n - 1;

function* user(dev: Owner, counted: boolean): Gen<void> {
  yield* mutex_lock(dev.lock);
  const data = yield* load(dev, 'ptr');
  if (data !== null && counted) yield* atomic_rmw(data, 'ref', up);
  yield* mutex_unlock(dev.lock);
  if (data === null) return;
  yield* mutex_lock(data.lock);
  yield* store(data, 'content', 1);
  yield* mutex_unlock(data.lock);
  if (counted && (yield* atomic_rmw(data, 'ref', down)) === 1) yield* kfree(data);
}

function* disabler(dev: Owner, counted: boolean): Gen<void> {
  yield* mutex_lock(dev.lock);
  const data = yield* load(dev, 'ptr');
  yield* store(dev, 'ptr', null);
  yield* mutex_unlock(dev.lock);
  if (data === null) return;
  if (!counted || (yield* atomic_rmw(data, 'ref', down)) === 1) yield* kfree(data);
}

/** The scenario with r reporters, p responders and d disablers. */
export function seed(form: 'legacy' | 'counted', r: number, p: number, d: number): Program {
  const counted = form === 'counted';
  return (m: Machine) => {
    const dev = new Owner();
    m.roots.push(dev);
    for (let i = 0; i < r; i++)
      m.spawn(`reporter${i}`, 'irq-thread', false, info, user(dev, counted));
    for (let i = 0; i < p; i++) m.spawn(`responder${i}`, 'worker', false, info, user(dev, counted));
    for (let i = 0; i < d; i++) {
      m.spawn(`disabler${i}`, 'process', false, info, disabler(dev, counted));
    }
  };
}
