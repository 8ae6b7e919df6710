// The whole world a script can see: `experiment(…)` and the `lab` its body gets. Every call builds
// on the engine's door; there is no clock, network, file or process here.
import {
  type AllocFailureSpec,
  armAllocFailures,
  armDelays,
  CODE_FAILURE,
  CODE_INVALID,
  CODE_SUCCESS,
  type ContextKind,
  callAs,
  current,
  type DelaySpec,
  Device,
  device_access,
  expectation,
  FaultObject,
  type FunctionInfo,
  type Gen,
  Hw,
  IommuUnit,
  IopfQueue,
  Kernel,
  type Machine,
  Mm,
  mark,
  PageRequestQueue,
  type Program,
  pr_info,
  primitives,
  registerFunction,
  ring_wait,
  type Step,
  sleepNs,
  type Task,
  task_join,
  type UserFault,
  variantByTag,
  wait_event,
} from '../engine/api';

export const DRIVERS = ['vt-d', 'smmuv3', 'plain'] as const;

/** What a script may say about itself; see `experiments/faultline.d.ts` for the meaning. */
export interface ExperimentOptions {
  readonly story?: string;
  readonly variants?: readonly string[];
  readonly drivers?: readonly string[];
  readonly preemptions?: number;
  readonly runs?: number;
  readonly timed?: boolean;
  readonly ringSize?: number;
  readonly maxSteps?: number;
  readonly expected?: Readonly<Record<string, string>>;
}

/** A script, loaded. */
export interface Experiment {
  readonly title: string;
  readonly options: ExperimentOptions;
  readonly body: (lab: unknown) => void;
}

/** Which cell of the matrix to run. */
export interface Cell {
  readonly variant: string;
  readonly driver: string;
}

const RESPONSE_CODES: Record<string, number> = {
  success: CODE_SUCCESS,
  invalid: CODE_INVALID,
  failure: CODE_FAILURE,
};

const DEFAULT_RING = 8;
const DEFAULT_CREDITS = 32;
const SCRIPT_FILE = 'experiment.ts';

const scriptInfos = new Map<string, FunctionInfo>();

function scriptInfo(name: string): FunctionInfo {
  let info = scriptInfos.get(name);
  if (info === undefined) {
    info = registerFunction({ name, file: SCRIPT_FILE, upstream: '', deviates: '', script: true });
    scriptInfos.set(name, info);
  }
  return info;
}

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
    yield* k.driver.irq_thread(k, unit);
  }
}

/** A generator function as scripts write it. */
type Body = () => Gen<unknown>;

function need(condition: boolean, message: string): void {
  if (!condition) throw new TypeError(message);
}

/** Wraps a struct so that scripts have verbs on it. */
interface DeviceHandle {
  readonly name: string;
  readonly struct: Device;
  access(options?: {
    pasid?: number;
    addr?: number;
    pages?: number;
    write?: boolean;
    incomplete?: boolean;
  }): Step<string>;
}

interface QueueHandle {
  readonly name: string;
  readonly struct: FaultObject;
  readFault(device: DeviceHandle): Step<UserFault | null>;
  respond(device: DeviceHandle, fault: UserFault, code?: string): Step<number>;
  close(): void;
}

/** Build the lab of one run. */
function makeLab(m: Machine, experiment: Experiment, cell: Cell) {
  const variant = variantByTag(cell.variant);
  const k = new Kernel(m, variant.tag, { ...variant.ops }, cell.driver);
  const prq = new PageRequestQueue('prq0', experiment.options.ringSize ?? DEFAULT_RING);
  const unit = new IommuUnit('iommu0', prq);
  unit.iopf_queue = new IopfQueue('iopfq-iommu0');
  k.units.push(unit);
  m.roots.push(unit, unit.iopf_queue);
  m.spawn('irq/24-prq0', 'irq-thread', true, irqInfo, irqThread(k, unit));
  const delays: DelaySpec[] = [];
  const failures: AllocFailureSpec[] = [];
  const user = {
    attach: (d: DeviceHandle, pasid: number, q: QueueHandle) =>
      k.ops.user_attach(k, d.struct, pasid, q.struct),
    detach: (d: DeviceHandle, pasid: number, q: QueueHandle) =>
      k.ops.user_detach(k, d.struct, pasid, q.struct),
  };

  const lab = {
    variant: variant.tag,
    driverName: cell.driver,
    kernel: k,
    k: primitives,
    has: (name: string) => name in k.ops,
    call(name: string, d: DeviceHandle, ...args: unknown[]): Step<unknown> {
      const f = (k.ops as unknown as Record<string, unknown>)[name];
      need(typeof f === 'function', `variant ${variant.tag} has no function "${name}"`);
      return (f as (...a: unknown[]) => Step<unknown>)(k, d.struct, ...args);
    },

    device(name: string, o: { credits?: number; reuseIndex?: boolean } = {}): DeviceHandle {
      need(typeof name === 'string' && name !== '', 'lab.device needs a name');
      const hw = new Hw(name, prq, {
        model: k.driver.model,
        credits: o.credits ?? DEFAULT_CREDITS,
        reuseIndex: o.reuseIndex ?? false,
      });
      const struct = new Device(name, unit, hw);
      unit.devices.push(struct);
      m.roots.push(struct);
      k.driver.probe(k, struct);
      return {
        name,
        struct,
        access: (a = {}) =>
          device_access(hw, {
            pasid: a.pasid ?? 1,
            addr: a.addr ?? 0x1000,
            pages: a.pages ?? 1,
            write: a.write ?? false,
            incomplete: a.incomplete ?? false,
          }),
      };
    },

    addressSpace(name: string, o: { faultNs?: number } = {}): { name: string; struct: Mm } {
      const mm = new Mm(name);
      mm.mm_users.count = 1;
      mm.vmas = [{ start: 0x1000, end: 0x100000, write: true }];
      mm.faultDelayNs = o.faultNs ?? 0;
      m.roots.push(mm);
      return { name, struct: mm };
    },

    faultQueue(name: string): QueueHandle {
      const struct = new FaultObject(name);
      m.roots.push(struct);
      return {
        name,
        struct,
        readFault: (d) => k.ops.user_read(k, d.struct, struct),
        respond: (d, fault, code = 'success') => {
          const c = RESPONSE_CODES[code];
          need(c !== undefined, `respond takes success, invalid or failure, not "${code}"`);
          return k.ops.user_respond(k, d.struct, struct, fault, c as number);
        },
        close: () => {
          struct.closed = true;
        },
      };
    },

    driver: {
      enableIopf: (d: DeviceHandle) => k.driver.enable_iopf(k, d.struct),
      disableIopf: (d: DeviceHandle) => k.driver.disable_iopf(k, d.struct),
      bind: (d: DeviceHandle, mm: { struct: Mm }, pasid: number) =>
        k.ops.iommu_sva_bind_device(k, d.struct, mm.struct, pasid),
      unbind: (d: DeviceHandle, pasid: number) => k.ops.iommu_sva_unbind_device(k, d.struct, pasid),
      ...user,
    },

    setup(body: Body): void {
      need(typeof body === 'function', 'lab.setup needs a generator function');
      m.settingUp = true;
      m.spawn('setup', 'process', false, scriptInfo('setup'), body());
    },

    task(name: string, body: Body, context: ContextKind = 'process'): Task {
      need(typeof body === 'function', 'lab.task needs a name and a generator function');
      return m.spawn(name, context, false, scriptInfo(name), body(), true);
    },

    fn<A extends unknown[], T>(name: string, body: (...a: A) => Gen<T>): (...a: A) => Step<T> {
      return callAs(scriptInfo(name), body);
    },

    patch(functions: Record<string, (...a: never[]) => Gen<unknown>>): void {
      const ops = k.ops as unknown as Record<string, unknown>;
      for (const [name, body] of Object.entries(functions)) {
        need(name in ops, `variant ${variant.tag} has no function "${name}" to patch`);
        ops[name] = callAs(scriptInfo(name), body as (...a: unknown[]) => Gen<unknown>);
      }
    },

    inject: {
      delay(d: Partial<DelaySpec> & { in: string }): void {
        need(typeof d.in === 'string', 'lab.inject.delay needs { in: "function" }');
        delays.push({ step: '', when: 'before', ns: 1_000_000, task: '', times: 1, ...d });
      },
      allocFailure(f: Partial<AllocFailureSpec>): void {
        failures.push({
          object: '',
          in: '',
          task: '',
          times: 1,
          space: 0,
          probability: 50,
          ...f,
        });
      },
    },

    expect: {
      ok: (condition: boolean, text: string) => expectation(condition, text),
      equal: (actual: unknown, wanted: unknown, text: string) =>
        expectation(actual === wanted, `${text}: ${String(actual)} instead of ${String(wanted)}`),
    },

    mark: (text: string) => mark(text),
    log: (text: string) => pr_info(text),
    sleep: (ns: number) => sleepNs(ns),
    join: (task: Task) => task_join(task),
    until: (condition: () => boolean) => wait_event(current.task, condition),
  };
  return {
    lab,
    arm(): void {
      armDelays(m, delays);
      armAllocFailures(m, failures);
    },
  };
}

/** The program that runs an experiment in one cell of its matrix. */
export function experimentProgram(experiment: Experiment, cell: Cell): Program {
  return (m) => {
    const world = makeLab(m, experiment, cell);
    experiment.body(world.lab);
    world.arm();
  };
}

/** Check what a script passed to `experiment(…)`. */
export function checkExperiment(title: unknown, options: unknown, body: unknown): Experiment {
  need(typeof title === 'string' && title !== '', 'experiment needs a title first');
  need(typeof options === 'object' && options !== null, 'experiment needs options second');
  need(typeof body === 'function', 'experiment needs a body (lab) => { … } third');
  const o = options as ExperimentOptions;
  for (const v of o.variants ?? []) variantByTag(v);
  for (const d of o.drivers ?? []) {
    need(
      (DRIVERS as readonly string[]).includes(d),
      `there is no IOMMU driver "${d}"; known: ${DRIVERS.join(', ')}`,
    );
  }
  for (const key of Object.keys(o)) {
    need(KNOWN_OPTIONS.includes(key), `experiment has no option "${key}"`);
  }
  for (const key of ['preemptions', 'runs', 'ringSize', 'maxSteps'] as const) {
    const n = o[key];
    const fits = n === undefined || (Number.isInteger(n) && n >= 0);
    need(fits, `the option "${key}" is a whole number, not ${String(n)}`);
  }
  const experiment = { title: title as string, options: o, body: body as Experiment['body'] };
  const cells = cellsOf(experiment).map((c) => `${c.variant} ${c.driver}`);
  for (const key of Object.keys(o.expected ?? {})) {
    need(cells.includes(key), `"expected" names "${key}"; the cells are: ${cells.join(', ')}`);
  }
  return experiment;
}

const KNOWN_OPTIONS = [
  'story',
  'variants',
  'drivers',
  'preemptions',
  'runs',
  'timed',
  'ringSize',
  'maxSteps',
  'expected',
];

/** Every cell of an experiment's matrix, in order. */
export function cellsOf(e: Experiment): Cell[] {
  const variants = e.options.variants ?? ['v6.1', 'series-v4', 'series-v5', 'v6.12'];
  const drivers = e.options.drivers ?? ['smmuv3'];
  return variants.flatMap((variant) => drivers.map((driver) => ({ variant, driver })));
}
