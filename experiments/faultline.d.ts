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

  export type Variant = 'v6.1' | 'series-v4' | 'series-v5' | 'v6.12';
  /** `vt-d` drains on unbind; `smmuv3` stalls and never drains; `plain` has PRI and never drains. */
  export type Driver = 'vt-d' | 'smmuv3' | 'plain';
  export type Context = 'process' | 'user' | 'device' | 'worker' | 'irq-thread';

  export interface Options {
    /** What the experiment is about; shown in the gallery. */
    story?: string;
    /** Kernel variants to run; all of them by default. */
    variants?: Variant[];
    /** IOMMU drivers to run with; `smmuv3` by default. */
    drivers?: Driver[];
    /** Search every schedule with at most this many preemptions; 2 by default. */
    preemptions?: number;
    /** Executions at most; 200,000 by default. */
    runs?: number;
    /** Let the virtual clock order wake-ups. Off: a delay means "as late as you like". */
    timed?: boolean;
    /** Slots of the page request ring; 8 by default. */
    ringSize?: number;
    /** Ops after which a single run is given up; 20,000 by default. */
    maxSteps?: number;
    /** Verdict expected in a cell: `'v6.1 plain': 'holds'` or `'use-after-free in function'`. */
    expected?: Record<string, string>;
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

  export interface Device {
    readonly name: string;
    /** The kernel's `struct device`: `struct.iommu.lock`, `struct.iommu.fault_param`, … */
    readonly struct: any;
    /**
     * The device accesses memory that is not mapped: it sends a page request group and waits for
     * the response.
     * @returns `ok` after SUCCESS, `error` after INVALID or FAILURE, `refused` while PRI is off
     */
    access(options?: {
      pasid?: number;
      addr?: number;
      /** Page requests in the group; 1 by default. */
      pages?: number;
      write?: boolean;
      /** Leave out the last page: the group never ends and nothing is waited for. */
      incomplete?: boolean;
    }): Step<'ok' | 'error' | 'refused' | 'incomplete'>;
  }

  export interface AddressSpace {
    readonly name: string;
  }

  /** Faults handed to user space (an iommufd fault object since 6.11). */
  export interface FaultQueue {
    readonly name: string;
    /** Read one fault; sleeps until there is one. Null once the queue is closed. */
    readFault(device: Device): Step<UserFault | null>;
    /**
     * Answer a fault.
     * @returns 0, or a negative error number such as -22 (EINVAL)
     */
    respond(
      device: Device,
      fault: UserFault | null,
      code?: 'success' | 'invalid' | 'failure',
    ): Step<number>;
    /** No more faults will come: sleeping readers get null. */
    close(): void;
  }

  export interface DelayOptions {
    /** The function the step is in, for example `iopf_queue_remove_device`. */
    in: string;
    /** The step as the timeline names it, for example `free iommu_fault_param`; any by default. */
    step?: string;
    when?: 'before' | 'after';
    /** Nanoseconds of virtual time; 1,000,000 by default. */
    ns?: number;
    /** Only in the task of this name. */
    task?: string;
    /** How often at most; 1 by default. */
    times?: number;
  }

  export interface AllocFailureOptions {
    /** Structure whose allocation fails, for example `iopf_group`; any by default. */
    object?: string;
    in?: string;
    task?: string;
    times?: number;
    /** Let this many matching allocations succeed first. */
    space?: number;
    /** 100: fail for certain. Anything else: the search tries both. */
    probability?: number;
  }

  export interface Lab {
    /** Tag of the kernel variant of this run. */
    readonly variant: Variant;
    readonly driverName: Driver;
    /** A PCIe function behind the machine's IOMMU. */
    device(name: string, options?: { credits?: number; reuseIndex?: boolean }): Device;
    /** A process address space; `faultNs` makes its faults slow. */
    addressSpace(name: string, options?: { faultNs?: number }): AddressSpace;
    /** A queue that hands faults to user space. */
    faultQueue(name: string): FaultQueue;
    /** Runs to its end before any task starts. */
    setup(body: Body): void;
    /** Start a task once the set-up is over. */
    task(name: string, body: Body, context?: Context): Task;
    /** Wait until a task has ended. */
    join(task: Task): Step<void>;
    /** Sleep until a condition on simulated state holds. */
    until(condition: () => boolean): Step<void>;
    /** Sleep on the virtual clock. */
    sleep(ns: number): Step<void>;
    /** A mark on the timeline. */
    mark(text: string): Step<void>;
    /** A line in the simulated kernel log. */
    log(text: string): Step<void>;
    /** The IOMMU driver's entry points. */
    readonly driver: {
      /** Allocate the fault data, join the queue, switch PRI on. 0 or a negative error. */
      enableIopf(device: Device): Step<number>;
      /** Leave the queue, free the fault data, switch PRI off. 0 or a negative error. */
      disableIopf(device: Device): Step<number>;
      /** Bind an address space to a PASID (SVA): a worker resolves its faults. */
      bind(device: Device, mm: AddressSpace, pasid: number): Step<unknown>;
      /** Undo `bind`; drains where the driver does. */
      unbind(device: Device, pasid: number): Step<void>;
      /** Hand the faults of a PASID to user space. Before `enableIopf`. */
      attach(device: Device, pasid: number, queue: FaultQueue): Step<unknown>;
      /** Undo `attach`; drains where the driver does. */
      detach(device: Device, pasid: number, queue: FaultQueue): Step<void>;
    };
    readonly inject: {
      /** Delay a named step: the delayed disable, a stalled worker, a late interrupt thread. */
      delay(options: DelayOptions): void;
      /** Let allocations fail. */
      allocFailure(options?: AllocFailureOptions): void;
    };
    readonly expect: {
      /** A finding when the condition does not hold. */
      ok(condition: boolean, text: string): Step<void>;
      /** A finding when the two differ. */
      equal(actual: unknown, wanted: unknown, text: string): Step<void>;
    };
    /** Does the variant have this kernel function? */
    has(name: string): boolean;
    /** Call a kernel function of the variant on a device. */
    call(name: string, device: Device, ...args: unknown[]): Step<any>;
    /** A kernel function of your own: shows up in stacks under its name. */
    fn<A extends unknown[], T>(
      name: string,
      body: (...args: A) => Generator<unknown, T, any>,
    ): (...args: A) => Step<T>;
    /** Replace functions of the variant ("my patch"). The first argument is the kernel. */
    patch(functions: Record<string, (...args: any[]) => Generator<unknown, any, any>>): void;
    /** The kernel of this run, for patches: `kernel.ops.…`. */
    readonly kernel: any;
    /** The primitives kernel code is written with: `lab.k.mutex_lock(lock)`, … */
    readonly k: {
      load(object: any, field: string): Step<any>;
      store(object: any, field: string, value: unknown): Step<void>;
      read_once(object: any, field: string): Step<any>;
      write_once(object: any, field: string, value: unknown): Step<void>;
      mutex_lock(lock: any): Step<void>;
      mutex_unlock(lock: any): Step<void>;
      spin_lock(lock: any): Step<void>;
      spin_unlock(lock: any): Step<void>;
      kfree(object: any): Step<void>;
      kfree_rcu(object: any): Step<void>;
      rcu_read_lock(): Step<void>;
      rcu_read_unlock(): Step<void>;
      rcu_dereference(object: any, field: string): Step<any>;
      refcount_inc(ref: any): Step<void>;
      refcount_inc_not_zero(ref: any): Step<boolean>;
      refcount_dec_and_test(ref: any): Step<boolean>;
      list_empty(list: any): Step<boolean>;
      flush_workqueue(queue: any): Step<void>;
      queue_work(queue: any, work: any): Step<boolean>;
      pr_warn(text: string): Step<void>;
      WARN_ON(condition: boolean, text: string): Step<void>;
      [name: string]: (...args: any[]) => Step<any>;
    };
  }

  /** The one thing a script exports. `body` builds the world; tasks then run in it. */
  export function experiment(title: string, options: Options, body: (lab: Lab) => void): unknown;
}
