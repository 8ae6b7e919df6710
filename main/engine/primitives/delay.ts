// Sleeping on the virtual clock. In a timed search the clock decides when a sleeper wakes; in an
// untimed one it may wake at any point, so a delay means "as late as you like".
import { announce, current, type Step } from '../core/task';
import { kindId } from '../core/vocabulary';

const UDELAY = kindId('udelay');

/** Sleep for `ns` nanoseconds of virtual time. */
export function sleepNs(ns: number): Step<void> {
  const step = announce<void>(UDELAY, 'sleep', null, null, ns);
  current.task.wakeAt = current.machine.time + ns;
  return step;
}
