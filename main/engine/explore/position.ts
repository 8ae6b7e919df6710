// Where a search of states is, as its helpers are told: the decisions on its stack, as numbers.
import type { Asleep, Decision } from './state-search';
import type { Lists } from './step-book';

/**
 * Decisions, each as the list of its options (see `withFlag`), which of them is tried now, number of the op (-1 for a
 * fault choice), steps of the machine before it, the state (two numbers), how many sleep there, and of each the key and
 * the list of what it touches.
 */
export type Position = number[];

/** Numbers of a decision, without those who sleep. */
const DECISION = 7;

/** The numbers of lists are those of whoever writes or reads. */
export interface Numbered {
  readonly options: Lists;
  readonly touches: Lists;
}

/** A list of options, begun with 1 where nobody else was asked. */
export function withFlag(options: readonly number[], isLocal: boolean): number[] {
  const out = [isLocal ? 1 : 0];
  for (let i = 0; i < options.length; i++) out.push(options[i] as number);
  return out;
}

/** Write decisions. */
export function writePosition(
  stack: readonly Decision[],
  { options, touches }: Numbered,
): Position {
  return stack.flatMap((d) => [
    options.of(withFlag(d.options, d.isLocal)),
    d.at,
    d.step,
    d.done,
    d.high,
    d.low,
    d.sleep.length,
    ...d.sleep.flatMap((s) => [s.key, touches.of(s.print)]),
  ]);
}

/** Read decisions. What the step of an option touches is not told. */
export function readPosition(p: Position, { options, touches }: Numbered): Decision[] {
  const out: Decision[] = [];
  for (let i = 0; i < p.length; ) {
    const [flag, ...who] = options.all[p[i] as number] as number[];
    const [, at, step, done, high, low, n] = p.slice(i, i + DECISION) as number[];
    i += DECISION;
    const sleep: Asleep[] = [];
    for (const end = i + 2 * (n as number); i < end; i += 2) {
      sleep.push({ key: p[i] as number, print: touches.all[p[i + 1] as number] as number[] });
    }
    const d = { options: who, at, step, sleep, print: null, isLocal: flag === 1 };
    out.push({ ...d, done, high, low } as Decision);
  }
  return out;
}

/**
 * A position with other numbers for lists.
 * @param options what each number stands for here; the same for `touches`
 */
export function translated(
  p: readonly number[],
  options: readonly number[],
  touches: readonly number[],
): Position {
  const out = [...p];
  for (let i = 0; i < p.length; ) {
    out[i] = options[p[i] as number] as number;
    i += DECISION;
    const end = i + 2 * (p[i - 1] as number);
    for (; i < end; i += 2) out[i + 1] = touches[p[i + 1] as number] as number;
  }
  return out;
}
