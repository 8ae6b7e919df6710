// Tasks are generator functions run on a trampoline. A function called through `kernelFunction`
// does not nest in the caller's generator: it is pushed on the task's own stack, so that resuming
// a task costs the same at any depth and the model's call stack is known for free.
//
// One op at a time exists between its creation and its announcement, so the iterators that carry
// it are singletons. Creating an op without waiting for it with `yield*` is detected (`begin`).
import type { Machine } from './machine';
import type { Thing } from './object';

/** Where a task runs; decides what it may do and how it is drawn. */
export type ContextKind = 'process' | 'irq-thread' | 'worker' | 'user' | 'device' | 'rcu';

/** What a task generator yields to the machine: an announced op, or a call. */
export interface Token {
  readonly call: boolean;
}

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

const OP_TOKEN: Token = { call: false };
const CALL_TOKEN: Token = { call: true };
const opYield = { done: false as const, value: OP_TOKEN };
const callYield = { done: false as const, value: CALL_TOKEN };
const finish: { done: true; value: unknown } = { done: true, value: undefined };

class Once {
  private armed = false;
  constructor(private readonly first: typeof opYield) {}
  [Symbol.iterator](): this {
    this.armed = true;
    return this;
  }
  next(value: unknown): { done: boolean; value: unknown } {
    if (this.armed) {
      this.armed = false;
      current.pending = null;
      return this.first;
    }
    finish.value = value;
    return finish;
  }
}

const opStep = new Once(opYield) as unknown as Step<never>;
const callStep = new Once(callYield) as unknown as Step<never>;

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
  begin(name);
  const t = current.task;
  t.kind = kind;
  t.object = object;
  t.field = field;
  t.value = value;
  return opStep;
}

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
  const t = current.task;
  if (t !== null) t.frameLines[t.depth] = line;
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

/** One thread of control in a machine. */
export class Task implements Thing {
  readonly thing = 'task';
  readonly mem = null;
  /** Announced op. */
  kind = 0;
  object: Thing | null = null;
  field: string | null = null;
  value: unknown = undefined;
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

  readonly stack: (Gen<unknown> | null)[] = [];
  readonly frames: FunctionInfo[] = [];
  readonly frameLines: number[] = [];
  depth = 0;

  /** Locks held, in order of acquisition (see primitives/lock-class.ts). */
  readonly held: Thing[] = [];
  spinDepth = 0;
  rcuDepth = 0;
  rcuSince = 0;

  constructor(
    readonly id: number,
    readonly name: string,
    readonly context: ContextKind,
    /** Daemons wait for work for ever; a machine may end while they wait. */
    readonly daemon: boolean,
    root: FunctionInfo,
    body: Gen<unknown>,
  ) {
    this.stack[0] = body;
    this.frames[0] = root;
    this.frameLines[0] = 0;
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
    const g = t.stack[t.depth] as Gen<unknown>;
    const r = g.next(value);
    if (r.done) {
      if (current.pending !== null) {
        const earlier = current.pending;
        current.pending = null;
        throw new NotWaitedFor(earlier);
      }
      t.stack[t.depth] = null;
      if (t.depth === 0) return false;
      t.depth--;
      value = r.value;
    } else if (r.value.call) {
      if (t.depth + 1 >= STACK_LIMIT) {
        throw new Error(`model stack deeper than ${STACK_LIMIT} calls in task ${t.name}`);
      }
      const d = ++t.depth;
      t.stack[d] = current.callee;
      t.frames[d] = current.calleeInfo as FunctionInfo;
      t.frameLines[d] = 0;
      value = undefined;
    } else {
      return true;
    }
  }
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
