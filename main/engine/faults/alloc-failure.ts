// Allocation failure, as failslab makes it: by structure, function and task.
import { current, type Task } from '../core/task';
import { allocationPolicy } from '../primitives/memory';
import { armedOf, type Knobs } from './knobs';

/** Which allocations may fail. */
export interface AllocFailureSpec extends Knobs {
  /** Structure allocated, as splats name it; empty for any. */
  readonly object: string;
}

/** Where `arm` keeps them. */
export const ALLOC_FAILURE = 'alloc-failure';

allocationPolicy.fails = (what: string, t: Task): boolean => {
  const m = current.machine;
  for (const a of armedOf<AllocFailureSpec>(m, ALLOC_FAILURE)) {
    if (a.spec.object !== '' && a.spec.object !== what) continue;
    if (a.fires(m, t, ALLOC_FAILURE, `failslab ${what}`)) return true;
  }
  return false;
};
