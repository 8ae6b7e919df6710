// Words for events: what happened, in one line.
import type { RunColumns } from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';

/** Name of the op kind of event `i`. */
export function kindName(run: RunColumns, i: number): string {
  return KINDS[run.kind[i] as number]?.name ?? '?';
}

/** Family of the op of event `i`. */
export function familyOf(run: RunColumns, i: number): string {
  return KINDS[run.kind[i] as number]?.family ?? '';
}

/** Name of the thing event `i` touched, with its field; empty for none. */
export function targetName(run: RunColumns, i: number): string {
  const id = run.thing[i] as number;
  const field = run.strings[run.field[i] as number] ?? '';
  if (id === 0) return '';
  const name = run.things[id - 1]?.name ?? '';
  return field === '' ? name : `${name}.${field}`;
}

/** Innermost function of event `i` and its line. */
export function placeOf(run: RunColumns, i: number): { fn: string; file: string; line: number } {
  const stack = run.stacks[run.stack[i] as number] ?? [];
  const f = run.functions[stack[stack.length - 2] ?? -1];
  return { fn: f?.name ?? '?', file: f?.file ?? '', line: stack[stack.length - 1] ?? 0 };
}

/** Stack of a stack id, innermost first. */
export function stackOf(
  run: RunColumns,
  id: number,
): { fn: string; file: string; line: number; script: boolean }[] {
  const pairs = run.stacks[id] ?? [];
  const out = [];
  for (let d = pairs.length - 2; d >= 0; d -= 2) {
    const f = run.functions[pairs[d] as number];
    if (f) out.push({ fn: f.name, file: f.file, line: pairs[d + 1] ?? 0, script: f.script });
  }
  return out;
}

/** One line for event `i`: `mutex_lock iommu_fault_param#1.lock`. */
export function eventLabel(run: RunColumns, i: number): string {
  const value = run.strings[run.value[i] as number] ?? '';
  const result = run.strings[run.result[i] as number] ?? '';
  const target = targetName(run, i);
  const parts = [kindName(run, i)];
  if (target !== '') parts.push(target);
  else if (run.field[i]) parts.push(run.strings[run.field[i] as number] ?? '');
  if (value !== '' && value !== target) parts.push(`(${value})`);
  if (result !== '') parts.push(`= ${result}`);
  return parts.join(' ');
}
