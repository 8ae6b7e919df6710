// KCSAN, with vector clocks instead of sampling: two concurrent accesses to one location, at least
// one a write and at least one plain, with nothing that orders them (3.2). Off by default: the older
// variants have plain accesses that are racy by design.
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import type { KObject, Thing } from '../core/object';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import type { ListNode } from '../primitives/list';

/** By task id; what is missing is 0. */
type Clock = number[];

interface Access {
  readonly task: Task;
  readonly at: number;
  readonly step: number;
  readonly fn: string;
  readonly plain: boolean;
}

interface Location {
  write: Access | null;
  reads: Access[];
}

type Role =
  | 'read'
  | 'write'
  | 'marked-read'
  | 'marked-write'
  | 'acquire'
  | 'release'
  | 'both'
  | 'free';

const ROLES: Readonly<Record<string, Role>> = {
  load: 'read',
  list_empty: 'read',
  list_first: 'read',
  list_next: 'read',
  store: 'write',
  list_add: 'write',
  list_del: 'write',
  read_once: 'marked-read',
  write_once: 'marked-write',
  atomic_rmw: 'both',
  atomic_cmpxchg: 'both',
  rcu_dereference: 'acquire',
  rcu_assign_pointer: 'release',
  refcount_read: 'marked-read',
  refcount_inc: 'marked-write',
  refcount_inc_not_zero: 'marked-write',
  refcount_dec: 'release',
  refcount_dec_and_test: 'both',
  refcount_dec_if_one: 'both',
  mutex_lock: 'acquire',
  mutex_unlock: 'release',
  mutex_trylock: 'acquire',
  spin_trylock: 'acquire',
  spin_lock: 'acquire',
  spin_unlock: 'release',
  down_read: 'acquire',
  up_read: 'release',
  down_write: 'acquire',
  up_write: 'release',
  xa_load: 'both',
  xa_store: 'both',
  xa_erase: 'both',
  xa_alloc: 'both',
  queue_work: 'release',
  work_start: 'acquire',
  work_end: 'release',
  flush_wait: 'acquire',
  complete: 'release',
  wait_for_completion: 'acquire',
  wake_up: 'release',
  wait_event: 'acquire',
  schedule: 'acquire',
  prq_enqueue: 'release',
  ring_wait: 'acquire',
  rcu_read_unlock: 'release',
  rcu_free: 'acquire',
  grace_period: 'acquire',
  task_start: 'acquire',
  task_exit: 'release',
  task_join: 'acquire',
  free: 'free',
};

const ROLE_OF: (Role | undefined)[] = KINDS.map((k) => ROLES[k.name]);
const QUEUE_WORK = kindId('queue_work');
const RCU_UNLOCK = kindId('rcu_read_unlock');
const RCU_WAITS = new Set([kindId('rcu_free'), kindId('grace_period')]);
const TASK_START = kindId('task_start');
const TASK_EXIT = kindId('task_exit');
const RCU = { name: 'rcu' };
const SET_UP = { name: 'set-up' };

const copyOf = (loc: Location): Location => ({ ...loc, reads: [...loc.reads] });

/** Data races, by happens-before. */
export function dataRaceChecker(): Checker {
  const clocks: Clock[] = [];
  let synced = new Map<object, Clock>();
  let places = new Map<object, Map<string, Location>>();

  function forget(): void {
    clocks.length = 0;
    // New ones: what a cleared map has held stays reachable for V8's collector of the young until all are collected.
    synced = new Map();
    places = new Map();
  }

  function clockOf(t: Task): Clock {
    let c = clocks[t.id];
    if (c === undefined) {
      c = [];
      clocks[t.id] = c;
      for (let i = 0; i < t.id; i++) c.push(0);
      c.push(1);
    }
    return c;
  }

  function join(into: Clock, from: Clock): void {
    for (let i = 0; i < from.length; i++) {
      const n = from[i] as number;
      if (i >= into.length) into.push(n);
      else if (n > (into[i] as number)) into[i] = n;
    }
  }

  function release(t: Task, on: object): void {
    const mine = clockOf(t);
    const there = synced.get(on);
    if (there === undefined) synced.set(on, mine.slice());
    else join(there, mine);
    mine[t.id] = (mine[t.id] as number) + 1;
  }

  const ordered = (a: Access, t: Task): boolean => (clockOf(t)[a.task.id] ?? 0) >= a.at;

  function race(m: Machine, t: Task, thing: Thing, a: Access, fn: string): void {
    const [one, other] = [a.fn, fn].sort() as [string, string];
    const where = thing.mem === null ? thing.name : thing.mem.cls.name;
    report(m, {
      checker: 'data-race',
      severity: 'warning',
      title: `BUG: KCSAN: data-race in ${one} / ${other}`,
      message: `${t.name} in ${fn} and ${a.task.name} in ${a.fn} access ${thing.name} \
with nothing that orders them`,
      identity: `data-race|${where}|${one}|${other}`,
      at: t,
      thing,
      related: [{ label: `access by ${a.task.name}`, step: a.step }],
    });
  }

  function access(
    m: Machine,
    t: Task,
    thing: Thing,
    field: string,
    write: boolean,
    plain: boolean,
  ) {
    let fields = places.get(thing);
    if (fields === undefined) {
      fields = new Map();
      places.set(thing, fields);
    }
    let loc = fields.get(field);
    if (loc === undefined) {
      loc = { write: null, reads: [] };
      fields.set(field, loc);
    }
    const fn = functionOf(t).name;
    const at = clockOf(t)[t.id] as number;
    const mine: Access = { task: t, at, step: m.step, fn, plain };
    const clash = (a: Access): boolean => a.task !== t && (plain || a.plain) && !ordered(a, t);
    if (loc.write !== null && clash(loc.write)) race(m, t, thing, loc.write, fn);
    if (write) {
      const r = loc.reads.find(clash);
      if (r !== undefined) race(m, t, thing, r, fn);
      loc.write = mine;
      loc.reads = [];
    } else {
      loc.reads = loc.reads.filter((r) => r.task !== t);
      loc.reads.push(mine);
    }
  }

  function freed(m: Machine, t: Task, o: KObject): void {
    const fn = functionOf(t).name;
    for (const [thing, fields] of places) {
      if ((thing as Thing).mem !== o) continue;
      for (const loc of fields.values()) {
        const all = loc.write === null ? loc.reads : [loc.write, ...loc.reads];
        const a = all.find((x) => x.task !== t && !ordered(x, t));
        if (a !== undefined) race(m, t, thing as Thing, a, fn);
      }
    }
  }

  /** What a step synchronises on. */
  function meeting(t: Task): object | null {
    if (t.kind === RCU_UNLOCK || RCU_WAITS.has(t.kind)) return RCU;
    if (t.kind === TASK_START) return SET_UP;
    if (t.kind === QUEUE_WORK) return t.value as object;
    return t.object;
  }

  /** A list is one location, whichever of its nodes a step names. */
  function place(t: Task): Thing {
    return ((t.object as ListNode).home ?? t.object) as Thing;
  }

  return {
    name: 'data-race',
    kinds: Object.keys(ROLES),
    judgesOrder: true,
    save() {
      const then = clocks.map((c) => c.slice());
      const met = [...synced].map(([on, c]) => [on, c.slice()] as const);
      const seen = [...places].map(
        ([thing, fields]) =>
          [thing, [...fields].map(([f, loc]) => [f, copyOf(loc)] as const)] as const,
      );
      return () => {
        forget();
        // By task id; some have not done anything yet.
        then.forEach((c, id) => {
          clocks[id] = c.slice();
        });
        for (const [on, c] of met) synced.set(on, c.slice());
        for (const [thing, fields] of seen) {
          places.set(thing, new Map(fields.map(([f, loc]) => [f, copyOf(loc)])));
        }
      };
    },
    reset: forget,
    after(m, t) {
      const role = ROLE_OF[t.kind] as Role;
      if (role === 'free') {
        freed(m, t, t.object as KObject);
        return;
      }
      const field = t.field ?? '';
      if (role === 'read' || role === 'write') {
        access(m, t, place(t), field, role === 'write', true);
        return;
      }
      const marked = role === 'marked-read' || role === 'marked-write';
      const pointer = t.field !== null && t.object !== null && t.object.thing === 'object';
      if (marked || pointer) {
        const writes = role === 'marked-write' || role === 'release' || role === 'both';
        access(m, t, t.object as Thing, field, writes, false);
      }
      if (marked) return;
      // What the set-up did is seen by every task that waited for it; other ends are seen by joins.
      if (t.kind === TASK_EXIT) {
        if (m.settingUp) release(t, SET_UP);
        release(t, t);
        return;
      }
      const on = meeting(t);
      if (on === null) return;
      const there = role === 'release' ? undefined : synced.get(on);
      if (there !== undefined) join(clockOf(t), there);
      if (role !== 'acquire') release(t, on);
    },
  };
}
