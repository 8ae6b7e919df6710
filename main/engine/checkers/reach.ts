// What can be reached from the machine's roots and from the stacks of the tasks that still run. A run that puts
// its world back has the things of the run before: what led to them then is looked at first, and only where it does
// not lead to them any more is everything walked.
import type { Machine } from '../core/machine';
import { KObject, LIVE } from '../core/object';
import { Task } from '../core/task';
import { ListHead } from '../primitives/list';
import { waitingForGrace } from '../primitives/rcu';

/** What a thing was found in: a field, an element, an entry; null for a root. */
interface Link {
  readonly holder: object | null;
  readonly key: unknown;
}

/** Marks of walks. Below 0: searches of states mark things, too, with numbers above it. */
let mark = 0;
/** Fields that lead to what has no pointers: tables of constants. */
const isTable = (key: string): boolean => key === 'cls' || key === 'lockClass' || key === 'specs';

const ROOT: Link = { holder: null, key: null };
const NOTHING: KObject[] = [];

/** Walks of a world that links are kept from: the things that all of its runs have are known then. */
const LEARNING = 64;

/** Does a link still lead to a thing? */
function leads({ holder, key }: Link, to: object): boolean {
  if (holder instanceof ListHead) return holder.holds(to);
  if (holder instanceof Map) return holder.get(key) === to;
  return (holder as Record<string, unknown>)[key as string] === to;
}

/** Finds what cannot be reached. */
export class Reach {
  private readonly links = new Map<object, Link>();
  private here = 0;
  /** The world that the links are of, and how many walks they come from. */
  private world = 0;
  private walks = 0;

  /** Those that nothing leads to. @param wanted live objects */
  unreachable(m: Machine, wanted: readonly KObject[]): readonly KObject[] {
    this.here = --mark;
    const unknown = m.worlds.putBack ? this.unknown(m, wanted) : wanted;
    if (unknown.length === 0) return unknown;
    const lost = --mark;
    for (const o of unknown) o.stamp = lost;
    this.here = --mark;
    this.walk(m, lost, unknown.length);
    return unknown.filter((o) => o.stamp === lost);
  }

  /** Those that nothing is known to lead to. */
  private unknown(m: Machine, wanted: readonly KObject[]): readonly KObject[] {
    if (this.world !== m.worlds.saves) {
      this.world = m.worlds.saves;
      this.walks = 0;
      this.links.clear();
    }
    let out = NOTHING;
    for (let i = 0; i < wanted.length; i++) {
      const o = wanted[i] as KObject;
      if (this.isKnown(m, o)) continue;
      if (out === NOTHING) out = [o];
      else out.push(o);
    }
    return out;
  }

  /** Does what led to a thing before still do so? */
  private isKnown(m: Machine, thing: object): boolean {
    const { stamp } = thing as { stamp?: number };
    if (stamp === this.here) return true;
    const link = this.links.get(thing);
    if (link === undefined) return false;
    const { holder } = link;
    if (holder === null ? !(m.roots as object[]).includes(thing) : !leads(link, thing))
      return false;
    if (holder instanceof KObject && holder.state !== LIVE) return false;
    if (holder !== null && !this.isKnown(m, holder)) return false;
    if (stamp !== undefined) (thing as { stamp: number }).stamp = this.here;
    return true;
  }

  /** Follow every pointer, until all things of a mark have been met. */
  private walk(m: Machine, lost: number, wanted: number): void {
    const { here, links } = this;
    /** What bears no mark. */
    const seen = new Set<object>();
    const todo: object[] = [];
    let left = wanted;
    let keeps = m.worlds.putBack && this.walks++ < LEARNING;
    const push = (v: unknown, holder: object | null, key: unknown): void => {
      if (v === null || typeof v !== 'object' || v instanceof Task) return;
      const thing = v as { stamp?: number };
      if (thing.stamp === undefined) {
        if (seen.has(v)) return;
        seen.add(v);
      } else {
        if (thing.stamp === here) return;
        if (thing.stamp === lost) left--;
        thing.stamp = here;
      }
      todo.push(v);
      if (keeps) links.set(v, holder === null ? ROOT : { holder, key });
    };
    const follow = (): void => {
      while (todo.length > 0 && left > 0) {
        const v = todo.pop() as object;
        if (v instanceof KObject && v.state !== LIVE) continue;
        if (v instanceof ListHead) for (const e of v.entries()) push(e, v, null);
        else if (v instanceof Map) for (const [k, x] of v) push(x, v, k);
        else if (Array.isArray(v)) for (const [k, x] of v.entries()) push(x, v, k);
        else {
          for (const key in v) {
            const part = (v as Record<string, unknown>)[key];
            if (typeof part === 'object' && part !== null && !isTable(key)) push(part, v, key);
          }
        }
      }
    };
    for (const r of m.roots) push(r, null, null);
    follow();
    // What only a task leads to is not in the same place in the next run.
    keeps = false;
    for (const o of waitingForGrace(m)) push(o, null, null);
    for (const t of m.tasks) {
      if (!t.alive) continue;
      push(t.value, null, null);
      push(t.object, null, null);
    }
    follow();
  }
}
