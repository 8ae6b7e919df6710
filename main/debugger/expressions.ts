// Expressions of `print` and `watch`: a path into the simulated state, perhaps compared with
// a value: `iommu_fault_param#1.users`, `prq0.depth > 1`, `dev0.iommu.fault_param == NULL`.

import type { RunColumns } from '../../preload/contract/shapes';
import type { RunState } from '../timeline/run-state';

const OPERATORS = ['==', '!=', '>=', '<=', '>', '<'] as const;
type Operator = (typeof OPERATORS)[number];

/** A parsed expression. */
export interface Expression {
  readonly text: string;
  readonly path: string;
  readonly operator: Operator | null;
  readonly value: string;
}

/** The expression cannot be read; the message says what would be right. */
export class ExpressionError extends Error {}

/** Parse an expression. @throws ExpressionError */
export function parseExpression(text: string): Expression {
  const m = /^(\S[^=!<>]*?)\s*(?:(==|!=|>=|<=|>|<)\s*(.+))?$/.exec(text.trim());
  if (m === null) {
    throw new ExpressionError('an expression is a path such as prq0.depth, or prq0.depth > 1');
  }
  const operator = (m[2] as Operator | undefined) ?? null;
  return { text: text.trim(), path: (m[1] as string).trim(), operator, value: (m[3] ?? '').trim() };
}

/** Fields that a thing's own name stands for. */
const MAIN = ['count', 'owner', 'entries', 'depth', 'state'];

/** What a path holds: name and value of each field it names; empty when there is none (yet). */
export function fieldsOf(run: RunColumns, state: RunState, path: string): [string, string][] {
  const exact: [string, string][] = [];
  const inside: [string, string][] = [];
  for (const { id, fields } of state.things()) {
    const thing = run.things[id - 1];
    if (thing === undefined || thing.kind === 'task') continue;
    for (const [field, value] of fields) {
      const name = `${thing.name}.${field}`;
      if (name === path || (thing.name === path && MAIN.includes(field))) exact.push([name, value]);
      else if (name.startsWith(`${path}.`)) inside.push([name, value]);
    }
  }
  return [...exact, ...inside];
}

/** The value of an expression after the step that the state stands at; null when nothing has the name. */
export function evaluate(run: RunColumns, state: RunState, e: Expression): string | null {
  const found = fieldsOf(run, state, e.path);
  if (found.length === 0) return null;
  const value =
    found.length === 1 ? (found[0]?.[1] ?? '') : found.map((f) => f.join('=')).join(' ');
  return e.operator === null ? value : String(compared(value, e.operator, e.value));
}

function compared(a: string, operator: Operator, b: string): boolean {
  const [x, y] = [Number(a), Number(b)];
  const numbers = a !== '' && b !== '' && Number.isFinite(x) && Number.isFinite(y);
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '>':
      return numbers && x > y;
    case '<':
      return numbers && x < y;
    case '>=':
      return numbers && x >= y;
    default:
      return numbers && x <= y;
  }
}
