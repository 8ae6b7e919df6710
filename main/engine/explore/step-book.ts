// What steps lead to, as searches of the same states write it down for each other: "in this state, the step of this
// task touches that and leads to that state". A state is its hash; lists of numbers and words that occur again and
// again are written once.
import { twice } from '../core/twice';

/** Lists of numbers, each with a number of its own. */
export class Lists {
  readonly all: number[][] = [];
  private readonly first = new Map<number, number>();
  /** The next list with the same hash; -1 for none. */
  private readonly next: number[] = [];

  /** The number of a list. */
  of(list: readonly number[]): number {
    let h = list.length;
    for (let i = 0; i < list.length; i++) {
      const x = list[i] as number;
      h = Math.imul(h ^ (x | 0), 0x9e3779b1) ^ (x / 4294967296);
      h ^= h >>> 15;
    }
    const first = this.first.get(h) ?? -1;
    for (let k = first; k >= 0; k = this.next[k] as number) {
      if (isSame(this.all[k] as number[], list)) return k;
    }
    this.next.push(first);
    this.first.set(h, this.all.length);
    return this.all.push([...list]) - 1;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Lists of words, each with a number of its own; 0 is the empty one. */
export class Words {
  readonly all: (readonly string[])[] = [[]];
  private readonly known = new Map<string, number>([['', 0]]);

  /** The number of a list. */
  of(list: readonly string[]): number {
    if (list.length === 0) return 0;
    const text = JSON.stringify(list);
    let n = this.known.get(text);
    if (n === undefined) {
      n = this.all.push([...list]) - 1;
      this.known.set(text, n);
    }
    return n;
  }
}

/** Steps: that of a task, and the same with answers to the fault choices in it. */
export class StepNames {
  /** What each stands for: the step it begins with (-1 for none), and a task's key or an answer. */
  readonly all: (readonly [before: number, value: number])[] = [];
  private readonly known: Map<number, number>[] = [new Map()];

  /**
   * The number of a step.
   * @param before the step with one answer less; -1 where there is none yet
   * @param value the answer, or the key of the task
   */
  of(before: number, value: number): number {
    const after = this.known[before + 1] as Map<number, number>;
    let n = after.get(value);
    if (n === undefined) {
      n = this.all.push([before, value]) - 1;
      this.known.push(new Map());
      after.set(value, n);
    }
    return n;
  }
}

/** Numbers that a record has. */
export const RECORD = 10;
/** In a record: the state (two numbers) and the step. */
export const STEP = 2;
/** In a record: the list of who can go on then; `-1 - n` for a choice among `n` answers, `END` for the end of the run. */
export const THEN = 3;
/** In a record: the state the step leads to (two numbers). */
export const LEADS_TO = 4;
/** In a record: the list of what it touches. */
export const TOUCHES = 6;
/** In a record: words, the findings of a run that has come so far. */
export const FOUND = 7;
/** In a record: words, what the step has done for the first time in its run. */
export const NEWS = 8;
/** In a record: steps of the machine that it takes. */
export const STEPS = 9;
/** The run ends. */
export const END = -1;

/** Records are forgotten when there are so many: 80 MB. */
const MOST = 1 << 21;

/** Records by state and step, in an open table. */
export class StepTable {
  private size = 0;
  private slots = new Int32Array(1 << 12).fill(-1);
  records = new Int32Array(RECORD << 10);

  private slotOf(high: number, low: number, step: number): number {
    const { slots, records } = this;
    const mask = slots.length - 1;
    let i = (high ^ Math.imul(low, 0x9e3779b1) ^ Math.imul(step, 0x85ebca77)) & mask;
    for (;;) {
      const at = slots[i] as number;
      if (at < 0) return i;
      if (records[at] === high && records[at + 1] === low && records[at + STEP] === step) return i;
      i = (i + 1) & mask;
    }
  }

  /** Where in `records` a step is; -1 when nothing is known of it. */
  find(high: number, low: number, step: number): number {
    return this.slots[this.slotOf(high, low, step)] as number;
  }

  /**
   * Add the record that begins at `from`.
   * @returns false when there is one of this step
   */
  add(record: Int32Array, from: number): boolean {
    const i = this.slotOf(
      record[from] as number,
      record[from + 1] as number,
      record[from + STEP] as number,
    );
    if ((this.slots[i] as number) >= 0) return false;
    if (this.size === MOST) this.forget();
    const at = this.size++ * RECORD;
    while (at + RECORD > this.records.length) this.records = twice(this.records);
    for (let k = 0; k < RECORD; k++) this.records[at + k] = record[from + k] as number;
    this.slots[i] = at;
    if (this.size * 2 > this.slots.length) this.grow();
    return true;
  }

  private forget(): void {
    this.size = 0;
    this.slots.fill(-1);
  }

  private grow(): void {
    const { records } = this;
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let n = 0; n < this.size; n++) {
      const at = n * RECORD;
      this.slots[
        this.slotOf(records[at] as number, records[at + 1] as number, records[at + STEP] as number)
      ] = at;
    }
  }
}
