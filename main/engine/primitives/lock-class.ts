// Lock classes, as lockdep sees them: one per initialisation site, shared by all instances
// (`kernel-iopf.md` 3.2).
import { report } from '../core/finding';
import type { Machine } from '../core/machine';
import { Embedded, type KObject, type ObjectClass, type Thing } from '../core/object';
import { current, functionOf, type Step, type Task } from '../core/task';
import { KINDS } from '../core/vocabulary';
import { WARN_ON } from './printk';

const WAITING = ['mutex_lock', 'spin_lock', 'down_read', 'down_write'];
/** By kind of op: does it take a lock, and wait until it can? */
export const TAKES_LOCK: readonly boolean[] = KINDS.map((k) => WAITING.includes(k.name));

/** lockdep's view of a group of locks. */
export interface LockClass {
  readonly id: number;
  readonly name: string;
  /** A pseudo-lock that stands for "running an item of this work queue". */
  readonly pseudo: boolean;
}

const classes: LockClass[] = [];
const byName = new Map<string, LockClass>();

/** The lock class of a name; declared on first use, so ids follow the order of declaration. */
export function lockClass(name: string, pseudo = false): LockClass {
  const known = byName.get(name);
  if (known !== undefined) return known;
  const c = { id: classes.length, name, pseudo };
  classes.push(c);
  byName.set(name, c);
  return c;
}

const byMember: Map<string, LockClass>[] = [];

/** The class of a lock that is a member of a structure: `structure.member`. */
export function memberLockClass(cls: ObjectClass, member: string, pseudo = false): LockClass {
  let members = byMember[cls.id];
  if (members === undefined) {
    members = new Map();
    byMember[cls.id] = members;
  }
  let c = members.get(member);
  if (c === undefined) {
    c = lockClass(`${cls.name}.${member}`, pseudo);
    members.set(member, c);
  }
  return c;
}

/** Every lock class by id. */
export function lockClasses(): readonly LockClass[] {
  return classes;
}

/** Something a task can hold. */
export interface Lock extends Thing {
  readonly lockClass: LockClass;
}

/** A lock embedded in a memory object. */
export abstract class LockBase extends Embedded implements Lock {
  owner: Task | null = null;
  constructor(
    mem: KObject,
    member: string,
    readonly lockClass: LockClass,
  ) {
    super(mem, member);
  }
}

/** Note who holds a lock. */
export function setOwner(m: Machine, lock: LockBase, owner: Task | null): void {
  if (m.recorder !== null) m.recorder.delta(lock, 'owner', lock.owner, owner);
  lock.owner = owner;
}

/** A task releases a lock that it does not hold. */
export function badUnlock(m: Machine, t: Task, lock: Lock): void {
  report(m, {
    checker: 'lock-order',
    severity: 'warning',
    title: 'WARNING: bad unlock balance detected!',
    message: `${t.name} releases ${lock.name}, which it does not hold`,
    identity: `bad-unlock|${lock.lockClass.name}|${functionOf(t).name}`,
    at: t,
    thing: lock,
  });
}

/** lockdep_assert_held: a warning unless the running task holds the lock; no step otherwise. */
export function lockdep_assert_held(lock: Lock): Step<void> {
  const held = current.task.held.includes(lock);
  return WARN_ON(!held, `${lock.lockClass.name} is not held`);
}

/** Take a lock off the list of those a task holds; returns false when it was not on it. */
export function dropHeld(t: Task, lock: Thing): boolean {
  const { held } = t;
  let i = held.length - 1;
  while (i >= 0 && held[i] !== lock) i--;
  if (i < 0) return false;
  for (; i + 1 < held.length; i++) held[i] = held[i + 1] as Thing;
  held.pop();
  return true;
}
