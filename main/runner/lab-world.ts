// The `lab` that the body of a script gets: one simulated machine with a kernel, an IOMMU and verbs
// on them. Every call builds on the engine's door; there is no clock, network, file or process here.
import {
  type ContextKind,
  callAs,
  current,
  primitives as enginePrimitives,
  expectation,
  freshUid,
  type Gen,
  IommuUnit,
  IopfQueue,
  invariant_broken,
  iommu_release_device,
  Kernel,
  type Machine,
  mark,
  modelModule,
  PageRequestQueue,
  page_map,
  pr_info,
  registerFunction,
  ring_wait,
  type Step,
  sleepNs,
  type Task,
  task_join,
  variantByTag,
  verb,
  wait_until,
} from '../engine/api';
import type { Cell, Experiment } from './lab-api';
import { type DeviceHandle, deviceMaker, driverVerbs, spaceMaker } from './lab-devices';
import { Injections } from './lab-inject';
import { need, scriptInfo, thingOf } from './lab-shared';
import { iommufdVerbs, type QueueHandle, queueMaker } from './lab-user';

const DEFAULT_RING = 8;
/** What kernel code in a script is written with. */
const PRIMITIVES = { ...enginePrimitives, page_map };

const irqInfo = registerFunction({
  name: 'irq_thread',
  file: 'engine/kernel/irq.ts',
  upstream: 'kernel/irq/manage.c',
  deviates: 'a loop of ours around the driver’s thread function',
  script: false,
});

function* irqThread(k: Kernel, unit: IommuUnit): Gen<void> {
  for (;;) {
    yield* ring_wait(unit.prq);
    if (unit.prq.irqFreed) return;
    yield* k.driver.irq_thread(k, unit);
  }
}

/** A generator function as scripts write it. */
type Body = () => Gen<unknown>;

/** Enabling and disabling; what disabling left clean must be possible to enable again (I20). */
function enabling(m: Machine, k: Kernel) {
  const clean = new Set<string>();
  m.extras.set('clean', clean);
  const shared = { uid: freshUid() };
  function* enable(d: DeviceHandle): Gen<number> {
    const ret = yield* k.driver.enable_iopf(k, d.struct);
    m.changes(shared);
    if (ret !== 0 && clean.has(d.name) && !m.fired.has('alloc-failure')) {
      yield* invariant_broken('I20', `enable after a disable that gave 0 gives ${ret}`);
    }
    clean.delete(d.name);
    return ret;
  }
  function* disable(d: DeviceHandle): Gen<number> {
    const ret = yield* k.driver.disable_iopf(k, d.struct);
    m.changes(shared);
    if (ret === 0) clean.add(d.name);
    return ret;
  }
  return {
    enableIopf: (d: DeviceHandle) => verb('enableIopf', enable(d)),
    disableIopf: (d: DeviceHandle) => verb('disableIopf', disable(d)),
  };
}

/** One unit with its ring, its queue and its interrupt thread. */
function makeUnit(m: Machine, k: Kernel, ringSize: number): IommuUnit {
  const unit = new IommuUnit('iommu0', new PageRequestQueue('prq0', ringSize));
  unit.iopf_queue = new IopfQueue('iopfq-iommu0');
  k.units.push(unit);
  m.roots.push(unit, unit.iopf_queue);
  unit.irq = m.spawn('irq/24-prq0', 'irq-thread', true, irqInfo, () => irqThread(k, unit));
  return unit;
}

/** Build the lab of one run. */
export function makeLab(m: Machine, experiment: Experiment, cell: Cell) {
  const variant = variantByTag(cell.variant);
  const k = new Kernel(m, variant.tag, variant.ops, variant.level, cell.driver);
  m.extras.set('kernel', k);
  const unit = makeUnit(m, k, experiment.options.ringSize ?? DEFAULT_RING);
  const injections = new Injections(m, k);

  const lab = {
    variant: variant.tag,
    driverName: cell.driver,
    kernel: k,
    k: PRIMITIVES,
    model(name: string): Readonly<Record<string, unknown>> {
      const found = modelModule(name);
      if (found === undefined) throw new TypeError(`there is no model module "${name}"`);
      return found;
    },
    has: (name: string) => name in k.ops,
    /** Does the kernel have this upstream patch? */
    patched: (name: string) => (k.level as Record<string, boolean>)[name] === true,
    call(name: string, d: DeviceHandle, ...args: unknown[]): Step<unknown> {
      const f = (k.ops as unknown as Record<string, unknown>)[name];
      need(typeof f === 'function', `variant ${variant.tag} has no function "${name}"`);
      return (f as (...a: unknown[]) => Step<unknown>)(k, d.struct, ...args);
    },
    unit,
    device: deviceMaker(m, k, unit, unit.prq),
    addressSpace: spaceMaker(m, k),
    faultQueue: queueMaker(m, k),
    iommufd: iommufdVerbs(m, k),
    driver: {
      ...enabling(m, k),
      ...driverVerbs(m, k),
      attach: (d: DeviceHandle, pasid: number, q: QueueHandle) =>
        k.ops.user_attach(k, d.struct, pasid, q.struct),
      detach: (d: DeviceHandle, pasid: number, q: QueueHandle) =>
        k.ops.user_detach(k, d.struct, pasid, q.struct),
      release: (d: DeviceHandle) => iommu_release_device(k, d.struct),
      freeQueue() {
        m.fired.add('queue-freed');
        return k.ops.iopf_queue_free(k, unit.iopf_queue);
      },
      finishUnit() {
        m.fired.add('queue-freed');
        const finish = k.driver.finish_unit;
        need(finish !== undefined, `driver ${cell.driver} cannot switch a unit off`);
        return (finish as NonNullable<typeof finish>)(k, unit);
      },
    },

    setup(body: Body): void {
      need(typeof body === 'function', 'lab.setup needs a generator function');
      m.settingUp = true;
      m.spawn('setup', 'process', false, scriptInfo('setup'), body);
    },
    task(name: string, body: Body, context: ContextKind = 'process'): Task {
      need(typeof body === 'function', 'lab.task needs a name and a generator function');
      return m.spawn(name, context, false, scriptInfo(name), body, true);
    },
    fn<A extends unknown[], T>(name: string, body: (...a: A) => Gen<T>): (...a: A) => Step<T> {
      return callAs(scriptInfo(name), body);
    },
    patch(functions: Record<string, (...a: never[]) => Gen<unknown>>): void {
      for (const [name, body] of Object.entries(functions)) {
        need(name in k.ops, `variant ${variant.tag} has no function "${name}" to patch`);
        const call = callAs(scriptInfo(name), body as (...a: unknown[]) => Gen<unknown>);
        k.replace(name, (...a: unknown[]) => {
          m.fired.add('patched-function');
          return call(...a);
        });
      }
    },
    inject: injections.verbs,
    mutate: injections.mutations,
    expect: {
      ok: (condition: boolean, text: string) => expectation(condition, text),
      equal: (actual: unknown, wanted: unknown, text: string) =>
        expectation(actual === wanted, `${text}: ${String(actual)} instead of ${String(wanted)}`),
    },
    mark: (text: string) => mark(text),
    log: (text: string) => pr_info(text),
    sleep: (ns: number) => sleepNs(ns),
    join: (task: Task) => task_join(task),
    until: (condition: () => boolean, ...looksAt: unknown[]) =>
      wait_until(current.task, condition, looksAt.map(thingOf)),
  };
  return { lab, arm: () => injections.arm() };
}
