/**
 * The lab as a script sees it. A script is a TypeScript module with one default export:
 *
 * ```ts
 * import { experiment } from 'faultline';
 * export default experiment('Title', { drivers: ['plain'] }, (lab) => { … });
 * ```
 *
 * Steps of a task are written `yield* …`: each is one or more ops that the scheduler may interleave
 * with any other task. There is no clock, randomness, network, file or process here.
 */
declare module 'faultline' {
  /** Something a task waits for with `yield*`. */
  export interface Step<T> {
    [Symbol.iterator](): Iterator<unknown, T, any>;
  }

  /** The body of a task: a generator function. */
  export type Body = () => Generator<unknown, unknown, any>;

  type Tag =
    | 'v6.1'
    | 'v6.6'
    | 'series-v4'
    | 'series-v5'
    | 'refcount-step'
    | 'remove-step'
    | 'v6.9'
    | 'v6.12'
    | 'v6.12-leakfix'
    | 'v6.12-owned'
    | 'v6.16';
  /**
   * A kernel variant; `v6.12~drain-on-teardown` is that variant with an upstream patch put in, or
   * taken out where it is in. `faultline list` names variants and patches.
   */
  export type Variant = Tag | `${Tag}~${string}`;
  /**
   * `vt-d` drains on unbind; `smmuv3` stalls and never drains; `amd` (6.11 on) leaves its queue
   * before page requests are off; `plain` has PRI and never drains; `mock` (6.11 on) is iommufd's
   * selftest driver, which reports from an ioctl.
   */
  export type Driver = 'vt-d' | 'smmuv3' | 'amd' | 'plain' | 'mock';
  export type Context = 'process' | 'user' | 'device' | 'worker' | 'irq-thread';

  export interface Options {
    /** What the experiment is about; shown in the gallery. */
    story?: string;
    /** Kernel variants to run; all of them by default. */
    variants?: Variant[];
    /** IOMMU drivers to run with; `smmuv3` by default. A variant without a driver is left out. */
    drivers?: Driver[];
    /** Search every schedule with at most this many preemptions; 2 by default. */
    preemptions?: number;
    /** Executions at most; 200,000 by default. */
    runs?: number;
    /** Let the virtual clock order wake-ups. Off: a delay means "as late as you like". */
    timed?: boolean;
    /** Also look for data races between plain accesses. */
    kcsan?: boolean;
    /** Slots of the page request ring; 8 by default. */
    ringSize?: number;
    /** Ops after which a single run is given up; 20,000 by default. */
    maxSteps?: number;
    /** Marks that some run must pass; otherwise a quiet cell is "never reached". */
    reach?: string[];
    /**
     * Verdict expected in a cell: `'v6.1 plain': 'holds'`, `'use-after-free in function'`, several
     * joined with ` + `, or `'not leak'`: that is not found, whatever else is.
     */
    expected?: Record<string, string>;
    /** Bug zoo: number, sort of evidence, and cells where the specification says otherwise. */
    bug?: string;
    marking?: 'documented' | 'derived' | 'contract';
    disputed?: Record<string, string>;
  }

  /** A started task. */
  export interface Task {
    readonly name: string;
    readonly alive: boolean;
  }

  /** A fault as user space read it. */
  export interface UserFault {
    readonly name: string;
    readonly cookie: number;
  }

  export interface DeviceOptions {
    /** Outstanding page request capacity; 32 by default. */
    credits?: number;
    /** Take the lowest free PRG index again at once. */
    reuseIndex?: boolean;
    /** A virtual function: shares the PRI of this physical one. */
    vfOf?: Device;
    /** False: has no PRI. */
    pri?: boolean;
    /** On SMMUv3, false: sends page requests instead of stalling. */
    stall?: boolean;
    /** PASIDs it can use, exclusive. */
    pasidMax?: number;
  }

  export interface Device {
    readonly name: string;
    /** The kernel's `struct device`: `struct.iommu.lock`, `struct.iommu.fault_param`, … */
    readonly struct: any;
    /**
     * The device translates an address; when the page is not there it sends a page request group,
     * waits for the response, and tries again after SUCCESS.
     * @returns `ok` when the pages are there, `error` after INVALID, FAILURE or a blocked
     *   translation, `refused` while PRI is off or after the device was told to stop
     */
    access(options?: {
      /** 0 for a request without a PASID. */
      pasid?: number;
      addr?: number;
      /** Page requests in the group; 1 by default. */
      pages?: number;
      write?: boolean;
      /** Leave out the last page: the group never ends and nothing is waited for. */
      incomplete?: boolean;
      /** Ask without translating first: for a PASID that nothing is attached to. */
      blind?: boolean;
      /** Ask although PRI is disabled or the credits are used up. */
      rogue?: boolean;
      /** Use this PRG index, free or not. */
      index?: number;
    }): Step<'ok' | 'error' | 'refused' | 'incomplete'>;
    /** `mock` only: report a fault from the calling task, as the selftest ioctl does. */
    trigger(options?: {
      pasid?: number;
      index?: number;
      last?: boolean;
      addr?: number;
    }): Step<number>;
    /** Send a Stop Marker; nobody answers it. */
    stopMarker(options?: { pasid?: number; index?: number }): Step<void>;
    /** Surprise removal: the device disappears from the bus. */
    remove(): Step<void>;
  }

  export interface AddressSpace {
    readonly name: string;
    /** The kernel's `struct mm_struct`: `struct.mmap_lock`, … */
    readonly struct: any;
    /** The process ends. */
    exit(): Step<void>;
    /** The userfaultfd server of a `stalled` address space answers from now on. */
    serve(): Step<void>;
  }

  /** Faults handed to user space (an iommufd fault object since 6.11). */
  export interface FaultQueue {
    readonly name: string;
    readonly struct: any;
    /** Read one fault; sleeps until there is one. Null once the queue is closed. */
    readFault(device: Device): Step<UserFault | null>;
    /**
     * Answer a fault; `success` makes its pages present first.
     * @returns 0, or a negative error number such as -22 (EINVAL)
     */
    respond(
      device: Device,
      fault: UserFault | null,
      code?: 'success' | 'invalid' | 'failure',
    ): Step<number>;
    /** iommufd: read(2) with room for `records` records of 40 bytes. */
    read(options?: { records?: number; bytes?: number; position?: number }): Step<{
      /** Bytes read, or a negative error number. */
      bytes: number;
      records: { cookie: number; padding: boolean }[];
    }>;
    /** iommufd: write(2) of responses of 8 bytes; bytes written or an error number. */
    write(
      responses: { cookie: number; code?: 'success' | 'invalid' | 'failure' }[],
      options?: { bytes?: number; position?: number },
    ): Step<number>;
    /** iommufd: poll(2), for example `EPOLLOUT`. */
    poll(): Step<string>;
    /** iommufd: close(2) of the fault descriptor. */
    closeFd(): Step<void>;
    /** No more faults will come: sleeping readers get null. */
    close(): void;
  }

  /** A hardware page table of iommufd. */
  export interface Hwpt {
    readonly name: string;
    readonly struct: any;
  }

  export interface DelayOptions extends Knobs {
    /** The function the step is in, for example `iopf_queue_remove_device`. */
    in: string;
    /** The step as the timeline names it, for example `free iommu_fault_param`; any by default. */
    step?: string;
    when?: 'before' | 'after';
    /** Nanoseconds of virtual time; 1,000,000 by default. */
    ns?: number;
  }

  /** The knobs of the kernel's fault-injection framework. */
  export interface Knobs {
    /** Only in this function. */
    in?: string;
    /** Only in the task of this name. */
    task?: string;
    /** At most this many times; 1 by default. */
    times?: number;
    /** Let this many matching steps pass first. */
    space?: number;
    /** From then on every n-th only. */
    interval?: number;
    /** 100: for certain. Anything else: the search tries both. */
    probability?: number;
    /** A predicate on the step; it may only read simulated state. */
    where?: ((step: { task: string; fn: string }) => boolean) | null;
  }

  export interface Lab {
    /** Tag of the kernel variant of this run. */
    readonly variant: Variant;
    /** The IOMMU driver of this run. */
    readonly driverName: Driver;
    /** The machine's IOMMU: `unit.iopf_queue`, `unit.prq`. */
    readonly unit: any;
    /** A PCIe function behind the machine's IOMMU. */
    device(name: string, options?: DeviceOptions): Device;
    /**
     * A process address space. `faultNs` makes its faults slow, `stalled` makes them wait for a
     * userfaultfd server (`serve`).
     */
    addressSpace(name: string, options?: { faultNs?: number; stalled?: boolean }): AddressSpace;
    /** A queue that hands faults to user space. */
    faultQueue(name: string): FaultQueue;
    /**
     * Runs to its end before any task starts, in the same way in every run: what is to be searched belongs into
     * tasks.
     */
    setup(body: Body): void;
    /** Start a task once the set-up is over. */
    task(name: string, body: Body, context?: Context): Task;
    /** Wait until a task has ended. */
    join(task: Task): Step<void>;
    /**
     * Sleep until a condition on simulated state holds.
     * @param looksAt all that the condition looks at: structures, and each lock, list or other part of one by itself.
     *   Searches by traces (`dpor`) are much shorter then. Where nothing is named it may look at anything, at the
     *   script's own variables, too
     */
    until(condition: () => boolean, ...looksAt: readonly any[]): Step<void>;
    /** Sleep on the virtual clock. */
    sleep(ns: number): Step<void>;
    /** A mark on the timeline. */
    mark(text: string): Step<void>;
    /** A line in the simulated kernel log. */
    log(text: string): Step<void>;
    /** The IOMMU driver's entry points, and a device driver that keeps the contract. */
    readonly driver: {
      /** Allocate the fault data, join the queue, switch PRI on. 0 or a negative error. */
      enableIopf(device: Device): Step<number>;
      /** Leave the queue, free the fault data, switch PRI off. 0 or a negative error. */
      disableIopf(device: Device): Step<number>;
      /** Bind an address space to a PASID (SVA): a worker resolves its faults. */
      bind(device: Device, mm: AddressSpace, pasid: number): Step<any>;
      /** Undo `bind`; drains where the driver does. */
      unbind(device: Device, pasid: number, handle?: unknown): Step<void>;
      /** idxd: open binds; close stops the PASID on the device, waits for it, and unbinds. */
      open(device: Device, mm: AddressSpace, pasid: number): Step<any>;
      close(device: Device, pasid: number): Step<void>;
      /** Hand the faults of a PASID to user space. Before `enableIopf`. */
      attach(device: Device, pasid: number, queue: FaultQueue): Step<unknown>;
      /** Undo `attach`; drains where the driver does. */
      detach(device: Device, pasid: number, queue: FaultQueue): Step<void>;
      /** The device leaves the IOMMU layer: hot-unplug. */
      release(device: Device): Step<void>;
      /** Free the IOPF queue of the unit. */
      freeQueue(): Step<void>;
      /** Switch the unit off: interrupt, queue, ring (`vt-d`). */
      finishUnit(): Step<void>;
    };
    /** User space through iommufd (6.11 on). Without a PASID the requester id is meant. */
    readonly iommufd: {
      hwpt(name: string, queue?: FaultQueue | null, options?: { nested?: boolean }): Hwpt;
      attach(device: Device, hwpt: Hwpt, pasid?: number): Step<number>;
      detach(device: Device, pasid?: number): Step<void>;
      replace(device: Device, hwpt: Hwpt, pasid?: number): Step<number>;
      /** IOMMU_DESTROY: 0, or -16 (EBUSY) while somebody uses it. */
      destroy(object: Hwpt | FaultQueue): Step<number>;
      /** IOMMU_FAULT_QUEUE_ALLOC: the object or a negative error number. */
      allocFault(name: string): Step<unknown>;
    };
    /** What is to go wrong. */
    readonly inject: {
      /** Delay a named step: the delayed disable, a stalled worker, a late interrupt thread. */
      delay(options: DelayOptions): void;
      /** Let allocations fail; `object` names the structure. */
      allocFailure(options?: Knobs & { object?: string }): void;
      /** Spoil a response on its way to the device. */
      response(
        options: Knobs & {
          kind:
            | 'duplicate-response'
            | 'missing-response'
            | 'wrong-index'
            | 'wrong-pasid'
            | 'wrong-code';
        },
      ): void;
      /** Let user copies fail; for certain by default. */
      userCopy(options?: Knobs): void;
      /** Let user copies of a task sleep until `served()`. */
      userCopySleeps(options?: { task?: string; served?: () => boolean }): void;
      /** queue_work says that the item is pending already. */
      queueWork(options?: Knobs): void;
      /** An invalidation times out and is resubmitted. */
      invalidationTimeout(options?: Knobs): void;
      /** The SVA fault handler returns an error; 16 (EBUSY) by default. */
      handlerError(options?: Knobs & { code?: number }): void;
    };
    /** The model, with a part left out: what is that part good for? */
    readonly mutate: {
      /** Leave a lock out: `{ in: 'iommu_page_response', lock: 'iommu_fault_param.lock' }`. */
      skipLock(options: { in: string; lock: string }): void;
    };
    /** What the script claims; where it does not hold is a finding. */
    readonly expect: {
      /** A finding when the condition does not hold. */
      ok(condition: boolean, text: string): Step<void>;
      /** A finding when the two differ. */
      equal(actual: unknown, wanted: unknown, text: string): Step<void>;
    };
    /** Does the variant have this kernel function? */
    has(name: string): boolean;
    /** Does the kernel have this upstream patch? */
    patched(name: string): boolean;
    /** Call a kernel function of the variant on a device. */
    call(name: string, device: Device, ...args: unknown[]): Step<any>;
    /** A kernel function of your own: shows up in stacks under its name. */
    fn<A extends unknown[], T>(
      name: string,
      body: (...args: A) => Generator<unknown, T, any>,
    ): (...args: A) => Step<T>;
    /** Replace functions of the variant ("my patch"). The first argument is the kernel. */
    patch(functions: Record<string, (...args: any[]) => Generator<unknown, any, any>>): void;
    /**
     * What a module of the kernel model exports, for patches: `lab.model('kernel/objects').EINVAL`. "Patch this
     * function" beside the kernel model writes these lines.
     */
    model(name: string): any;
    /** The kernel of this run, for patches: `kernel.ops.…`. */
    readonly kernel: any;
    /** The primitives kernel code is written with: `lab.k.mutex_lock(lock)`, … */
    readonly k: Primitives & {
      page_map(table: any, addr: number, pages: number): Step<void>;
    };
  }

  /** The one thing a script exports. `body` builds the world; tasks then run in it. */
  export function experiment(title: string, options: Options, body: (lab: Lab) => void): unknown;
}
