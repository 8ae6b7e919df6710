// A race diagram as somebody wants it: other columns, a range of steps, some steps more or fewer.
import type { RaceAsk, RaceRow, RaceShape } from '../../preload/contract/race';
import type { FindingShape, KeptRun } from '../../preload/contract/shapes';
import { placeOf } from '../timeline/labels';
import { drawRace, suggestedOrder } from './race';
import { changesSomething, MOST_COLUMNS, MOST_ROWS } from './race-choice';
import { columnsOf } from './race-columns';
import { raceStatement } from './race-text';

/** Steps that are offered at most: the last ones before the finding, or of the range. */
const OFFERED = 400;

/**
 * The diagram that is asked for.
 * @throws Error when a column does not exist, naming those that do
 */
export function raceOf(run: KeptRun, ask: RaceAsk): RaceShape {
  const { columns: r } = run;
  const from = ask.range?.from ?? 1;
  const to = Math.min(ask.range?.to ?? r.events, r.events);
  const finding = run.findings.find((f) => f.step >= from && f.step <= to) ?? null;
  const end = ask.range === null && finding !== null ? finding.step : to;
  const all = columnsOf(r, ask.by);
  const columnOfTask = new Map(all.flatMap((c) => c.tasks.map((t) => [t, c.name] as const)));
  const columnAt = (step: number): string => columnOfTask.get(r.task[step - 1] as number) ?? '';
  const suggested = suggestion(run, finding);
  const busy = countsOf(from, end, columnAt);
  const columns = ask.columns ?? (suggested ? mapped(suggested.columns) : busiest(busy));
  for (const name of columns) {
    if (all.some((c) => c.name === name)) continue;
    const known = all.map((c) => c.name).join(', ');
    throw new Error(`this run has no column "${name}"; it has ${known}`);
  }
  const rows = offered();
  const within = (s: number): boolean => s >= from && s <= end && columns.includes(columnAt(s));
  const steps = (ask.steps ?? suggestedHere()).filter(within);
  const order = { by: ask.by, columns: columns.slice(0, MOST_COLUMNS), steps };
  const names = [...all]
    .sort((a, b) => (busy.get(b.name) ?? 0) - (busy.get(a.name) ?? 0))
    .map((c) => c.name);
  return { order, text: drawRace(run, finding, order), columns: names, rows };

  /** The columns in which the suggested tasks stand. */
  function mapped(tasks: readonly string[]): string[] {
    const ids = tasks.map((name) => r.tasks.findIndex((t) => t.name === name));
    return [...new Set(ids.map((id) => columnOfTask.get(id) ?? ''))];
  }

  function offered(): RaceRow[] {
    const out: RaceRow[] = [];
    for (let s = end; s >= from && out.length < OFFERED; s--) {
      const column = columnAt(s);
      if (!columns.includes(column)) continue;
      if (!changesSomething(r, s - 1) && s !== finding?.step) continue;
      out.push({ step: s, column, text: `${placeOf(r, s - 1).fn}: ${raceStatement(r, s - 1)}` });
    }
    return out.reverse();
  }

  /** With the columns that the finding suggests, its steps; with others, whatever happens last in them. */
  function suggestedHere(): number[] {
    const same = suggested && mapped(suggested.columns).join() === columns.join();
    if (same) return [...suggested.steps];
    const kept = new Set(suggested?.steps ?? []);
    const latest = rows.map((row) => row.step).slice(-MOST_ROWS);
    return [...new Set([...kept, ...latest])].sort((a, b) => a - b).slice(-MOST_ROWS);
  }
}

function suggestion(run: KeptRun, finding: FindingShape | null) {
  return finding === null ? null : suggestedOrder(run, finding);
}

function countsOf(
  from: number,
  to: number,
  columnAt: (step: number) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let s = from; s <= to; s++) {
    const name = columnAt(s);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** The two that do most; the order they began in. */
function busiest(counts: ReadonlyMap<string, number>): string[] {
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 2);
  return [...counts.keys()].filter((name) => most.some(([n]) => n === name));
}
