// Things are what ops touch: memory objects and the parts embedded in them (locks, counts, list
// heads, work items). Objects are named by kind and order of birth, never by address.
import { current, freshUid } from './task';

/** Anything an op can name. */
export interface Thing {
  /** What sort of thing this is: `object`, `mutex`, `list`, `task`, … */
  readonly thing: string;
  /** The memory object the thing lives in (itself for an object), or null when it never dies. */
  readonly mem: KObject | null;
  /** Unique, stable name, for example `iommu_fault_param#1.lock`. */
  readonly name: string;
  /** Unique in a run, and the same in every interleaving that makes the thing (`freshUid`). */
  readonly uid: number;
}

/** A kind of memory object. */
export interface ObjectClass {
  readonly id: number;
  readonly name: string;
  /** Allocated size in bytes as splats show it. */
  readonly bytes: number;
}

const classTable: ObjectClass[] = [];

/** Declare a kind of memory object; call once, at module level. */
export function objectClass(name: string, bytes: number): ObjectClass {
  const c = { id: classTable.length, name, bytes };
  classTable.push(c);
  return c;
}

/** Number of declared classes. */
export function classCount(): number {
  return classTable.length;
}

/**
 * Wraps every thing as it is made, so that an audit sees what steps really touch
 * (`test/support/audit.ts`). Null outside tests.
 */
export const birth: { wrap: (<T extends object>(thing: T) => T) | null } = { wrap: null };

export const LIVE = 0;
export const FREED = 1;

/** A piece of memory with a lifetime. Kernel structures extend it with their fields. */
export abstract class KObject implements Thing {
  readonly thing = 'object';
  readonly mem: KObject = this;
  readonly uid = freshUid();
  /** When a search of states met it last (`explore/state-hash.ts`). */
  stamp = 0;
  readonly serial: number;
  state = LIVE;
  /** On a task's stack rather than from the allocator. */
  onStack = false;
  /** Birth and death: task id and step, for reports. Step 0 means "before the first op". */
  allocTask = -1;
  allocStep = 0;
  freeTask = -1;
  freeStep = 0;
  /** Function the object was freed in; identifies a finding. */
  freeFunction = '';
  /** Step at which freeing was postponed with kfree_rcu, or 0. */
  rcuStep = 0;
  private fixedName: string;

  /** @param label a name of its own for singletons such as `dev0`; empty for `class#serial` */
  constructor(
    readonly cls: ObjectClass,
    label = '',
  ) {
    const m = current.machine;
    this.serial = (m.births[cls.id] ?? 0) + 1;
    m.births[cls.id] = this.serial;
    this.fixedName = label;
    const made = birth.wrap === null ? this : birth.wrap(this);
    m.objects.push(made);
    // biome-ignore lint/correctness/noConstructorReturn: an audit puts a proxy in its place
    if (made !== this) return made;
  }

  get name(): string {
    if (this.fixedName === '') this.fixedName = `${this.cls.name}#${this.serial}`;
    return this.fixedName;
  }
}

/** A part of a memory object: dies with it, is named after it. */
export abstract class Embedded implements Thing {
  abstract readonly thing: string;
  readonly uid = freshUid();
  stamp = 0;
  private full = '';
  constructor(
    readonly mem: KObject,
    readonly member: string,
  ) {
    // It may be a script that holds it, and nothing else.
    if (current.machine.worlds.noting) current.machine.belongings.push(this);
    // biome-ignore lint/correctness/noConstructorReturn: an audit puts a proxy in its place
    if (birth.wrap !== null) return birth.wrap(this);
  }
  get name(): string {
    if (this.full === '') this.full = `${this.mem.name}.${this.member}`;
    return this.full;
  }
}

/** A piece of hardware: never allocated, never freed. */
export abstract class Hardware implements Thing {
  abstract readonly thing: string;
  abstract readonly name: string;
  readonly mem = null;
  readonly uid = freshUid();
  stamp = 0;
  constructor() {
    if (current.machine.worlds.noting) current.machine.belongings.push(this);
    // biome-ignore lint/correctness/noConstructorReturn: an audit puts a proxy in its place
    if (birth.wrap !== null) return birth.wrap(this);
  }
}

/**
 * Follow a pointer to a member without reading memory, as `&p->member` does: null stays null, and
 * the op that uses it reports the null dereference.
 */
export function member<T extends object, K extends keyof T>(object: T | null, key: K): T[K] {
  return object === null ? (null as T[K]) : object[key];
}

/**
 * Say what code between two ops has seen in passing: what it does next need not show that, but it may matter later.
 * @returns the same
 */
export function seen<T>(value: T): T {
  const m = current.machine;
  m.observer?.saw?.(m, value);
  return value;
}

/** Read a field between two ops, in passing: no step of its own, but searches hear of it (`Machine.looks`). */
export function peek<T extends Thing, K extends keyof T & string>(thing: T, field: K): T[K] {
  const m = current.machine;
  if (thing.mem !== null) m.looks(thing.mem, 'life');
  m.looks(thing, field);
  return seen(thing[field]);
}
