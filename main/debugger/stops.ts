// Where `continue` stops: at functions that are entered, objects that are touched, ops of a kind, findings of
// a checker, and expressions whose value changes.
import type { KeptRun } from '../../preload/contract/shapes';
import { kindName } from '../timeline/labels';
import type { Recorded } from '../timeline/recorded';
import { type Expression, evaluate } from './expressions';

/** A place or condition to stop at. */
export type Stop =
  | { readonly kind: 'function' | 'object' | 'checker' | 'op'; readonly name: string }
  | { readonly kind: 'watch'; readonly expression: Expression };

/** How a stop reads in a list. */
export function stopText(s: Stop): string {
  return s.kind === 'watch' ? `watch ${s.expression.text}` : `${s.kind} ${s.name}`;
}

/** What a name stands for in this run; null when for nothing. */
export function stopFor(run: KeptRun, name: string): Stop | null {
  const { functions, things } = run.columns;
  if (functions.some((f) => f.name === name)) return { kind: 'function', name };
  if (run.findings.some((f) => f.checker === name)) return { kind: 'checker', name };
  const fits = (thing: string): boolean => thing === name || thing.startsWith(`${name}.`);
  if (things.some((t) => t.kind !== 'task' && fits(t.name))) return { kind: 'object', name };
  const isOp = run.columns.kind.some((_, i) => kindName(run.columns, i) === name);
  return isOp ? { kind: 'op', name } : null;
}

/** Is a function on a stack? */
function on(run: KeptRun['columns'], i: number, ids: ReadonlySet<number>): boolean {
  const stack = run.stacks[run.stack[i] as number] ?? [];
  for (let d = 0; d < stack.length; d += 2) if (ids.has(stack[d] as number)) return true;
  return false;
}

/** Events at which a function is entered. */
function entered(r: Recorded, name: string): Set<number> {
  const { columns } = r.run;
  const ids = new Set(columns.functions.filter((f) => f.name === name).map((f) => f.id));
  const out = new Set<number>();
  for (const events of r.byTask) {
    let inside = false;
    for (const i of events) {
      const now = on(columns, i, ids);
      if (now && !inside) out.add(i);
      inside = now;
    }
  }
  return out;
}

/** Where a walk stopped, and why. */
export interface Halt {
  readonly step: number;
  readonly reasons: readonly string[];
}

/**
 * Walk from `step` until a stop: the step itself does not count.
 * @returns null when the run's end (or beginning) comes first
 */
export function walk(r: Recorded, stops: readonly Stop[], step: number, by: 1 | -1): Halt | null {
  const { run } = r;
  const { columns, findings } = run;
  const places = stops.map((s) => (s.kind === 'function' ? entered(r, s.name) : null));
  const values = new Map<Stop, string | null>();
  const watched = stops.filter((s) => s.kind === 'watch');
  const look = (at: number): void => {
    if (watched.length === 0) return;
    r.state.seek(at);
    for (const s of watched) values.set(s, evaluate(columns, r.state, s.expression));
  };
  look(by > 0 ? step : step - 1);
  for (let at = step + by; at >= 1 && at <= columns.events; at += by) {
    const reasons: string[] = [];
    const i = at - 1;
    const thing = columns.things[(columns.thing[i] as number) - 1];
    stops.forEach((s, k) => {
      if (s.kind === 'function' && places[k]?.has(i)) reasons.push(`${s.name} is entered`);
      if (s.kind === 'op' && kindName(columns, i) === s.name)
        reasons.push(`${s.name} is performed`);
      if (s.kind === 'object' && thing !== undefined) {
        const { name } = thing;
        if (name === s.name || name.startsWith(`${s.name}.`)) reasons.push(`${name} is touched`);
      }
      if (s.kind === 'checker') {
        const f = findings.find((x) => x.checker === s.name && x.step === at);
        if (f !== undefined) reasons.push(f.title);
      }
    });
    if (watched.length > 0) {
      // Backwards, the change of a step is the one between its own state and the one before.
      const before = new Map(values);
      look(by > 0 ? at : at - 1);
      for (const s of watched) {
        const [was, is] = by > 0 ? [before.get(s), values.get(s)] : [values.get(s), before.get(s)];
        if (was === is) continue;
        reasons.push(`${s.expression.text}: ${was ?? 'not there'} → ${is ?? 'not there'}`);
      }
    }
    if (reasons.length > 0) return { step: at, reasons };
  }
  return null;
}
