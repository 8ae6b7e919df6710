// Tasks are generator functions run on a trampoline. A function called through `kernelFunction`
// does not nest in the caller's generator: it is pushed on the task's own stack, so that resuming
// a task costs the same at any depth and the model's call stack is known for free.
//
// One op at a time exists between its creation and its announcement, so the steps that carry it are
// singletons. Creating an op without waiting for it with `yield*` is detected (`begin`). Built code
// hands steps over with `yield` (see `runner/instrument.ts`); `yield*` means the same, slower.
import { type BareArray, bareArray } from './bare-array';
import type { Machine } from './machine';
import type { Thing } from './object';

/** Where a task runs; decides what it may do and how it is drawn. */
export type ContextKind = 'process' | 'irq-thread' | 'worker' | 'user' | 'device' | 'rcu';

/** What a task generator yields to the machine: an announced op, a call, or steps to run in place. */
export type Token = object;

/** A function running inside a machine. */
// biome-ignore lint/suspicious/noExplicitAny: the resumption value is typed by each `yield*`
export type Gen<T> = Generator<Token, T, any>;

/** Something a task waits for with `yield*`: an op or a call, giving T. */
export interface Step<T> {
  // biome-ignore lint/suspicious/noExplicitAny: the resumption value is typed by each `yield*`
  [Symbol.iterator](): Iterator<Token, T, any>;
}

/** A function known to the machine: a kernel function, a hardware routine or a script's own. */
export interface FunctionInfo {
  readonly id: number;
  readonly name: string;
  /** Source file the line numbers refer to; the script itself is `experiment.ts`. */
  readonly file: string;
  /** Upstream file and version the function models; empty for what has no upstream twin. */
  readonly upstream: string;
  /** How the model knowingly differs from upstream; empty when it does not. */
  readonly deviates: string;
  /** True for functions that come from the user's script. */
  readonly script: boolean;
}

const functionTable: FunctionInfo[] = [];

/** Every function registered so far, by id. */
export function functions(): readonly FunctionInfo[] {
  return functionTable;
}

/** Register a function so that stacks can name it. */
export function registerFunction(info: Omit<FunctionInfo, 'id'>): FunctionInfo {
  const full = { ...info, id: functionTable.length };
  functionTable.push(full);
  return full;
}

/** The machine and task that run now; the engine is single-threaded and synchronous. */
export const current = {
  machine: null as unknown as Machine,
  task: null as unknown as Task,
  /** Are lines noted? Only records show them. */
  recorded: false,
  /** Name of the op created but not yet waited for, or null. */
  pending: null as string | null,
  /** The call waiting to be pushed. */
  callee: null as Gen<unknown> | null,
  calleeInfo: null as FunctionInfo | null,
};

/** The script made an op and did not wait for it. */
export class NotWaitedFor extends Error {
  constructor(name: string) {
    super(`"${name}" was started but not waited for: write "yield* …" before it`);
    this.name = 'NotWaitedFor';
  }
}

/** Note that an op or call named `name` has been created and must be waited for next. */
export function begin(name: string): void {
  if (current.pending !== null) {
    const earlier = current.pending;
    current.pending = null;
    throw new NotWaitedFor(earlier);
  }
  if (current.task === null) {
    throw new Error(`"${name}" can only be used inside a task or lab.setup`);
  }
  current.pending = name;
}

const finish: { done: true; value: unknown } = { done: true, value: undefined };

/** A step that is its own token: yielded as it is, or through its iterator by `yield*`. */
class Handover {
  private readonly first: { done: false; value: Token } = { done: false, value: this };
  private armed = false;
  [Symbol.iterator](): this {
    this.armed = true;
    return this;
  }
  next(value: unknown): { done: boolean; value: unknown } {
    if (this.armed) {
      this.armed = false;
      return this.first;
    }
    finish.value = value;
    return finish;
  }
}

const OP_TOKEN = new Handover();
const CALL_TOKEN = new Handover();
const opStep = OP_TOKEN as unknown as Step<never>;
const callStep = CALL_TOKEN as unknown as Step<never>;

/**
 * Announce an op of the current task. Returns what the task must wait for.
 * @param kind op kind id (see `vocabulary.ts`)
 * @param object the object touched; null models a null pointer and is reported when performed
 * @param field the part of the object touched, or null
 * @param value the op's argument
 */
export function announce<T>(
  kind: number,
  name: string,
  object: Thing | null,
  field: string | null,
  value: unknown,
): Step<T> {
  if (current.pending !== null || current.task === null) begin(name);
  else current.pending = name;
  const t = current.task;
  t.kind = kind;
  t.object = object;
  t.field = field;
  t.value = value;
  return opStep;
}

/** What can keep a task from performing its op: it waits while somebody owns it (`performers.ts`). */
export interface Gate {
  readonly owner: object | null;
}

/** In front of an op that can be performed at any time. */
export const OPEN: Gate = { owner: null };

/** Metadata of a modelled function. */
export interface FunctionMeta {
  readonly name: string;
  readonly file: string;
  readonly upstream?: string;
  readonly deviates?: string;
  readonly script?: boolean;
}

/**
 * Make a function that runs on the trampoline, shows up in stacks under its name, and is called as
 * `yield* f(args)`.
 */
export function modelFunction<A extends unknown[], T>(
  meta: FunctionMeta,
  body: (...args: A) => Gen<T>,
): (...args: A) => Step<T> {
  const info = registerFunction({
    name: meta.name,
    file: meta.file,
    upstream: meta.upstream ?? '',
    deviates: meta.deviates ?? '',
    script: meta.script ?? false,
  });
  const call = fixedCall(info, body as AnyBody);
  // Function pointers stored in simulated structures are shown by name.
  Object.defineProperty(call, 'name', { value: info.name });
  return call as unknown as (...args: A) => Step<T>;
}

// biome-ignore lint/suspicious/noExplicitAny: the typed signature is restored by modelFunction
type AnyBody = (...args: any[]) => Gen<unknown>;

/** Calls without a rest parameter: model functions have at most six, and this is the hot path. */
function fixedCall(info: FunctionInfo, body: AnyBody) {
  return (
    a: unknown,
    b: unknown,
    c: unknown,
    d: unknown,
    e: unknown,
    f: unknown,
  ): Step<unknown> => {
    begin(info.name);
    current.callee = body(a, b, c, d, e, f);
    current.calleeInfo = info;
    return callStep;
  };
}

/**
 * `modelFunction` for the functions of one file that model one upstream file.
 * @param always what all of them do differently from upstream, if anything
 */
export function modelFile(file: string, upstream: string, always = '') {
  return function fn<A extends unknown[], T>(
    name: string,
    body: (...args: A) => Gen<T>,
    deviates = always,
  ): (...args: A) => Step<T> {
    return modelFunction({ name, file, upstream, deviates }, body);
  };
}

/** For a script's own function: registered already, and with any number of arguments. */
export function callAs<A extends unknown[], T>(
  info: FunctionInfo,
  body: (...args: A) => Gen<T>,
): (...args: A) => Step<T> {
  return (...args: A): Step<T> => {
    begin(info.name);
    current.callee = body(...args);
    current.calleeInfo = info;
    return callStep;
  };
}

/**
 * Note the source line of the running function; inserted at every `yield*` by the compile pass
 * (`runner/instrument.ts`), never written by hand.
 */
export function at<T>(line: number, step: T): T {
  if (current.recorded && current.task !== null) current.task.frameLines[current.task.depth] = line;
  return step;
}

/**
 * Several steps under one name, without a place of their own in stacks: a verb of the lab.
 * @param body a generator that has not been started
 */
export function verb<T>(name: string, body: Gen<T>): Step<T> {
  begin(name);
  return {
    [Symbol.iterator]() {
      current.pending = null;
      return body;
    },
  };
}

/** A step that is over at once; for calls that have nothing to do. */
export const nothing: Step<never> = {
  [Symbol.iterator]: () => ({ next: () => ({ done: true, value: undefined as never }) }),
};

/** How deep a model's call stack may get before the run is stopped. */
export const STACK_LIMIT = 64;

/** Things a task may make in one run; see `freshUid`. */
const THINGS_PER_TASK = 4096;
/** Tasks a task may start in one run. */
const CHILDREN_PER_TASK = 1024;

/** One thread of control in a machine. Reused over runs: `begin` makes it a new task. */
export class Task implements Thing {
  readonly thing = 'task';
  readonly mem = null;
  uid = 0;
  name = '';
  /** Decides what it may do and how it is drawn. */
  context: ContextKind = 'process';
  /** Daemons wait for work for ever; a machine may end while they wait. */
  daemon = false;
  /**
   * The same for the same task in every interleaving: counts the tasks of the script, and the tasks
   * that a task starts below it. Never 0.
   */
  key = 0;
  /** Was it started by another task, rather than by the script? */
  parent = false;
  children = 0;
  things = 0;
  /** Announced op. */
  kind = 0;
  object: Thing | null = null;
  field: string | null = null;
  value: unknown = undefined;
  /** What keeps it from its announced op. */
  gate: Gate = OPEN;
  /** Op put off by an injected delay, performed after it. */
  postponed = -1;
  /** A delay asked for after the last op, in ns; -1 when there is none. */
  delayAfter = -1;
  wakeAt = 0;
  /** Length of the injected delay the task is in, ns. */
  delayNs = 0;
  /** An op that follows the one just performed without the task's doing, or -1. */
  followUp = -1;
  alive = true;
  /** Number of ops performed so far: the task's own step count. */
  steps = 0;

  /** Makes its generator. */
  make: (() => Gen<unknown>) | null = null;
  readonly stack: BareArray<Gen<unknown> | null> = bareArray();
  /** Generators that wait while another runs in their place, with the depth they belong to. */
  readonly outer: { readonly gen: Gen<unknown>; readonly depth: number }[] = [];
  readonly frames: BareArray<FunctionInfo> = bareArray();
  readonly frameLines = new Int32Array(STACK_LIMIT);
  depth = 0;

  /** Locks held, in order of acquisition (see primitives/lock-class.ts). */
  readonly held: Thing[] = [];
  spinDepth = 0;
  rcuDepth = 0;
  /** RCU read sections begun and ended so far, outermost ones only. */
  rcuBegun = 0;
  rcuEnded = 0;

  constructor(readonly id: number) {}

  /** Take over who another task is. */
  impersonate(other: Task): void {
    this.uid = other.uid;
    this.name = other.name;
    this.context = other.context;
    this.daemon = other.daemon;
    this.key = other.key;
    this.parent = other.parent;
    this.make = other.make;
  }

  /** Take over what a run changes of another task, but its stack and the locks it holds. */
  assume(other: Task): void {
    this.children = other.children;
    this.things = other.things;
    this.kind = other.kind;
    this.object = other.object;
    this.field = other.field;
    this.value = other.value;
    this.gate = other.gate;
    this.postponed = other.postponed;
    this.delayAfter = other.delayAfter;
    this.wakeAt = other.wakeAt;
    this.delayNs = other.delayNs;
    this.followUp = other.followUp;
    this.alive = other.alive;
    this.steps = other.steps;
    this.depth = other.depth;
    this.spinDepth = other.spinDepth;
    this.rcuDepth = other.rcuDepth;
    this.rcuBegun = other.rcuBegun;
    this.rcuEnded = other.rcuEnded;
  }

  /** Become a new task. `parent` is the task that starts it, or null. */
  begin(
    name: string,
    context: ContextKind,
    daemon: boolean,
    root: FunctionInfo,
    body: () => Gen<unknown>,
    parent: Task | null,
  ): void {
    this.name = name;
    this.context = context;
    this.daemon = daemon;
    this.parent = parent !== null;
    if (parent === null) this.key = this.id + 1;
    else {
      if (++parent.children >= CHILDREN_PER_TASK) throw new Error(`${parent.name}: too many tasks`);
      this.key = parent.key * CHILDREN_PER_TASK + parent.children;
    }
    this.uid = -this.key;
    this.children = 0;
    this.things = 0;
    this.object = null;
    this.field = null;
    this.postponed = -1;
    this.delayAfter = -1;
    this.followUp = -1;
    this.alive = true;
    this.steps = 0;
    for (let d = this.depth; d > 0; d--) this.stack[d] = null;
    while (this.outer.length > 0) this.outer.pop();
    this.depth = 0;
    this.make = body;
    this.stack[0] = body();
    this.frames[0] = root;
    this.frameLines[0] = 0;
    while (this.held.length > 0) this.held.pop();
    this.spinDepth = 0;
    this.rcuDepth = 0;
    this.rcuBegun = 0;
    this.rcuEnded = 0;
  }

  /** The function the task is in. */
  get frame(): FunctionInfo {
    return this.frames[this.depth] as FunctionInfo;
  }
}

/**
 * Run a task up to its next announcement.
 * @param result what the performed op gave
 * @returns true when the task announced an op, false when its function has returned
 */
export function advance(t: Task, result: unknown): boolean {
  current.task = t;
  let value = result;
  for (;;) {
    const r = (t.stack[t.depth] as Gen<unknown>).next(value);
    const token = r.value;
    if (token === OP_TOKEN && r.done !== true) {
      current.pending = null;
      return true;
    }
    if (r.done) {
      if (current.pending !== null) notWaitedFor();
      value = token;
      if (t.outer.length > 0 && t.outer[t.outer.length - 1]?.depth === t.depth) {
        t.stack[t.depth] = t.outer.pop()?.gen as Gen<unknown>;
        continue;
      }
      t.stack[t.depth] = null;
      if (t.depth === 0) return false;
      t.depth--;
    } else if (token === CALL_TOKEN) {
      current.pending = null;
      const d = ++t.depth;
      if (d >= STACK_LIMIT) {
        throw new Error(`model stack deeper than ${STACK_LIMIT} calls in task ${t.name}`);
      }
      t.stack[d] = current.callee;
      t.frames[d] = current.calleeInfo as FunctionInfo;
      t.frameLines[d] = 0;
      value = undefined;
    } else {
      inPlace(t, token);
      value = undefined;
    }
  }
}

function notWaitedFor(): never {
  const earlier = current.pending as string;
  current.pending = null;
  throw new NotWaitedFor(earlier);
}

/** Steps without a place of their own in stacks: a verb, or a script's helper generator. */
function inPlace(t: Task, token: unknown): void {
  const steps = token as { [Symbol.iterator]?: () => Gen<unknown> } | null | undefined;
  const iterate = steps?.[Symbol.iterator];
  if (typeof iterate !== 'function') {
    throw new TypeError('"yield*" needs a step of the lab or a generator function of the script');
  }
  t.outer.push({ gen: t.stack[t.depth] as Gen<unknown>, depth: t.depth });
  t.stack[t.depth] = iterate.call(steps);
}

/**
 * A number for a thing made now: the same in every interleaving in which the same task makes it at
 * the same place of its own run, and no other thing's.
 */
export function freshUid(): number {
  const t = current.task;
  if (t === null) return ++current.machine.things;
  if (++t.things >= THINGS_PER_TASK) throw new Error(`${t.name} makes too many things`);
  return t.key * THINGS_PER_TASK + t.things;
}

/** Files whose functions are machinery: stacks show them, findings are not attributed to them. */
export const MACHINERY = 'engine/primitives/';

/** The function a task's current op is attributed to: the innermost one that is not machinery. */
export function functionOf(t: Task): FunctionInfo {
  for (let d = t.depth; d > 0; d--) {
    const f = t.frames[d] as FunctionInfo;
    if (!f.file.startsWith(MACHINERY)) return f;
  }
  return t.frames[0] as FunctionInfo;
}
