// Which trace a run belongs to, without a table of its events: the hash of an event is made from those
// of the events it directly depends on, and the hash of a run is the sum over its events, so that
// equivalent runs come to the same number. About 2^-60 that two different traces do.
import { clash, type Footprint, Footprints, SIGNAL } from '../core/footprint';
import type { Machine } from '../core/machine';
import type { Thing } from '../core/object';
import type { Observer } from '../core/observer';
import type { Task } from '../core/task';

const MODES = 12;

function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}

/** Per place: sums of the hashes of accesses since the last one that clashes with itself. */
type Sums = Int32Array;

/** Hashes the trace of one run after the other. */
export class TraceHash implements Observer {
  private readonly footprints = new Footprints();
  private readonly places = new Map<number, Sums>();
  private readonly tasks = new Map<number, number>();
  private readonly born = new Map<number, number>();
  private footprint: number[] = [];
  private task: Task | null = null;
  private result = 0;
  private high = 0;
  private low = 0;
  private known = 0;
  private before = 0;

  /** A run begins. */
  begin(): void {
    this.places.clear();
    this.tasks.clear();
    this.born.clear();
    this.task = null;
    this.high = 0;
    this.low = 0;
    this.known = 0;
    this.before = 0;
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
    this.settle();
    this.footprint = this.footprints.of(m, t, kind, object, field, value, result);
    this.task = t;
    // Answers to fault choices tell traces apart.
    this.result = result === null ? 1 : result === false ? 2 : 3;
    for (; this.known < m.tasks.length; this.known++) {
      const child = m.tasks[this.known] as Task;
      if (child.parent) this.born.set(child.key, t.key);
    }
  }

  announced(m: Machine, t: Task): void {
    this.footprints.arrive(m, t, this.footprint);
  }

  exited(_m: Machine, t: Task): void {
    this.footprints.end(t, this.footprint);
  }

  barrier(): void {
    this.settle();
    this.before = this.high;
  }

  private settle(): void {
    const t = this.task;
    if (t === null) return;
    this.task = null;
    const parent = this.born.get(t.key);
    const start = parent === undefined ? this.before : (this.tasks.get(parent) ?? 0);
    let h = mix(this.tasks.get(t.key) ?? mix(t.key, start), this.result);
    for (const touch of this.footprint) h = mix(h, this.meet(touch));
    this.tasks.set(t.key, h);
    for (const touch of this.footprint) this.leave(touch, h);
    this.high = (this.high + h) | 0;
    this.low = (this.low + mix(h, 0x27d4eb2f)) | 0;
  }

  private sums(place: number): Sums {
    let s = this.places.get(place);
    if (s === undefined) {
      s = new Int32Array(MODES);
      this.places.set(place, s);
    }
    return s;
  }

  private meet(touch: Footprint[number]): number {
    const sums = this.sums(touch >>> 4);
    let sum = 0;
    for (let mode = 0; mode < MODES; mode++) {
      if (clash(mode, touch & 15)) sum = (sum + (sums[mode] as number)) | 0;
    }
    return mix(sum, touch & 15);
  }

  private leave(touch: number, h: number): void {
    const sums = this.sums(touch >>> 4);
    const mode = touch & 15;
    if (clash(mode, mode) && mode !== SIGNAL) {
      sums.fill(0);
      sums[mode] = h;
    } else sums[mode] = ((sums[mode] as number) + h) | 0;
  }

  /** The hash of the run, when it is over. */
  take(): string {
    this.settle();
    return `${this.high >>> 0}.${this.low >>> 0}`;
  }
}
