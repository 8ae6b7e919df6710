// State of everything at a step: keyframes plus deltas, forwards or backwards. State is what the
// run's deltas say; no engine is needed to show it.
import type { ChangedField, RunColumns } from '../../preload/contract/shapes';
import { Numbering, Numbers } from './columns';

/** Events between keyframes at least, and keyframes of a run at most: each is a whole state. */
const KEYFRAME_EVERY = 512;
const KEYFRAMES = 256;
/** Numbers in all keyframes of a run: 64 MB. */
const KEYFRAME_ROOM = 16 * 1024 * 1024;

/** Answers "what was the state after step n" for one run. */
export class RunState {
  /** Fields of things are numbered in the order of first mention. By field: its thing, and its name. */
  private readonly thing = new Numbers();
  private readonly field = new Numbers();
  /** By field: 1 + what it is, after `step` events; 0 where nobody has mentioned it yet. */
  private readonly now: Uint32Array;
  /** Fields in the order of their things, and of first mention within each. */
  private readonly byThing: Uint32Array;
  private readonly keyframes: Uint32Array[] = [];
  private step = 0;
  /** By delta: the field that it changes. */
  private readonly slot: Uint32Array;
  /** By field: the delta that mentions it first. Undoing it forgets the field. */
  private readonly first = new Numbers();
  private readonly every: number;

  constructor(private readonly run: RunColumns) {
    const { deltaThing, deltaField } = run;
    this.slot = new Uint32Array(deltaThing.length);
    const width = run.strings.length;
    const slots = new Numbering();
    for (let d = 0; d < deltaThing.length; d++) {
      const thing = deltaThing[d] as number;
      const field = deltaField[d] as number;
      const slot = slots.of(thing * width + field);
      this.slot[d] = slot;
      if (slot < this.first.length) continue;
      this.thing.push(thing);
      this.field.push(field);
      this.first.push(d);
    }
    const most = Math.min(KEYFRAMES, Math.ceil(KEYFRAME_ROOM / Math.max(1, slots.size)));
    this.every = Math.max(KEYFRAME_EVERY, Math.ceil(run.events / most));
    this.now = new Uint32Array(slots.size);
    const { thing } = this;
    this.byThing = this.now.map((_, s) => s).sort((a, b) => thing.at(a) - thing.at(b) || a - b);
    this.apply(0, run.deltaStart[0] ?? 0);
    this.keyframes.push(this.now.slice());
    for (let i = this.every; i <= run.events; i += this.every) {
      this.forward(i);
      this.keyframes.push(this.now.slice());
    }
    this.forward(run.events);
  }

  private apply(from: number, to: number): void {
    const { now, slot, run } = this;
    const { deltaNew } = run;
    for (let d = from; d < to; d++) now[slot[d] as number] = 1 + (deltaNew[d] as number);
  }

  /** From the present step to a later one. */
  private forward(step: number): void {
    const { deltaStart } = this.run;
    this.apply(deltaStart[this.step] ?? 0, deltaStart[step] ?? 0);
    this.step = step;
  }

  /** From the present step to an earlier one. */
  private backward(step: number): void {
    const { now, slot, first, run } = this;
    const to = run.deltaStart[step] ?? 0;
    for (let d = (run.deltaStart[this.step] ?? 0) - 1; d >= to; d--) {
      const s = slot[d] as number;
      now[s] = first.at(s) === d ? 0 : 1 + (run.deltaOld[d] as number);
    }
    this.step = step;
  }

  /** Move to the state after `step` events (0 is the beginning). */
  seek(step: number): void {
    const target = Math.max(0, Math.min(step, this.run.events));
    const frame = Math.floor(target / this.every);
    if (Math.abs(target - this.step) > target - frame * this.every) {
      this.now.set(this.keyframes[frame] as Uint32Array);
      this.step = frame * this.every;
    }
    if (this.step < target) this.forward(target);
    else this.backward(target);
  }

  /** What differs between two moments, in order of first mention. */
  difference(a: number, b: number): ChangedField[] {
    this.seek(a);
    const before = this.now.slice();
    this.seek(b);
    const { strings, things } = this.run;
    // A field that nobody has named yet and one that is empty look the same.
    const text = (v: number | undefined): string => (v ? (strings[v - 1] ?? '') : '');
    return Array.from(this.byThing).flatMap((s) => {
      const [was, is] = [text(before[s]), text(this.now[s])];
      const thing = things[this.thing.at(s) - 1];
      if (thing === undefined || was === is) return [];
      const { name, kind } = thing;
      return [{ thing: name, kind, field: strings[this.field.at(s)] ?? '', was, is }];
    });
  }

  /** Fields of every thing that has any, in order of first mention. */
  things(): { id: number; fields: Map<string, string> }[] {
    const { strings } = this.run;
    const out: { id: number; fields: Map<string, string> }[] = [];
    for (const s of this.byThing) {
      const value = this.now[s] as number;
      if (value === 0) continue;
      const id = this.thing.at(s);
      let last = out.at(-1);
      if (last?.id !== id) {
        last = { id, fields: new Map() };
        out.push(last);
      }
      last.fields.set(strings[this.field.at(s)] ?? '', strings[value - 1] ?? '');
    }
    return out;
  }
}
