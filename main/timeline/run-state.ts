// State of everything at a step: keyframes plus deltas, forwards or backwards. State is what the
// run's deltas say; no engine is needed to show it.
import type { ChangedField, RunColumns } from '../../preload/contract/shapes';

/** Events between keyframes at least, and keyframes of a run at most: each is a whole state. */
const KEYFRAME_EVERY = 512;
const KEYFRAMES = 256;

/** thing id → field string id → value string id. */
type State = Map<number, Map<number, number>>;
const NO_FIELDS: ReadonlyMap<number, number> = new Map();

function copy(s: State): State {
  return new Map([...s].map(([k, v]) => [k, new Map(v)]));
}

/** Answers "what was the state after step n" for one run. */
export class RunState {
  private readonly keyframes: State[] = [];
  private state: State = new Map();
  private step = 0;
  /** 1 for the delta that mentions its field for the first time: undoing it forgets the field. */
  private readonly first: Uint8Array;
  private readonly every: number;

  constructor(private readonly run: RunColumns) {
    this.first = new Uint8Array(run.deltaThing.length);
    this.every = Math.max(KEYFRAME_EVERY, Math.ceil(run.events / KEYFRAMES));
    const width = run.strings.length;
    const seen = new Set<number>();
    for (let d = 0; d < run.deltaThing.length; d++) {
      const key = (run.deltaThing[d] as number) * width + (run.deltaField[d] as number);
      if (!seen.has(key)) this.first[d] = 1;
      seen.add(key);
    }
    this.apply(0, run.deltaStart[0] ?? 0);
    this.keyframes.push(copy(this.state));
    for (let i = 1; i <= run.events; i++) {
      this.forward(i);
      if (i % this.every === 0) this.keyframes.push(copy(this.state));
    }
    this.step = run.events;
  }

  private apply(from: number, to: number): void {
    const { run } = this;
    for (let d = from; d < to; d++) {
      this.put(run.deltaThing[d] ?? 0, run.deltaField[d] ?? 0, run.deltaNew[d] ?? 0);
    }
  }

  private put(thing: number, field: number, value: number): void {
    let fields = this.state.get(thing);
    if (fields === undefined) {
      fields = new Map();
      this.state.set(thing, fields);
    }
    fields.set(field, value);
  }

  private forget(thing: number, field: number): void {
    const fields = this.state.get(thing);
    fields?.delete(field);
    if (fields?.size === 0) this.state.delete(thing);
  }

  private forward(step: number): void {
    const { run } = this;
    this.apply(run.deltaStart[step - 1] ?? 0, run.deltaStart[step] ?? 0);
  }

  private backward(step: number): void {
    const { run } = this;
    for (let d = (run.deltaStart[step] ?? 0) - 1; d >= (run.deltaStart[step - 1] ?? 0); d--) {
      const thing = run.deltaThing[d] ?? 0;
      const field = run.deltaField[d] ?? 0;
      if (this.first[d]) this.forget(thing, field);
      else this.put(thing, field, run.deltaOld[d] ?? 0);
    }
  }

  /** Move to the state after `step` events (0 is the beginning). */
  seek(step: number): void {
    const target = Math.max(0, Math.min(step, this.run.events));
    const frame = Math.floor(target / this.every);
    if (Math.abs(target - this.step) > target - frame * this.every) {
      this.state = copy(this.keyframes[frame] as State);
      this.step = frame * this.every;
    }
    while (this.step < target) this.forward(++this.step);
    while (this.step > target) this.backward(this.step--);
  }

  /** What differs between two moments, in order of first mention. */
  difference(a: number, b: number): ChangedField[] {
    this.seek(a);
    const before = copy(this.state);
    this.seek(b);
    const { strings, things } = this.run;
    const out: ChangedField[] = [];
    const ids = new Set([...before.keys(), ...this.state.keys()]);
    for (const id of [...ids].sort((x, y) => x - y)) {
      const thing = things[id - 1];
      if (thing === undefined) continue;
      const [old, now] = [before.get(id) ?? NO_FIELDS, this.state.get(id) ?? NO_FIELDS];
      for (const field of new Set([...old.keys(), ...now.keys()])) {
        const [was, is] = [old.get(field), now.get(field)];
        const text = (v: number | undefined): string => (v === undefined ? '' : (strings[v] ?? ''));
        // A field that nobody has named yet and one that is empty look the same.
        if (text(was) === text(is)) continue;
        const { name, kind } = thing;
        out.push({ thing: name, kind, field: strings[field] ?? '', was: text(was), is: text(is) });
      }
    }
    return out;
  }

  /** Fields of every thing that has any, in order of first mention. */
  things(): { id: number; fields: Map<string, string> }[] {
    const { strings } = this.run;
    return [...this.state]
      .sort((a, b) => a[0] - b[0])
      .map(([id, fields]) => ({
        id,
        fields: new Map(
          [...fields].map(([f, v]) => [strings[f] ?? '', strings[v] ?? ''] as [string, string]),
        ),
      }));
  }
}
