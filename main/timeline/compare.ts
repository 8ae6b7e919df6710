// Two runs beside each other, aligned by what each task does: the n-th step of a task in one run belongs to
// the n-th step of the task of that name in the other, if both do the same to the same thing.
import type {
  ComparedStep,
  ComparisonShape,
  KeptRun,
  RunColumns,
} from '../../preload/contract/shapes';
import { eventLabel, kindName, placeOf, targetName } from './labels';

function stepOf(r: RunColumns, i: number): ComparedStep {
  const task = r.tasks[r.task[i] as number]?.name ?? '?';
  return { step: i + 1, task, fn: placeOf(r, i).fn, text: eventLabel(r, i) };
}

/** How two runs differ. */
export interface Comparison extends Pick<ComparisonShape, 'onlyA' | 'onlyB' | 'parting' | 'state'> {
  /** Steps that belong together: pairs of step numbers, in the order of the first run. */
  readonly pairs: readonly (readonly [number, number])[];
}

/** The events of each task, by its name; a second task of one name is another one. */
function byTask(r: RunColumns): Map<string, number[]> {
  const names: string[] = [];
  const used = new Map<string, number>();
  for (const t of r.tasks) {
    const n = (used.get(t.name) ?? 0) + 1;
    used.set(t.name, n);
    names.push(n === 1 ? t.name : `${t.name} ${n}`);
  }
  const out = new Map<string, number[]>();
  for (let i = 0; i < r.events; i++) {
    const name = names[r.task[i] as number] ?? '?';
    const list = out.get(name);
    if (list === undefined) out.set(name, [i]);
    else list.push(i);
  }
  return out;
}

const what = (r: RunColumns, i: number): string => `${kindName(r, i)} ${targetName(r, i)}`;

/** What a step gave and changed, as text. */
function effect(r: RunColumns, i: number): string {
  const result = r.strings[r.result[i] as number] ?? '';
  const changes: string[] = result === '' ? [] : [`gives ${result}`];
  for (let d = r.deltaStart[i] as number; d < (r.deltaStart[i + 1] as number); d++) {
    const thing = r.things[(r.deltaThing[d] as number) - 1];
    // What a task says it would do next is not state that anybody reads.
    if (thing === undefined || thing.kind === 'task') continue;
    const field = r.strings[r.deltaField[d] as number] ?? '';
    const value = r.strings[r.deltaNew[d] as number] ?? '';
    changes.push(`${thing.name}.${field} = ${value}`);
  }
  return changes.join(', ');
}

/** Pairs of one task: each step with the next one of the other run that does the same. */
function align(a: RunColumns, b: RunColumns, mine: number[], theirs: number[]): [number, number][] {
  const pairs: [number, number][] = [];
  let j = 0;
  for (const i of mine) {
    const wanted = what(a, i);
    let k = j;
    while (k < theirs.length && k < j + LOOK_AHEAD && what(b, theirs[k] as number) !== wanted) k++;
    if (k >= theirs.length || k >= j + LOOK_AHEAD) continue;
    pairs.push([i, theirs[k] as number]);
    j = k + 1;
  }
  return pairs;
}

/** Steps of the other run that may be without a counterpart in a row. */
const LOOK_AHEAD = 64;

/** Compare two runs. */
export function compare(a: RunColumns, b: RunColumns): Comparison {
  const [mine, theirs] = [byTask(a), byTask(b)];
  const pairs: [number, number][] = [];
  for (const [name, events] of mine) pairs.push(...align(a, b, events, theirs.get(name) ?? []));
  pairs.sort((x, y) => x[0] - y[0]);
  const [inA, inB] = [new Set(pairs.map((p) => p[0])), new Set(pairs.map((p) => p[1]))];
  const only = (r: RunColumns, known: Set<number>): ComparedStep[] =>
    Array.from({ length: r.events }, (_, i) => i)
      .filter((i) => !known.has(i))
      .map((i) => stepOf(r, i));
  const differs = pairs.find(([i, j]) => effect(a, i) !== effect(b, j));
  return {
    pairs: pairs.map(([i, j]) => [i + 1, j + 1] as const),
    onlyA: only(a, inA),
    onlyB: only(b, inB),
    parting: partingOf(a, b),
    state:
      differs === undefined
        ? null
        : {
            a: stepOf(a, differs[0]),
            b: stepOf(b, differs[1]),
            was: [effect(a, differs[0]), effect(b, differs[1])],
          },
  };
}

function partingOf(a: RunColumns, b: RunColumns): Comparison['parting'] {
  const task = (r: RunColumns, i: number): string => r.tasks[r.task[i] as number]?.name ?? '?';
  const both = Math.min(a.events, b.events);
  let i = 0;
  while (i < both && task(a, i) === task(b, i) && what(a, i) === what(b, i)) i++;
  if (i === a.events && i === b.events) return null;
  return { a: i < a.events ? stepOf(a, i) : null, b: i < b.events ? stepOf(b, i) : null };
}

/** Two kept runs, with a sentence that claims no more than what was run. */
export function comparison(a: KeptRun, b: KeptRun): ComparisonShape {
  const c = compare(a.columns, b.columns);
  return {
    pairA: Uint32Array.from(c.pairs, (p) => p[0]),
    pairB: Uint32Array.from(c.pairs, (p) => p[1]),
    onlyA: c.onlyA,
    onlyB: c.onlyB,
    parting: c.parting,
    state: c.state,
    sentence: sentenceOf(a, b, c),
  };
}

function sentenceOf(a: KeptRun, b: KeptRun, c: Comparison): string {
  const name = (r: KeptRun): string => `${r.cell.variant} ${r.cell.driver}`;
  const end = (r: KeptRun): string => {
    const worst = r.findings[0];
    return worst === undefined ? 'nothing was found' : `${worst.message} (#${worst.step})`;
  };
  if (c.parting === null && c.state === null)
    return `A and B are the same ${a.columns.events} steps`;
  const part = c.parting?.a ?? c.parting?.b;
  const where = part === null || part === undefined ? '' : `; they part at #${part.step}`;
  return `A, ${name(a)}: ${end(a)}. B, ${name(b)}: ${end(b)}${where}. Each is one schedule.`;
}
