// lockdep: an order once seen between two lock classes must never be seen the other way round,
// even when nothing blocked (3.2). Work queues take part through their pseudo-lock: running an
// item holds it, flushing acquires and releases it.
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import type { Thing } from '../core/object';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import { type Lock, type LockClass, lockClasses, TAKES_LOCK } from '../primitives/lock-class';

/** One class was taken while another was held. Used again from run to run. */
class Edge {
  from = 0;
  to = 0;
  step = 0;
  task = '';
  where = '';
  /** The lock that was held; its name is made only when it is said. */
  held: Lock | null = null;

  become(e: Edge): void {
    this.from = e.from;
    this.to = e.to;
    this.step = e.step;
    this.held = e.held;
    this.task = e.task;
    this.where = e.where;
  }
}

/** A number of 31 bits for an order: sums of them tell sets of orders apart. */
function weight({ from, to }: Edge): number {
  let x = Math.imul(from * 0x10000 + to + 1, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 15), 0x85ebca77);
  return (x ^ (x >>> 13)) >>> 1;
}

const FLUSH_BEGIN = kindId('flush_begin');

/** Lock order: circular dependencies and recursive locking. */
export function lockOrderChecker(): Checker {
  /** Classes there is room for: a power of two, at least as many as are declared. */
  let size = 64;
  /** 1 at `from * size + to` when `to` was taken while `from` was held. */
  let after = new Uint8Array(size * size);
  /** Orders seen so far: the first `n`. They are only added, until some are forgotten. */
  const edges: Edge[] = [];
  let n = 0;
  /** Stands for the orders seen, whichever came first. */
  let sum = 0;
  /** How often everything has been forgotten. */
  let age = 0;

  /** Forget all but the first orders. */
  function keep(first: number): void {
    while (n > first) {
      n--;
      const edge = edges[n] as Edge;
      after[edge.from * size + edge.to] = 0;
      sum -= weight(edge);
    }
  }

  function forget(): void {
    keep(0);
    age++;
  }

  function nextEdge(): Edge {
    const edge = edges[n] ?? new Edge();
    edges[n++] = edge;
    return edge;
  }

  function mark({ from, to }: Edge): void {
    after[from * size + to] = 1;
  }

  function add(e: Edge): void {
    mark(e);
    sum += weight(e);
  }

  function makeRoom(): void {
    while (size < lockClasses().length) size *= 2;
    after = new Uint8Array(size * size);
    for (let i = 0; i < n; i++) mark(edges[i] as Edge);
  }

  /** The classes on the way from one to another, over orders seen; null if there is none. */
  function reaches(from: number, to: number): number[] | null {
    let leads = false;
    for (let i = 0; i < n && !leads; i++) leads = (edges[i] as Edge).from === from;
    return leads ? pathBetween(from, to) : null;
  }

  function pathBetween(from: number, to: number): number[] | null {
    const seen = new Set<number>();
    const path: number[] = [];
    const walk = (at: number): boolean => {
      path.push(at);
      if (at === to) return true;
      seen.add(at);
      for (let next = 0; next < size; next++) {
        if (after[at * size + next] && !seen.has(next) && walk(next)) return true;
      }
      path.pop();
      return false;
    };
    return walk(from) ? path : null;
  }

  /**
   * @param lastHeld how many of the locks that `t` holds it held before
   * @param waits it has not got the lock yet
   */
  function acquire(m: Machine, t: Task, taken: Lock, lastHeld: number, waits = false): void {
    const to = taken.lockClass;
    if (to.id >= size) makeRoom();
    for (let i = 0; i < lastHeld; i++) {
      const held = t.held[i] as Lock;
      const from = held.lockClass;
      if (from === to) {
        if (!to.pseudo) recursive(m, t, held, taken, waits);
        continue;
      }
      if (after[from.id * size + to.id]) continue;
      const path = reaches(to.id, from.id);
      const edge = nextEdge();
      edge.from = from.id;
      edge.to = to.id;
      edge.step = m.step;
      edge.task = t.name;
      edge.where = functionOf(t).name;
      edge.held = held;
      add(edge);
      if (path !== null) circular(m, t, held, taken, path, waits);
    }
  }

  /** What closes the cycle; `race-locks.ts` reads it. */
  function now(t: Task, held: Lock, taken: Lock, waits: boolean): string {
    const order = `${held.lockClass.name} -> ${taken.lockClass.name}`;
    const last = waits ? `, waiting for ${taken.name} (${KINDS[t.kind]?.name})` : '';
    return `  ${order}: now, in ${functionOf(t).name} by ${t.name}, holding ${held.name}${last}`;
  }

  function recursive(m: Machine, t: Task, held: Lock, taken: Lock, waits: boolean): void {
    report(m, {
      checker: 'lock-order',
      severity: 'warning',
      title: 'WARNING: possible recursive locking detected',
      message: `${t.name} takes ${taken.name} while it holds ${held.name} of the same class`,
      identity: `recursive|${taken.lockClass.name}|${functionOf(t).name}`,
      at: t,
      thing: taken as Thing,
      details: [now(t, held, taken, waits)],
    });
  }

  function circular(
    m: Machine,
    t: Task,
    held: Lock,
    taken: Lock,
    path: number[],
    waits: boolean,
  ): void {
    const classes = lockClasses();
    const name = (id: number): string => (classes[id] as LockClass).name;
    const related = [];
    const details = ['the existing dependency chain (in reverse order) is:'];
    for (let i = path.length - 1; i > 0; i--) {
      const isIt = (e: Edge, k: number) => k < n && e.from === path[i - 1] && e.to === path[i];
      const edge = edges.find(isIt) as Edge;
      const text = `${name(path[i - 1] as number)} -> ${name(path[i] as number)}`;
      details.push(
        `  ${text}: in ${edge.where} by ${edge.task} (step ${edge.step}), holding ${edge.held?.name}`,
      );
      related.push({ label: text, step: edge.step });
    }
    details.push(now(t, held, taken, waits));
    const cycle = [...path].sort((a, b) => a - b).map(name);
    report(m, {
      checker: 'lock-order',
      severity: 'warning',
      title: 'WARNING: possible circular locking dependency detected',
      message: `${t.name} takes ${taken.name} while it holds ${held.name} in \
${functionOf(t).name}; the other order, ${path.map(name).join(' -> ')}, was seen before`,
      identity: `lock-order|${cycle.join('|')}`,
      at: t,
      thing: taken as Thing,
      related,
      details,
    });
  }

  function attempt(m: Machine, t: Task): void {
    if (t.held.length === 0 || !TAKES_LOCK[t.kind] || t.object === null) return;
    acquire(m, t, t.object as Lock & Thing, t.held.length, true);
  }

  return {
    name: 'lock-order',
    kinds: ['mutex_lock', 'spin_lock', 'down_read', 'down_write', 'work_start', 'flush_begin'],
    remembers: () => sum,
    save() {
      const kept = edges.slice(0, n).map((e) => {
        const copy = new Edge();
        copy.become(e);
        return copy;
      });
      let then = age;
      return () => {
        if (age === then) keep(kept.length);
        else {
          forget();
          then = age;
          for (const e of kept) {
            nextEdge().become(e);
            add(e);
          }
        }
      };
    },
    reset: forget,
    // lockdep looks before it sleeps, so a task that takes a lock twice is told so.
    blocked: attempt,
    // Who could have gone on when it came to the lock, and cannot at the end, has looked, too.
    end(m) {
      for (const t of m.tasks) if (t.alive) attempt(m, t);
    },
    after(m, t) {
      const n = t.held.length;
      if (t.kind === FLUSH_BEGIN) acquire(m, t, t.object as Lock & Thing, n);
      else if (n > 1) acquire(m, t, t.held[n - 1] as Lock, n - 1);
    },
  };
}
