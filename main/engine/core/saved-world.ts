// A world as it was when its set-up was over. Every run of a program builds the same world and sets it up in the
// same way (`Machine.run`), so that a search puts it back instead, which takes a tenth of the time.
//
// Everything that can be reached from the machine is noted, field by field; what closures keep must be among the
// machine's `belongings`, or be saved by its checker. Generators cannot be put back: a task that waits is made
// anew and given the results that it got, up to where it waits. All of this is checked when the world is saved,
// and against worlds that are built by `test/engine/saved-world.test.ts`.
import type { Chooser } from './choice';
import type { Machine } from './machine';
import { KObject, LIVE, type Thing } from './object';
import { SavedFields } from './saved-fields';
import { advance, current, type FunctionInfo, type Gen, Task } from './task';

/** Fields that never change once a thing is made, or that nothing depends on. */
const CONSTANT: ReadonlySet<string> = new Set([
  'uid',
  'mem',
  'serial',
  'member',
  'thing',
  'fixedName',
  'full',
  'name',
  'stamp',
  'cls',
  'lockClass',
  'level',
  'specs',
  'options',
]);
/** Fields that lead to tables of functions or of constants, which nobody changes. */
const TABLES: ReadonlySet<string> = new Set([
  'cls',
  'lockClass',
  'level',
  'specs',
  'options',
  'ops',
  'driver',
]);
/** Who made and who freed an object: nobody asks of one that lives, and freeing it says it anew. */
const OF_THE_DEAD: ReadonlySet<string> = new Set([
  'allocTask',
  'allocStep',
  'freeTask',
  'freeStep',
  'freeFunction',
]);

/** A task's own fields. */
class SavedTask {
  private readonly held: Thing[];
  private readonly fields: Task;
  private readonly root: FunctionInfo;

  constructor(
    readonly task: Task,
    /** What its steps gave so far, if it waits in the middle of its body. */
    readonly results: readonly unknown[] | null,
  ) {
    this.fields = new Task(task.id);
    this.fields.impersonate(task);
    this.fields.assume(task);
    this.held = [...task.held];
    this.root = task.frames[0] as FunctionInfo;
  }

  /** Announce again what was announced. @returns whether it is the same */
  private again(): boolean {
    const { task: t, results, fields } = this;
    if (t.make !== fields.make) {
      // Another world has been in the machine meanwhile.
      t.impersonate(fields);
      t.frames[0] = this.root;
    }
    while (t.outer.length > 0) t.outer.pop();
    for (let d = t.depth; d > 0; d--) t.stack[d] = null;
    t.depth = 0;
    t.stack[0] = (t.make as () => Gen<unknown>)();
    if (results === null) return true;
    for (const r of results) if (!advance(t, r)) return false;
    const { kind, object, field, value, depth } = t;
    const same = kind === fields.kind && object === fields.object && field === fields.field;
    fields.value = value;
    return same && depth === fields.depth;
  }

  restore(): boolean {
    const { task: t, fields: f } = this;
    let same = true;
    if (f.alive) same = this.again();
    else t.impersonate(f);
    t.assume(f);
    while (t.held.length > 0) t.held.pop();
    for (let i = 0; i < this.held.length; i++) t.held.push(this.held[i] as Thing);
    return same;
  }
}

/** A machine at rest between its set-up and what comes then. */
export class SavedWorld {
  private readonly fields = new SavedFields();
  private readonly arrays: { readonly now: unknown[]; readonly kept: readonly unknown[] }[] = [];
  private readonly maps: {
    readonly now: Map<unknown, unknown>;
    readonly kept: ReadonlyMap<unknown, unknown>;
  }[] = [];
  private readonly sets: { readonly now: Set<unknown>; readonly kept: ReadonlySet<unknown> }[] = [];
  private readonly tasks: SavedTask[];
  private readonly births: Int32Array;
  private readonly checkers: readonly (() => void)[];
  private readonly objects: number;
  private readonly step: number;
  private readonly time: number;
  private readonly previous: Task | null;
  private readonly things: number;
  private readonly freed: number;
  private readonly delays: Machine['delays'];
  private readonly skips: Machine['skips'];
  private readonly log: Machine['log'];

  private constructor(
    private readonly m: Machine,
    results: readonly (readonly unknown[] | undefined)[],
  ) {
    this.tasks = m.tasks.map((t) => {
      const waits = t.alive && t.steps > 0;
      return new SavedTask(t, waits ? (results[t.id] ?? []) : null);
    });
    this.births = m.births.slice();
    this.checkers = m.checkers.map((c) => c.save()).filter((s) => s !== null);
    this.objects = m.objects.length;
    this.step = m.step;
    this.time = m.time;
    this.previous = m.previous;
    this.things = m.things;
    this.freed = m.freed;
    this.delays = m.delays;
    this.skips = m.skips;
    this.log = m.log;
    this.note([m.extras, m.fired, m.roots, m.objects, m.log, m.belongings, ...m.belongings]);
  }

  /**
   * Save a machine whose set-up has just ended.
   * @param results by task: what its steps have given so far
   * @returns null when this world cannot be put back
   */
  static of(m: Machine, results: readonly (readonly unknown[] | undefined)[]): SavedWorld | null {
    const isPlain = (t: Task): boolean =>
      !t.alive || (t.followUp < 0 && t.postponed < 0 && t.outer.length === 0);
    if (m.findings.length > 0 || m.broken || !m.tasks.every(isPlain)) return null;
    const saved = new SavedWorld(m, results);
    const { task } = current;
    const same = saved.tasks.every((t) => t.restore()) && saved.isAsItWas();
    current.task = task;
    return same ? saved : null;
  }

  /** Note everything that can be reached. */
  private note(roots: readonly unknown[]): void {
    const seen = new Set<unknown>([this.m]);
    const todo: unknown[] = [];
    const meet = (v: unknown): void => {
      if (typeof v !== 'object' || v === null || v instanceof Task || seen.has(v)) return;
      seen.add(v);
      todo.push(v);
    };
    roots.forEach(meet);
    for (const t of this.m.tasks) [t.object, t.value, ...t.held].forEach(meet);
    for (let v = todo.pop(); v !== undefined; v = todo.pop()) {
      if (Array.isArray(v)) {
        this.arrays.push({ now: v, kept: [...v] });
        v.forEach(meet);
      } else if (v instanceof Map) {
        this.maps.push({ now: v, kept: new Map(v) });
        for (const [k, x] of v) {
          meet(k);
          meet(x);
        }
      } else if (v instanceof Set) {
        this.sets.push({ now: v, kept: new Set(v) });
        v.forEach(meet);
      } else {
        const owner = v as Record<string, unknown>;
        const keys = Object.keys(owner);
        for (const key of keys) if (!TABLES.has(key)) meet(owner[key]);
        if (Object.isFrozen(owner)) continue;
        const lives = owner instanceof KObject && owner.state === LIVE;
        const changes = (key: string) => !CONSTANT.has(key) && !(lives && OF_THE_DEAD.has(key));
        this.fields.add(owner, keys.filter(changes));
      }
    }
  }

  private isAsItWas(): boolean {
    const { m } = this;
    return (
      m.things === this.things &&
      m.tasks.length === this.tasks.length &&
      this.births.every((n, i) => m.births[i] === n) &&
      this.fields.areAsTheyWere() &&
      this.arrays.every(
        ({ now, kept }) => now.length === kept.length && now.every((v, i) => v === kept[i]),
      ) &&
      this.maps.every(({ now, kept }) => sameMap(now, kept)) &&
      this.sets.every(({ now, kept }) => sameSet(now, kept))
    );
  }

  /** Put the world back into its machine, for a run under this chooser. */
  restore(chooser: Chooser): void {
    const { m, arrays, maps, sets, tasks, checkers } = this;
    m.freshen(chooser, null, null);
    // Births are counted where objects are made.
    if (m.objects.length !== this.objects) m.births.set(this.births);
    this.fields.restore();
    for (let i = 0; i < arrays.length; i++) {
      const { now, kept } = arrays[i] as (typeof arrays)[number];
      while (now.length > kept.length) now.pop();
      // Most are as they were, and a store costs more than a look.
      for (let k = 0; k < kept.length; k++) if (now[k] !== kept[k]) now[k] = kept[k];
    }
    for (let i = 0; i < maps.length; i++) {
      const { now, kept } = maps[i] as (typeof maps)[number];
      if (sameMap(now, kept)) continue;
      now.clear();
      for (const [k, v] of kept) now.set(k, v);
    }
    for (let i = 0; i < sets.length; i++) {
      const { now, kept } = sets[i] as (typeof sets)[number];
      if (sameSet(now, kept)) continue;
      now.clear();
      for (const v of kept) now.add(v);
    }
    m.step = this.step;
    m.time = this.time;
    m.previous = this.previous;
    m.delays = this.delays;
    m.skips = this.skips;
    m.log = this.log;
    for (let i = 0; i < checkers.length; i++) (checkers[i] as () => void)();
    for (let i = 0; i < tasks.length; i++) {
      const saved = tasks[i] as SavedTask;
      saved.restore();
      m.adopt(saved.task);
    }
    m.things = this.things;
    m.freed = this.freed;
    current.task = null as unknown as Task;
    current.pending = null;
  }
}

/** The same entries in the same order: the order is seen by who walks them. */
function sameMap(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>): boolean {
  if (a.size !== b.size) return false;
  if (a.size === 0) return true;
  const there = b.entries();
  for (const [k, v] of a) {
    const [k2, v2] = there.next().value as [unknown, unknown];
    if (k !== k2 || v !== v2) return false;
  }
  return true;
}

function sameSet(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  if (a.size !== b.size) return false;
  if (a.size === 0) return true;
  const there = b.values();
  for (const v of a) if (there.next().value !== v) return false;
  return true;
}

/** What a machine has saved: the world of one program. */
export class Worlds {
  /** Is a world to be saved when its set-up is over? */
  noting = false;
  /** Has the world of this run been put back? Then its things are those of the run before. */
  putBack = false;
  /** Tasks that the world of this run had when it was put back; 0 where it has been built. */
  begunWith = 0;
  /** How often a world has been saved. */
  saves = 0;
  /** Ops that the set-up of the saved world takes. */
  setUpOps = 0;
  /** By task: what its steps have given since then. */
  private results: unknown[][] = [];
  private program: unknown = null;
  private saved: SavedWorld | null = null;

  constructor(private readonly m: Machine) {}

  /** A run begins; that its world is saved, or has been put back, is still to be said. */
  begin(): void {
    this.noting = false;
    this.putBack = false;
    this.begunWith = 0;
  }

  /**
   * Put the world of this program back, set up and all.
   * @returns false when there is none yet, or it cannot be put back: begin, build it and let it run
   */
  resume(program: unknown, chooser: Chooser): boolean {
    if (this.program !== program || this.saved === null) return false;
    this.saved.restore(chooser);
    this.putBack = true;
    this.begunWith = this.m.tasks.length;
    return true;
  }

  /** Has the world of this program been saved, or found to be none that can be put back? */
  knows(program: unknown): boolean {
    return this.program === program;
  }

  /** Call between `begin` and the first op: save the world of this program when its set-up is over. */
  saveFor(program: unknown): void {
    if (this.program === program) return;
    this.program = program;
    this.saved = null;
    this.results = [];
    this.setUpOps = 0;
    this.noting = true;
  }

  note(t: Task, result: unknown): void {
    const mine = this.results[t.id] ?? [];
    this.results[t.id] = mine;
    mine.push(result);
  }

  /** The set-up is over. */
  save(): void {
    this.noting = false;
    this.saves++;
    this.saved = SavedWorld.of(this.m, this.results);
    this.results = [];
  }
}
