// A recorded run with everything that is worked out from it, each when it is first asked for.
import type {
  ChangedField,
  FlowColumns,
  FlowShape,
  InspectorState,
  IopfShape,
  KeptRun,
  LedgerPair,
  OpenChoices,
  RequestShape,
  TrackShape,
} from '../../preload/contract/shapes';
import { choicesAt } from './choices';
import { coneOf, type Order, orderOf } from './happens-before';
import { eventsByTask, inspect, type TaskEvents } from './inspect';
import { iopfAt, requestsOf } from './iopf';
import { ledgerOf } from './ledger';
import { FlowIndex, flowsOf, linksOf } from './links';
import { RunState } from './run-state';
import { tracksOf } from './tracks';

/** Answers every question about one run. Steps beyond its end mean its end. */
export class Recorded {
  private drawn: readonly TrackShape[] | null = null;
  private joined: FlowColumns | null = null;
  private fields: RunState | null = null;
  private tasks: TaskEvents | null = null;
  private before: Order | null = null;
  private arrows: FlowIndex | null = null;
  private asked: readonly RequestShape[] | null = null;

  constructor(readonly run: KeptRun) {}

  get tracks(): readonly TrackShape[] {
    this.drawn ??= tracksOf(this.run.columns);
    return this.drawn;
  }

  /** Every arrow. */
  get flows(): FlowColumns {
    this.joined ??= flowsOf(this.run.columns, this.run.findings);
    return this.joined;
  }

  get state(): RunState {
    this.fields ??= new RunState(this.run.columns);
    return this.fields;
  }

  get byTask(): TaskEvents {
    this.tasks ??= eventsByTask(this.run.columns);
    return this.tasks;
  }

  private within(step: number): number {
    return Math.max(0, Math.min(step, this.run.columns.events));
  }

  inspect(step: number): InspectorState {
    return inspect(this.run.columns, this.state, this.within(step), this.byTask);
  }

  choices(step: number): OpenChoices {
    return this.place(step).choices;
  }

  /** State and choices at once: one is worked out from the other. */
  place(step: number): { state: InspectorState; choices: OpenChoices } {
    const state = this.inspect(step);
    return { state, choices: choicesAt(this.run.columns, this.run.log, state) };
  }

  /** The same with the arrows that begin or end there. */
  look(step: number): { state: InspectorState; choices: OpenChoices; flows: FlowShape[] } {
    const flows = [...this.index.to(step), ...this.index.from(step)];
    return { ...this.place(step), flows };
  }

  private get index(): FlowIndex {
    this.arrows ??= new FlowIndex(this.flows, this.run.columns.events);
    return this.arrows;
  }

  /** By event: 0 concurrent with the step, 1 before it, 2 after it, 3 the step itself. */
  cone(step: number): Uint8Array {
    this.before ??= orderOf(this.run.columns, this.flows);
    return coneOf(this.before, step);
  }

  /** Causes (-1) or effects (1) of a step, the most telling first. */
  links(step: number, direction: -1 | 1): FlowShape[] {
    return linksOf(this.index, this.run.columns, step, direction);
  }

  difference(a: number, b: number): ChangedField[] {
    return this.state.difference(this.within(a), this.within(b));
  }

  ledger(step: number, object = ''): LedgerPair[] {
    return ledgerOf(this.run.columns, this.within(step), object);
  }

  iopf(step: number): IopfShape {
    this.asked ??= requestsOf(this.run.columns);
    return iopfAt(this.run.columns, this.state, this.asked, this.within(step));
  }
}
