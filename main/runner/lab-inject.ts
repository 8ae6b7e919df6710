// `lab.inject` and `lab.mutate`: what a script asks to go wrong is noted while its body runs, and
// put into the machine afterwards; what a running task asks for is put in at once (delays and
// mutations: only from the body).
import {
  ALLOC_FAILURE,
  type AllocFailureSpec,
  Armed,
  arm,
  armDelays,
  armMore,
  armSkippedLocks,
  callAs,
  current,
  DEFAULT_KNOBS,
  type DelaySpec,
  type Gen,
  INVALIDATION_TIMEOUT,
  type Kernel,
  type Knobs,
  type Machine,
  RESPONSE_FAULT,
  RESPONSE_FAULTS,
  type ResponseFaultSpec,
  type SkipLockSpec,
  type SleepingCopySpec,
  USER_COPY_FAILS,
  USER_COPY_SLEEPS,
  WORK_REFUSED,
} from '../engine/api';
import { need, scriptInfo } from './lab-shared';

const EBUSY = 16;
const DEFAULT_DELAY_NS = 1_000_000;
/** Injected failures are choices unless a script says otherwise. */
const MAYBE: Knobs = { ...DEFAULT_KNOBS, probability: 50 };

/** Collects faults; `arm` puts them into the machine. */
export class Injections {
  private readonly delays: DelaySpec[] = [];
  private readonly lists = new Map<string, Knobs[]>();
  private readonly skipped: SkipLockSpec[] = [];
  private armed = false;

  constructor(
    private readonly m: Machine,
    private readonly k: Kernel,
  ) {}

  private add<S extends Knobs>(key: string, spec: S): void {
    if (this.armed) armMore(this.m, key, spec);
    else this.lists.set(key, [...(this.lists.get(key) ?? []), spec]);
  }

  /** `lab.inject` */
  readonly verbs = {
    delay: (d: Partial<DelaySpec> & { in: string }): void => {
      need(typeof d.in === 'string', 'lab.inject.delay needs { in: "function" }');
      const spec = { ...DEFAULT_KNOBS, step: '', when: 'before' as const, ns: DEFAULT_DELAY_NS };
      this.delays.push({ ...spec, ...d });
    },
    allocFailure: (f: Partial<AllocFailureSpec> = {}): void =>
      this.add(ALLOC_FAILURE, { object: '', ...MAYBE, ...f }),
    response: (f: Partial<ResponseFaultSpec> & { kind: ResponseFaultSpec['kind'] }): void => {
      const known = RESPONSE_FAULTS.join(', ');
      need(RESPONSE_FAULTS.includes(f.kind), `lab.inject.response needs a kind: ${known}`);
      this.add(RESPONSE_FAULT, { ...MAYBE, ...f });
    },
    userCopy: (f: Partial<Knobs> = {}): void =>
      this.add(USER_COPY_FAILS, { ...DEFAULT_KNOBS, ...f }),
    userCopySleeps: (f: Partial<SleepingCopySpec> = {}): void =>
      this.add(USER_COPY_SLEEPS, { ...DEFAULT_KNOBS, served: () => false, ...f }),
    queueWork: (f: Partial<Knobs> = {}): void => this.add(WORK_REFUSED, { ...MAYBE, ...f }),
    invalidationTimeout: (f: Partial<Knobs> = {}): void =>
      this.add(INVALIDATION_TIMEOUT, { ...MAYBE, ...f }),
    handlerError: (f: Partial<Knobs> & { code?: number } = {}): void => this.handlerError(f),
  };

  /** `lab.mutate` */
  readonly mutations = {
    skipLock: (s: SkipLockSpec): void => {
      need(typeof s.in === 'string', 'lab.mutate.skipLock needs { in: "function", lock: "class" }');
      this.skipped.push(s);
    },
  };

  /** The SVA handler of the variant may return an error instead of doing its work. */
  private handlerError(f: Partial<Knobs> & { code?: number }): void {
    const { k, m } = this;
    const inner = k.ops.iommu_sva_iopf_handler;
    need(inner !== undefined, `variant ${k.variant} has no domain fault handler`);
    const armed = new Armed({ ...MAYBE, ...f });
    const code = f.code ?? EBUSY;
    const handler = callAs(
      scriptInfo('iommu_sva_iopf_handler'),
      function* (kernel: Kernel, group: never): Gen<number> {
        if (armed.fires(m, current.task, 'handler-error', 'fault handler')) return -code;
        return yield* (inner as NonNullable<typeof inner>)(kernel, group);
      },
    );
    k.replace('iommu_sva_iopf_handler', handler);
  }

  /** Put everything into the machine; after the script's body. */
  arm(): void {
    this.armed = true;
    armDelays(this.m, this.delays);
    for (const [key, specs] of this.lists) arm(this.m, key, specs);
    armSkippedLocks(this.m, this.skipped);
  }
}
