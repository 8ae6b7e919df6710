// What a column of a race diagram can be: a task; or a processor, and beside processors, a device.
import type { RaceOrder } from '../../preload/contract/race';
import type { RunColumns } from '../../preload/contract/shapes';
import { cpusOf } from '../timeline/tracks';

export interface RaceColumn {
  readonly name: string;
  /** Tasks whose steps stand in it. */
  readonly tasks: readonly number[];
}

/** Every column that a run offers, in the order of its tasks. */
export function columnsOf(run: RunColumns, by: RaceOrder['by']): RaceColumn[] {
  if (by === 'task') return run.tasks.map(({ name }, t) => ({ name, tasks: [t] }));
  const cpus = cpusOf(run);
  const byName = new Map<string, number[]>();
  run.tasks.forEach(({ name }, t) => {
    const cpu = cpus[t] as number;
    // A device has no processor: its jobs are named after it.
    const column = cpu < 0 ? (name.split(' ')[0] as string) : `CPU${cpu}`;
    byName.set(column, [...(byName.get(column) ?? []), t]);
  });
  return [...byName].map(([name, tasks]) => ({ name, tasks }));
}
