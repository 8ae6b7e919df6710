// The seed scenario of `shared/explore.md` section 2 on the engine's own primitives: reporters and
// responders reach per-device data through a pointer under lock A and write it under lock B; the
// disabler unpublishes and frees it. `legacy` has no count, `counted` has get and put. The locks are
// spinlocks: releasing a contended mutex is a step more.
import {
  type Gen,
  KObject,
  type Machine,
  objectClass,
  type Program,
  primitives,
  registerFunction,
} from '../../main/engine/api';

const {
  kfree,
  load,
  Refcount,
  refcount_dec_and_test,
  refcount_inc,
  spin_lock,
  spin_unlock,
  spinlock,
  store,
} = primitives;

const ownerClass = objectClass('seed_dev', 64);
const dataClass = objectClass('seed_data', 64);

class Data extends KObject {
  readonly lock: ReturnType<typeof spinlock> = spinlock(this, 'B');
  content = 0;
  readonly ref: InstanceType<typeof Refcount> = new Refcount(this, 'ref');
  constructor() {
    super(dataClass);
    this.ref.count = 1;
  }
}

class Owner extends KObject {
  readonly lock: ReturnType<typeof spinlock> = spinlock(this, 'A');
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

function* user(dev: Owner, counted: boolean): Gen<void> {
  yield* spin_lock(dev.lock);
  const data = yield* load(dev, 'ptr');
  if (data !== null && counted) yield* refcount_inc(data.ref);
  yield* spin_unlock(dev.lock);
  if (data === null) return;
  yield* spin_lock(data.lock);
  yield* store(data, 'content', 1);
  yield* spin_unlock(data.lock);
  if (counted && (yield* refcount_dec_and_test(data.ref))) yield* kfree(data);
}

function* disabler(dev: Owner, counted: boolean): Gen<void> {
  yield* spin_lock(dev.lock);
  const data = yield* load(dev, 'ptr');
  yield* store(dev, 'ptr', null);
  yield* spin_unlock(dev.lock);
  if (data === null) return;
  if (!counted || (yield* refcount_dec_and_test(data.ref))) yield* kfree(data);
}

/** The scenario with r reporters, p responders and d disablers. */
export function seed(form: 'legacy' | 'counted', r: number, p: number, d: number): Program {
  const counted = form === 'counted';
  const names = (what: string, n: number): string[] =>
    Array.from({ length: n }, (_, i) => `${what}${i}`);
  const reporters = names('reporter', r);
  const responders = names('responder', p);
  const disablers = names('disabler', d);
  const build = (m: Machine): void => {
    const dev = new Owner();
    m.roots.push(dev);
    for (const name of reporters)
      m.spawn(name, 'irq-thread', false, info, () => user(dev, counted));
    for (const name of responders) m.spawn(name, 'worker', false, info, () => user(dev, counted));
    for (const name of disablers)
      m.spawn(name, 'process', false, info, () => disabler(dev, counted));
  };
  return Object.assign(build, { keepsNothing: true });
}
