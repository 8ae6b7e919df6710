// lockdep: an order once seen between two lock classes must never be seen the other way round,
// even when nothing blocked (3.2). Work queues take part through their pseudo-lock: running an
// item holds it, flushing acquires and releases it.
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import type { Thing } from '../core/object';
import { functionOf, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { type Lock, type LockClass, lockClasses, TAKES_LOCK } from '../primitives/lock-class';

interface Edge {
  readonly step: number;
  readonly task: string;
  readonly where: string;
}

const FLUSH_BEGIN = kindId('flush_begin');

/** Lock order: circular dependencies and recursive locking. */
export function lockOrderChecker(): Checker {
  /** Classes there is room for: a power of two, at least as many as are declared. */
  let size = 64;
  /** 1 at `from * size + to` when `to` was taken while `from` was held. */
  let after = new Uint8Array(size * size);
  const edges = new Map<number, Edge>();
  let used = false;
  /** How often everything has been forgotten. */
  let age = 0;

  function forget(): void {
    if (!used) return;
    used = false;
    age++;
    for (const edge of edges.keys()) after[edge] = 0;
    edges.clear();
  }

  function makeRoom(): void {
    const old = size;
    while (size < lockClasses().length) size *= 2;
    const wider = new Uint8Array(size * size);
    const moved = [...edges].map(([at, edge]) => {
      const to = Math.floor(at / old) * size + (at % old);
      wider[to] = 1;
      return [to, edge] as const;
    });
    edges.clear();
    for (const [at, edge] of moved) edges.set(at, edge);
    after = wider;
  }

  function reaches(from: number, to: number): number[] | null {
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

  function acquire(m: Machine, t: Task, taken: Lock, lastHeld: number): void {
    const to = taken.lockClass;
    if (to.id >= size) makeRoom();
    for (let i = 0; i < lastHeld; i++) {
      const held = t.held[i] as Lock;
      const from = held.lockClass;
      if (from === to) {
        if (!to.pseudo) recursive(m, t, held, taken);
        continue;
      }
      if (after[from.id * size + to.id]) continue;
      const path = reaches(to.id, from.id);
      after[from.id * size + to.id] = 1;
      used = true;
      edges.set(from.id * size + to.id, {
        step: m.step,
        task: t.name,
        where: functionOf(t).name,
      });
      if (path !== null) circular(m, t, held, taken, path);
    }
  }

  function recursive(m: Machine, t: Task, held: Lock, taken: Lock): void {
    report(m, {
      checker: 'lock-order',
      severity: 'warning',
      title: 'WARNING: possible recursive locking detected',
      message: `${t.name} takes ${taken.name} while it holds ${held.name} of the same class`,
      identity: `recursive|${taken.lockClass.name}|${functionOf(t).name}`,
      at: t,
      thing: taken as Thing,
    });
  }

  function circular(m: Machine, t: Task, held: Lock, taken: Lock, path: number[]): void {
    const classes = lockClasses();
    const name = (id: number): string => (classes[id] as LockClass).name;
    const related = [];
    const details = ['the existing dependency chain (in reverse order) is:'];
    for (let i = path.length - 1; i > 0; i--) {
      const edge = edges.get((path[i - 1] as number) * size + (path[i] as number)) as Edge;
      const text = `${name(path[i - 1] as number)} -> ${name(path[i] as number)}`;
      details.push(`  ${text}: in ${edge.where} by ${edge.task} (step ${edge.step})`);
      related.push({ label: text, step: edge.step });
    }
    const back = `${held.lockClass.name} -> ${taken.lockClass.name}`;
    details.push(`  ${back}: now, in ${functionOf(t).name} by ${t.name}`);
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

  return {
    name: 'lock-order',
    kinds: ['mutex_lock', 'spin_lock', 'down_read', 'down_write', 'work_start', 'flush_begin'],
    remembers: () => new Set(edges.keys()),
    save() {
      const kept = [...edges];
      const room = size;
      let then = age;
      return () => {
        // Edges are only added, until they are forgotten.
        if (age === then && edges.size === kept.length && size === room) return;
        forget();
        then = age;
        // Places move when there is more room.
        const moved = (at: number): number => Math.floor(at / room) * size + (at % room);
        for (const [at, edge] of kept) {
          edges.set(moved(at), edge);
          after[moved(at)] = 1;
        }
        used = kept.length > 0;
      };
    },
    reset: forget,
    blocked(m, t) {
      // lockdep looks before it sleeps, so a task that takes a lock twice is told so.
      if (t.held.length > 0 && TAKES_LOCK[t.kind] && t.object !== null) {
        acquire(m, t, t.object as Lock & Thing, t.held.length);
      }
    },
    after(m, t) {
      const n = t.held.length;
      if (t.kind === FLUSH_BEGIN) acquire(m, t, t.object as Lock & Thing, n);
      else if (n > 1) acquire(m, t, t.held[n - 1] as Lock, n - 1);
    },
  };
}
