// State of everything at a step: keyframes plus deltas, forwards or backwards. State is what the
// run's deltas say; no engine is needed to show it.
import type { RunColumns } from '../../preload/contract/shapes';

/** Events between keyframes. */
const KEYFRAME_EVERY = 512;

/** thing id → field string id → value string id. */
type State = Map<number, Map<number, number>>;

function copy(s: State): State {
  return new Map([...s].map(([k, v]) => [k, new Map(v)]));
}

/** Answers "what was the state after step n" for one run. */
export class RunState {
  private readonly keyframes: State[] = [];
  private state: State = new Map();
  private step = 0;

  constructor(private readonly run: RunColumns) {
    this.apply(0, run.deltaStart[0] ?? 0);
    this.keyframes.push(copy(this.state));
    for (let i = 1; i <= run.events; i++) {
      this.forward(i);
      if (i % KEYFRAME_EVERY === 0) this.keyframes.push(copy(this.state));
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

  private forward(step: number): void {
    const { run } = this;
    this.apply(run.deltaStart[step - 1] ?? 0, run.deltaStart[step] ?? 0);
  }

  private backward(step: number): void {
    const { run } = this;
    for (let d = (run.deltaStart[step] ?? 0) - 1; d >= (run.deltaStart[step - 1] ?? 0); d--) {
      this.put(run.deltaThing[d] ?? 0, run.deltaField[d] ?? 0, run.deltaOld[d] ?? 0);
    }
  }

  /** Move to the state after `step` events (0 is the beginning). */
  seek(step: number): void {
    const target = Math.max(0, Math.min(step, this.run.events));
    const frame = Math.floor(target / KEYFRAME_EVERY);
    if (Math.abs(target - this.step) > target - frame * KEYFRAME_EVERY) {
      this.state = copy(this.keyframes[frame] as State);
      this.step = frame * KEYFRAME_EVERY;
    }
    while (this.step < target) this.forward(++this.step);
    while (this.step > target) this.backward(this.step--);
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
