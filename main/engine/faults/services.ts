// Services that refuse: a user copy that faults or sleeps, work that is not queued, an invalidation
// that times out.
import { invalidationPolicy } from '../hardware/invalidation-queue';
import { userCopyPolicy } from '../primitives/user-copy';
import { queueWorkPolicy } from '../primitives/workqueue';
import { armedOf, type Knobs } from './knobs';

/** Where `arm` keeps them; also the names of the fault points. */
export const USER_COPY_FAILS = 'user-copy-fails';
export const USER_COPY_SLEEPS = 'user-copy-sleeps';
export const WORK_REFUSED = 'queue-work-refused';
export const INVALIDATION_TIMEOUT = 'invalidation-timeout';

userCopyPolicy.fails = (m, t) =>
  armedOf<Knobs>(m, USER_COPY_FAILS).some((a) => a.fires(m, t, USER_COPY_FAILS, 'user copy'));

/** A copy that sleeps until whoever serves the page says so. */
export interface SleepingCopySpec extends Knobs {
  /** Has the page been served? Reads simulated state only. */
  readonly served: () => boolean;
}

userCopyPolicy.watches = (m) => armedOf(m, USER_COPY_SLEEPS).length > 0;

userCopyPolicy.sleeps = (m, t) => {
  for (const a of armedOf<SleepingCopySpec>(m, USER_COPY_SLEEPS)) {
    const { spec } = a;
    if (spec.task !== '' && spec.task !== t.name) continue;
    m.fired.add(USER_COPY_SLEEPS);
    if (!spec.served()) return true;
  }
  return false;
};

queueWorkPolicy.refuses = (m, t) =>
  armedOf<Knobs>(m, WORK_REFUSED).some((a) => a.fires(m, t, WORK_REFUSED, 'queue_work'));

invalidationPolicy.timesOut = (m, t) =>
  armedOf<Knobs>(m, INVALIDATION_TIMEOUT).some((a) =>
    a.fires(m, t, INVALIDATION_TIMEOUT, 'invalidation'),
  );
