// Optimal dynamic partial-order reduction (Abdulla, Aronis, Jonsson, Sagonas, JACM 2017): one
// execution for every Mazurkiewicz trace, found through reversible races, kept apart by sleep sets and
// wake-up trees. Answers to fault choices are part of an event. Stateless: an execution repeats the
// beginning it shares with the one before and goes on from there.
//
// A fatal finding does not end an execution here (`Machine.goesOn`): what other tasks would have done
// later takes part in races, too, and a search that stopped would miss them.
import { type BareArray, bareArray } from '../core/bare-array';
import type { Chooser } from '../core/choice';
import { type Footprint, Footprints } from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import type { Thing } from '../core/object';
import type { Observer } from '../core/observer';
import { isReady } from '../core/performers';
import { current, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { foundApart } from './apart';
import { tryConditions } from './conditions';
import { countsCommute } from './counts';
import {
  lessonOf,
  type Node,
  partOf,
  removeAt,
  type SavedDpor,
  StartAgain,
  shareDone,
} from './dpor-state';
import { FickleEvents, Repeats } from './fickle';
import { EventTable } from './happens-before';
import { type Program, runGuided } from './program';
import { FREE, HOLDS, STUCK } from './races';
import { Readiness } from './readiness';
import { type Apart, type Coverage, estimate, PathChooser, type Search } from './search';
import { WAITS } from './trace';
import {
  ALL_OF_IT,
  answeredNext,
  asleep,
  awake,
  type Branch,
  coveredUntil,
  insert,
  instead,
  isSettled,
  NO_BRANCHES,
  NO_CHOICE,
  NO_SLEEP,
  openAnswers,
  type Sleeper,
  staysCovered,
  stillAsleep,
  UNCOVERED,
} from './wakeup-tree';

const WORK_START = kindId('work_start');

/** Explores every trace of a program once. */
export class Dpor implements Chooser, Observer, Search {
  readonly always = true;
  readonly goesOn = true;
  readonly preemptions = -1;
  /** Executions that were given up because all they could lead to had been explored. */
  blocked = 0;
  /** What has been cut off so far, see `splitAt`. */
  readonly parts: SavedDpor[] = [];
  /** The search has to start again: the run has shown that its footprints were too small. */
  private restart = false;
  private readonly readiness = new Readiness();
  private table = new EventTable(this.readiness);
  private footprints = new Footprints();
  private nodes: Node[] = [];
  /** Nodes below this number belong to somebody else, and which of them have raced with others. */
  private root = 0;
  private raced = new Set<number>();
  /** Events that this execution shares with the one before. */
  private keep = 0;
  private at = 0;

  // The event being recorded.
  private pendingTask: Task | null = null;
  private wait = FREE;
  private picked = 0;
  private widths: readonly number[] = NO_CHOICE;
  private readonly widthsOf: BareArray<readonly number[]> = bareArray();
  private knownTasks = 0;
  private cut = false;
  private guidedAt = -1;
  /** Ids of the tasks of the events. */
  private readonly path: BareArray<number> = bareArray();

  /**
   * @param commutingCounts see `Footprints.commutingCounts`
   * @param splitAt cut the search into `parts` at this event: every one of them is explored by another
   *   search, and each trace belongs to one of them
   */
  constructor(
    readonly commutingCounts = false,
    private readonly splitAt = 0,
  ) {
    this.footprints.commutingCounts = commutingCounts;
  }

  /** Run the next execution. `m` must go on after fatal findings. */
  run(m: Machine, program: Program): Outcome {
    if (this.untried) {
      this.untried = false;
      tryConditions(m, program, this.footprints);
      this.learnt = this.footprints.learnt;
    }
    this.pendingTask = null;
    this.cut = false;
    this.at = 0;
    this.knownTasks = 0;
    return runGuided(m, program, this, this.path, this.keep);
  }

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const e = this.settle();
    this.readiness.note(e, runnable, n);
    this.picked = 0;
    this.widths = NO_CHOICE;
    const node = this.nodes[e];
    const pick =
      node !== undefined && node.branches.length > 0
        ? this.pickForeseen(e, node, runnable, n, previous)
        : this.choose(e, runnable, n, previous);
    this.cut = pick < 0;
    if (this.cut) return -1;
    const t = runnable[pick] as Task;
    this.pendingTask = t;
    this.wait = WAITS[t.kind] as number;
    return pick;
  }

  /** Go on with what was foreseen, or where that cannot be, with something else that follows the events before. */
  private pickForeseen(
    e: number,
    node: Node,
    runnable: ArrayLike<Task>,
    n: number,
    previous: Task | null,
  ): number {
    for (;;) {
      const first = node.branches[0];
      // Something has to be explored here: what has led here is taken for explored from now on.
      if (first === undefined) return e > this.keep ? this.choose(e, runnable, n, previous) : -1;
      const key = this.table.keys[first.proc];
      let i = 0;
      while (i < n && (runnable[i] as Task).key !== key) i++;
      if (i < n) return i;
      if (first.unsure !== true) break;
      removeAt(node.branches, 0);
    }
    // Others rely on what should have been explored through it.
    const foreseen = node.branches;
    const pick = this.choose(e, runnable, n, previous);
    node.branches = pick < 0 ? foreseen : instead(node.branches, foreseen);
    return pick;
  }

  /** The machine has repeated the events that are known. */
  private followed(): void {
    this.at = this.keep;
    this.knownTasks = current.machine.tasks.length;
  }

  /** Explore freely: keep going, else the lowest task; never what sleeps. */
  private choose(e: number, runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    let node = this.nodes[e];
    if (node === undefined) {
      node = { sleep: NO_SLEEP, branches: NO_BRANCHES, finished: 0 };
      this.nodes.push(node);
    }
    if (this.splitAt > 0) return this.chooseAll(e, node, runnable, n);
    const pick = awake(node.sleep, this.table, runnable, n, previous);
    if (pick < 0) return -1;
    const proc = this.table.task((runnable[pick] as Task).key);
    node.branches = [{ proc, options: NO_CHOICE, footprint: null, children: NO_BRANCHES }];
    return pick;
  }

  /** While a search is cut into parts every task is tried; sleep sets keep traces apart. */
  private chooseAll(e: number, node: Node, runnable: ArrayLike<Task>, n: number): number {
    if (e >= this.splitAt) {
      this.parts.push(partOf(this.save(), e));
      return -1;
    }
    let pick = -1;
    node.branches = [];
    for (let i = 0; i < n; i++) {
      const proc = this.table.task((runnable[i] as Task).key);
      if (asleep(node.sleep, proc, NO_CHOICE)) continue;
      if (pick < 0) pick = i;
      node.branches.push({ proc, options: NO_CHOICE, footprint: null, children: NO_BRANCHES });
    }
    return pick;
  }

  pickFault(options: number): number {
    const m = current.machine;
    const guided = m.guided < m.guideLength;
    if (guided && m.guided !== this.guidedAt) this.picked = 0;
    this.guidedAt = guided ? m.guided : -1;
    const node = this.nodes[guided ? m.guided : this.at];
    const branch = node?.branches[0];
    if (node === undefined || branch === undefined) return 0;
    const k = this.picked++;
    this.widths = [...this.widths, options];
    if (k < branch.options.length) return branch.options[k] as number;
    // Seen for the first time: every answer that does not sleep is to be explored.
    const before = branch.options;
    const open = openAnswers(node.sleep, node.branches, branch, options);
    if (open.length === 0) this.mayRepeat();
    const [first, ...others] = open;
    branch.options = [...before, first ?? 0];
    node.branches = answeredNext(node.branches, before, others);
    return first ?? 0;
  }

  performed(
    m: Machine,
    t: Task,
    kind: number,
    object: Thing | null,
    field: string | null,
    value: unknown,
    result: unknown,
  ): void {
    this.footprints.begin(m, t, kind, object, field, value, result);
  }

  announced(m: Machine, t: Task): void {
    this.footprints.arrive(m, t);
  }

  exited(m: Machine, t: Task): void {
    this.footprints.end(m, t);
  }

  barrier(): void {
    this.table.barrier(this.settle());
  }

  /** Put the event that was being recorded into the table, if there is one; returns the number of the next. */
  private settle(): number {
    if (this.at < this.keep) this.followed();
    const t = this.pendingTask;
    if (t === null) {
      if (this.at === 0) this.noteTasks(-1);
      return this.at;
    }
    this.pendingTask = null;
    const e = this.at++;
    const node = this.nodes[e] as Node;
    const branch = node.branches[0] as Branch;
    if (branch.options.length > this.widths.length) {
      // A choice that was foreseen has not come up: its answers all lead to the same.
      branch.options = branch.options.slice(0, this.widths.length);
      this.mayRepeat();
    }
    const footprint = this.footprints.taken();
    this.table.add(branch.proc, footprint, branch.options, this.wait, t.id);
    this.widthsOf[e] = this.widths;
    this.path[e] = t.id;
    this.fickle.note(this.table, e);
    if (this.commutingCounts && !countsCommute(this.table, this.footprints, e)) this.restart = true;
    // Only now is known what may go on sleeping. A search taken up again knows it already.
    if (this.nodes.length === e + 1) {
      this.nodes.push({
        sleep: stillAsleep(node.sleep, branch.proc, footprint),
        branches: branch.children,
        finished: 0,
      });
    }
    this.noteTasks(e);
    return this.at;
  }

  /** Tasks that event `e` has started. */
  private noteTasks(e: number): void {
    const { tasks } = current.machine;
    for (; this.knownTasks < tasks.length; this.knownTasks++) {
      const p = this.table.task((tasks[this.knownTasks] as Task).key);
      this.table.spawned(p, e);
    }
  }

  /**
   * The execution is over: learn from its races and move on.
   * @returns false when every trace has been explored
   */
  next(m: Machine, _outcome: Outcome): boolean {
    if (m.beyond) this.tooLong++;
    this.settle();
    if (this.cut && this.splitAt === 0) this.blocked++;
    this.executions++;
    if (this.restart || this.seesMore()) return this.startAgain();
    if (this.splitAt > 0) {
      if (!this.cut) this.parts.push(partOf(this.save(), this.table.n));
      this.exhausted = !this.backtrack();
      return !this.exhausted;
    }
    // Nothing goes on after the last event, unless it was this search that did not go on.
    while (this.nodes.length > this.table.n + (this.cut ? 1 : 0)) this.nodes.pop();
    if (this.repeats.watched && !this.cut) this.repeats.note(this.table);
    this.reverseRaces();
    this.reverseWaits(m);
    if (this.restart || this.seesMore()) return this.startAgain();
    this.exhausted = !this.backtrack();
    return !this.exhausted;
  }

  /** Have ops looked at more than was known when the first footprints were taken? */
  private seesMore(): boolean {
    return this.footprints.learnt !== this.learnt;
  }

  /** From now on executions may repeat a trace: begin again, and tell them apart. */
  private mayRepeat(): void {
    if (!this.repeats.watched) this.restart = true;
    this.repeats.watched = true;
  }

  /** Different traces so far. */
  get traces(): number {
    return this.executions - this.blocked - this.repeats.n;
  }

  apart(m: Machine): Apart[] {
    this.settle();
    return foundApart(m, this.table, this.path);
  }

  again(): Chooser {
    this.settle();
    const answers: number[] = [];
    for (let e = 0; e < this.table.n; e++) {
      for (const o of this.table.options[e] as readonly number[]) answers.push(o);
    }
    return new PathChooser(Array.from(this.path).slice(0, this.at), answers);
  }

  covered(): Partial<Coverage> {
    const { blocked, exhausted, traces } = this;
    return { blocked, exhausted, complete: exhausted && this.tooLong === 0, traces };
  }

  left(): number {
    return estimate(this.executions, shareDone(this.nodes, this.root));
  }

  save(): SavedDpor {
    const { root, nodes } = this;
    const { keys } = this.table;
    const plainCounts = [...this.footprints.plainCounts];
    const { executions, tooLong, blocked, exhausted } = this;
    const counts = { executions, tooLong, blocked, exhausted };
    const { footprints, repeats, fickle } = this;
    const learned = { places: footprints.save(), repeats: repeats.save(), fickle: fickle.save() };
    return { root, keys, nodes, plainCounts, ...counts, ...learned, raced: [...this.raced] };
  }

  /** Go on with a saved search, or do part of one. */
  load(saved: unknown): void {
    const { root, keys, places, nodes, plainCounts, repeats, fickle, raced } = saved as SavedDpor;
    const { executions, tooLong, blocked, exhausted } = saved as SavedDpor;
    Object.assign(this, { executions, tooLong, blocked, exhausted, root, raced: new Set(raced) });
    this.repeats.load(repeats);
    this.fickle.load(fickle);
    this.footprints.load(places);
    for (const p of plainCounts) this.footprints.plainCounts.add(p);
    this.learnt = this.footprints.learnt;
    for (const key of keys) this.table.task(key);
    this.nodes = structuredClone(nodes) as Node[];
    this.keep = 0;
  }

  /** Start from what another search of the program has learned. */
  learn(from: SavedDpor): void {
    this.load(lessonOf(from));
    this.untried = this.learnt > 0;
  }

  private readonly repeats = new Repeats();
  private readonly fickle = new FickleEvents();
  private exhausted = false;
  private tooLong = 0;
  private executions = 0;
  private learnt = 0;
  /** Conditions that are waited for may look at more than they say. */
  private untried = false;

  private startAgain(): true {
    // Events may not be the same that had other footprints.
    if (this.root > 0) throw new StartAgain({ ...lessonOf(this.save()), fickle: [] });
    this.untried = this.seesMore();
    while (this.parts.length > 0) this.parts.pop();
    this.restart = false;
    this.blocked = 0;
    this.executions = 0;
    this.repeats.clear();
    this.fickle.clear();
    this.learnt = this.footprints.learnt;
    this.table = new EventTable(this.readiness);
    this.nodes = [];
    this.keep = 0;
    return true;
  }

  private reverseRaces(): void {
    const { table } = this;
    for (let e = 0; e < table.n; e++) {
      const races = table.races[e] as readonly number[];
      const settled = table.settled[e] as number[];
      for (let i = 0; i < races.length; i++) {
        const first = races[i] as number;
        if (!this.holds(first, settled[i] as number)) settled[i] = this.reverse(first, e);
      }
    }
  }

  /** Does what was found about a race of event `e` in an earlier execution hold in this one? */
  private holds(e: number, until: number): boolean {
    if (until >= 0) return until < this.keep;
    const sleeper = (this.nodes[e] as Node).sleep[~until] as Sleeper;
    // Where counts commute, what an event touches in a reversal is not what it has touched.
    if (this.commutingCounts || this.fickle.has(this.table, e)) return false;
    return staysCovered(this.table, e, sleeper, this.keep);
  }

  /** Tasks that wait at the end would have gone on if they had come first. */
  private reverseWaits(m: Machine): void {
    const { table } = this;
    const end = table.n;
    for (const t of m.tasks) {
      if (!t.alive || t.kind === WORK_START || WAITS[t.kind] === FREE || isReady(m, t)) continue;
      this.footprints.begin(m, t, t.kind, t.object, t.field, t.value, undefined);
      const wait = WAITS[t.kind] === HOLDS ? STUCK : (WAITS[t.kind] as number);
      table.add(table.task(t.key), this.footprints.taken(), [], wait, t.id);
      for (const e of table.races[end] as readonly number[]) this.reverse(e, end);
      table.truncate(end);
    }
  }

  /**
   * Explore the race of events `e` and `later` the other way round, unless that has been done.
   * @returns how long that holds, see `EventTable.settled`
   */
  private reverse(e: number, later: number): number {
    if (e < this.root) {
      this.raced.add(e);
      return later;
    }
    const { table } = this;
    const node = this.nodes[e] as Node;
    const more = table.leavesOutMore(e, later);
    if (!more && isSettled(table, e, later, node.sleep, node.branches)) return later;
    const v = table.reversal(e, later);
    const covered = coveredUntil(table, v, node.sleep, false);
    if (covered !== UNCOVERED) {
      if (!this.fickle.has(table, e)) return covered;
      const surely = coveredUntil(table, v, node.sleep, true);
      if (surely !== UNCOVERED) return surely;
      // It may turn out to be covered after all.
      this.mayRepeat();
    }
    const until = insert(table, v, node.branches, 1);
    // It may turn out to come first: then what it leads to is explored already.
    if (v.doubted && this.fickle.has(table, later)) this.mayRepeat();
    return v.doubted && until > later ? ALL_OF_IT : until;
  }

  private backtrack(): boolean {
    const { nodes, table } = this;
    for (let d = nodes.length - 1; d >= this.root; d--) {
      const node = nodes[d] as Node;
      const done = node.branches[0];
      removeAt(node.branches, 0);
      node.finished++;
      if (d < table.n && done !== undefined) {
        const { proc, options } = done;
        const widths = this.widthsOf[d] as readonly number[];
        node.sleep = [
          ...node.sleep,
          { proc, options, widths, footprint: table.footprint[d] as Footprint },
        ];
      }
      if (node.branches.length > 0) {
        table.truncate(Math.min(d, table.n));
        this.keep = d;
        return true;
      }
      nodes.pop();
    }
    return false;
  }
}
