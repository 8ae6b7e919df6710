// Replay: strictly, by the recorded choices; or on another variant, by anchors.
import type { Choice, Chooser } from '../core/choice';
import { CHOICE_TASK, steadyChooser } from '../core/choice';
import type { Checker } from '../core/machine';
import type { RunTables } from '../core/recorder';
import { current, type Task } from '../core/task';
import { KINDS } from '../core/vocabulary';

/** Follows recorded choices exactly and notes the first place where they do not fit. */
export class ReplayChooser implements Chooser {
  private at = 0;
  /** Number of the decision that did not fit, or -1. */
  divergedAt = -1;

  constructor(private readonly choices: readonly Choice[]) {}

  /** Choices that were left over when the run ended. */
  get unused(): number {
    return this.choices.length - this.at;
  }

  private take(kind: number, options: number): number {
    const c = this.choices[this.at];
    if (this.divergedAt >= 0 || c === undefined || c.kind !== kind || c.options !== options) {
      if (this.divergedAt < 0) this.divergedAt = this.at;
      return -1;
    }
    this.at++;
    return c.value;
  }

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const id = this.take(CHOICE_TASK, n);
    for (let i = 0; i < n; i++) if ((runnable[i] as Task).id === id) return i;
    if (this.divergedAt < 0) this.divergedAt = this.at - 1;
    return steadyChooser.pickTask(runnable, n, previous);
  }

  pickFault(options: number, label: string): number {
    const v = this.take(1, options);
    return v < 0 ? steadyChooser.pickFault(options, label) : v;
  }
}

interface Segment {
  readonly task: string;
  /** The op before which the task stopped, and which of its kind that was; null: ran to its end. */
  readonly stop: string | null;
  readonly nth: number;
}

/** What an op is, whatever the variant: kind and sort of object. */
function signature(kind: string, thing: string, field: string): string {
  return `${kind} ${thing}${field === '' ? '' : `.${field}`}`;
}

/**
 * Cut a recorded run into segments of one task each. A segment ends before a certain op of its
 * task (its n-th of that sort), which another variant usually performs, too.
 */
export function segmentsOf(run: RunTables): Segment[] {
  const names: string[] = [];
  const nths: number[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < run.events; i++) {
    const kind = KINDS[run.kind[i] as number]?.name ?? '';
    const thing = run.thing[i] === 0 ? '' : (run.things[(run.thing[i] as number) - 1]?.name ?? '');
    const s = signature(kind, generic(thing), run.strings[run.field[i] as number] ?? '');
    const key = `${run.task[i]}|${s}`;
    const nth = (seen.get(key) ?? 0) + 1;
    seen.set(key, nth);
    names.push(s);
    nths.push(nth);
  }
  const out: Segment[] = [];
  for (let i = 0; i < run.events; ) {
    const task = run.task[i];
    let j = i;
    while (j < run.events && run.task[j] === task) j++;
    let later = j;
    while (later < run.events && run.task[later] !== task) later++;
    const ended = later >= run.events;
    out.push({
      task: run.tasks[task as number]?.name ?? '',
      stop: ended ? null : (names[later] as string),
      nth: ended ? 0 : (nths[later] as number),
    });
    i = j;
  }
  return out;
}

/** `iommu_fault_param#2.lock` → `iommu_fault_param.lock`. */
function generic(name: string): string {
  return name.replace(/#[0-9]+/g, '');
}

/** Replays segments on a machine whose code may differ. */
export class AnchorChooser implements Chooser {
  private at = 0;
  private readonly seen = new Map<string, number>();
  private readonly asked = new Map<string, number>();
  /** Switch points met, and switch points that the other code does not have. */
  matched = 0;
  missed = 0;

  /** @param faults what each fault point answered, by its label, in the order of asking */
  constructor(
    private readonly segments: readonly Segment[],
    private readonly faults: ReadonlyMap<string, readonly number[]> = new Map(),
  ) {}

  /** Must be among the machine's checkers: counts what each task did. */
  readonly counter: Checker = {
    name: 'anchor-counter',
    kinds: KINDS.map((k) => k.name),
    // Nobody puts a world back under it: its runs are recorded.
    save: () => null,
    reset: () => {
      this.at = 0;
      this.matched = 0;
      this.missed = 0;
      this.seen.clear();
      this.asked.clear();
    },
    after: (_m, t) => {
      const key = `${t.name}|${nameOf(t)}`;
      this.seen.set(key, (this.seen.get(key) ?? 0) + 1);
    },
  };

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    while (this.at < this.segments.length) {
      const s = this.segments[this.at] as Segment;
      const i = indexOf(runnable, n, s.task);
      const reached = this.reached(s);
      if (i >= 0 && !reached) return i;
      if (reached) this.matched++;
      else if (s.stop !== null) this.missed++;
      this.at++;
    }
    return steadyChooser.pickTask(runnable, n, previous);
  }

  /** Is the segment's task about to do what the segment ends before? */
  private reached(s: Segment): boolean {
    if (s.stop === null) return false;
    const t = current.machine.tasks.find((x) => x.name === s.task && x.alive);
    if (t === undefined || nameOf(t) !== s.stop) return false;
    return (this.seen.get(`${t.name}|${s.stop}`) ?? 0) >= s.nth - 1;
  }

  pickFault(options: number, label: string): number {
    const n = this.asked.get(label) ?? 0;
    this.asked.set(label, n + 1);
    return Math.min(this.faults.get(label)?.[n] ?? 0, options - 1);
  }
}

/** Repeats a run and notes what each fault point answered, by its label. */
export class FaultNotes extends ReplayChooser {
  readonly answers = new Map<string, number[]>();

  override pickFault(options: number, label: string): number {
    const value = super.pickFault(options, label);
    const list = this.answers.get(label);
    if (list === undefined) this.answers.set(label, [value]);
    else list.push(value);
    return value;
  }
}

function nameOf(t: Task): string {
  const thing = t.object === null ? '' : generic(t.object.name);
  return signature(KINDS[t.kind]?.name ?? '', thing, t.field ?? '');
}

function indexOf(runnable: ArrayLike<Task>, n: number, name: string): number {
  for (let i = 0; i < n; i++) if ((runnable[i] as Task).name === name) return i;
  return -1;
}
