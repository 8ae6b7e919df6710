// Looks over the shoulder of a run: which fields of which things every step really reads and writes,
// held against what the step says it touches. Two steps of different tasks that conflict in fact must
// be ordered by their footprints; a pair that is not is a gap, and a search that goes by footprints
// would miss an order. Things are wrapped in proxies as they are made, so this is slow and for tests.
import {
  birth,
  type Chooser,
  Footprints,
  isReady,
  type Machine,
  type Program,
  RacingTrace,
  type Task,
} from '../../main/engine/api';

/** Book-keeping of reports, never read by anything that decides. */
const UNSEEN = new Set([
  'allocStep',
  'allocTask',
  'freeStep',
  'freeTask',
  'freeFunction',
  'rcuStep',
  'serial',
  'fixedName',
  'full',
  'name',
  'forgotten',
  'missedBy',
  'missedStep',
  'fired',
  'depth',
  'justAnswered',
]);
/** Counted up and down, or set for good: the order of two changes is nobody's business. */
const COMMUTES = new Set(['inFlight', 'landed', 'missed']);
/** Ordered by what items signal and await, or shared; the property test compares that with brute force. */
const BY_SIGNALS = new Set(['Workqueue.running', 'Workqueue.items', 'RwSemaphore.readers']);
const field = (place: string): string => place.split(' ')[2] ?? '';
const CHANGING = new Set([
  'set',
  'delete',
  'clear',
  'add',
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
]);
const KEYED = new Set(['get', 'has', 'set', 'delete', 'add']);

type Container = Map<unknown, unknown> | Set<unknown> | unknown[] | Record<string, unknown>;

interface Access {
  readonly event: number;
  readonly place: string;
  readonly write: boolean;
}

/** What one run's steps touched. */
export class Audit {
  private on = false;
  private accesses: Access[] = [];
  private event = 0;
  private knew = 0;
  private readonly wrapped = new WeakMap<object, object>();
  private readonly footprints = new Footprints();

  /** Every thing made until `stop` is watched. */
  start(): void {
    birth.wrap = (thing) => this.wrap(thing);
  }

  stop(): void {
    birth.wrap = null;
  }

  private wrap<T extends object>(thing: T): T {
    const handler: ProxyHandler<T> = {
      get: (target, key, receiver) => {
        if (key === 'mem' && (target as { mem?: unknown }).mem === target) return receiver;
        const value = Reflect.get(target, key, receiver);
        if (typeof key !== 'string' || !Object.hasOwn(target, key)) return value;
        const part = this.inside(target, key, value);
        if (part === value) this.note(target, key, false);
        return part;
      },
      set: (target, key, value, receiver) => {
        // Writing what is there already is seen by nobody.
        if (typeof key === 'string' && Reflect.get(target, key) !== value)
          this.note(target, key, true);
        if (receiver === undefined) return Reflect.set(target, key, value);
        return Reflect.set(target, key, value, target);
      },
    };
    const proxy = new Proxy(thing, handler);
    this.wrapped.set(thing, proxy);
    return proxy;
  }

  /** Collections and plain data inside a thing are part of it. */
  private inside(owner: object, key: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null || 'uid' in value) return value;
    const plain = Object.getPrototypeOf(value) === Object.prototype;
    const listed = Array.isArray(value) || value instanceof Map || value instanceof Set;
    if (Object.isFrozen(value) || !(plain || listed)) return value;
    const known = this.wrapped.get(value);
    if (known !== undefined) return known;
    const proxy = new Proxy(value as Container, {
      get: (target, k) => {
        const part = Reflect.get(target, k);
        if (typeof k !== 'string') {
          if (k === Symbol.iterator) this.note(owner, `${key}[*]`, false);
          return typeof part === 'function' ? part.bind(target) : part;
        }
        if (typeof part === 'function') {
          return (...args: unknown[]) => {
            const at = KEYED.has(k) && !Array.isArray(target) ? String(nameOf(args[0])) : '*';
            this.note(owner, `${key}[${at}]`, CHANGING.has(k));
            return part.apply(target, args);
          };
        }
        this.note(owner, `${key}[${plain || /^[0-9]+$/.test(k) ? k : '*'}]`, false);
        return part;
      },
      set: (target, k, v) => {
        if (Reflect.get(target, k) === v) return true;
        const one = plain || /^[0-9]+$/.test(String(k));
        this.note(owner, `${key}[${one ? String(k) : '*'}]`, true);
        return Reflect.set(target, k, v);
      },
    });
    this.wrapped.set(value, proxy);
    return proxy;
  }

  private note(owner: object, field: string, write: boolean): void {
    if (!this.on || UNSEEN.has(field)) return;
    const { uid } = owner as { uid: number };
    this.accesses.push({
      event: this.event,
      place: `${owner.constructor.name} ${uid} ${field}`,
      write,
    });
  }

  /** Run a program under the eyes of the audit; returns the gaps, a line each. */
  run(m: Machine, program: Program, inner: Chooser): string[] {
    this.accesses = [];
    this.event = -1;
    this.on = false;
    const trace = new RacingTrace(this.footprints);
    const announced = trace.announced.bind(trace);
    const exited = trace.exited.bind(trace);
    const performed = trace.performed.bind(trace);
    trace.performed = (machine, t, ...rest) => {
      performed(machine, t, ...rest);
      // The op has a second half: nothing runs until somebody is picked again.
      if (t.followUp >= 0) this.on = false;
    };
    trace.announced = (machine, t) => {
      announced(machine, t);
      this.on = false;
    };
    trace.exited = (machine, t) => {
      exited(machine, t);
      this.on = false;
    };
    const chooser: Chooser = {
      always: true,
      pickTask: (runnable, n, previous) => {
        const i = n === 1 ? 0 : inner.pickTask(runnable, n, previous);
        this.event++;
        this.on = true;
        // What lets the task go on is part of its step.
        isReady(m, runnable[i] as Task);
        return i;
      },
      pickFault: (options, label) => inner.pickFault(options, label),
    };
    // Looking whether a task can go on is the scheduler's doing, not the step's.
    const hidden = m as unknown as { settle: (t: Task) => void };
    const settle = Object.getPrototypeOf(m).settle;
    hidden.settle = (t) => {
      const was = this.on;
      this.on = false;
      settle.call(m, t);
      this.on = was;
    };
    m.begin(chooser, null, trace);
    program(m);
    m.run();
    this.on = false;
    trace.settle();
    // From then on every step counts as looked at: the run before says nothing yet.
    const isMore = this.footprints.learnt !== this.knew;
    this.knew = this.footprints.learnt;
    return isMore ? [] : this.gaps(trace);
  }

  private gaps(trace: RacingTrace): string[] {
    const { table, steps } = trace;
    const tests = (e: number): boolean => steps[e]?.kind === 'list_empty';
    const found = new Set<string>();
    const last = new Map<string, Access[]>();
    const whole = new Map<string, Set<string>>();
    const seen = new Set<string>();
    const writers = new Set(
      this.accesses.filter((a) => a.write).map((a) => `${a.event} ${a.place}`),
    );
    for (const a of this.accesses) {
      const [sort, , name_] = a.place.split(' ');
      if (BY_SIGNALS.has(`${sort}.${(name_ ?? '').replace(/\[.*/, '')}`)) continue;
      // The read of a counting up or down.
      if (!a.write && COMMUTES.has(field(a.place)) && writers.has(`${a.event} ${a.place}`))
        continue;
      const once = `${a.event} ${a.place} ${a.write}`;
      if (seen.has(once)) continue;
      seen.add(once);
      const stem = a.place.replace(/\[.*/, '');
      const parts = whole.get(stem) ?? new Set<string>();
      parts.add(a.place);
      whole.set(stem, parts);
      // A collection as a whole conflicts with each of its parts.
      const others = a.place.endsWith('[*]')
        ? [...parts]
        : a.place.includes('[')
          ? [a.place, `${stem}[*]`]
          : [a.place];
      for (const place of others) {
        for (const b of last.get(place) ?? []) {
          if (a.write && b.write && COMMUTES.has(field(a.place))) continue;
          if (!(a.write || b.write) || b.event >= table.n || a.event >= table.n) continue;
          if (table.proc[a.event] === table.proc[b.event] || table.before(b.event, a.event))
            continue;
          const name = (e: number, w: boolean): string => {
            const s = steps[e];
            return `${s?.fn}: ${s?.kind} ${s?.thing} ${w ? 'writes' : 'reads'}`;
          };
          // Its own membership is all that it looks at, which links of its neighbours do not change.
          if (field(a.place) === 'next' && [a, b].some((x) => !x.write && tests(x.event))) continue;
          const place_ = a.place.replace(/ -?[0-9]+ /, '.').replace(/\[-?[0-9]+\]/, '[n]');
          found.add(
            `${place_}  |  ${name(b.event, b.write)}  |  ${name(a.event, a.write)}`.replace(
              /#[0-9]+/g,
              '',
            ),
          );
        }
      }
      last.set(a.place, [...(last.get(a.place) ?? []), a]);
    }
    return [...found];
  }
}

function nameOf(key: unknown): unknown {
  return typeof key === 'object' && key !== null ? ((key as { uid?: number }).uid ?? '*') : key;
}
