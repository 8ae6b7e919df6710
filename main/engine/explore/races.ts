// Which conflicts of two accesses are races that can be reversed, and which only order events.
import {
  ACQUIRE,
  AWAIT,
  COUNT,
  DISCOUNT,
  EMPTY,
  LACK,
  LAST_BUT_ONE,
  READ,
  RELEASE,
  SHARE,
  SIGNAL,
  TAKE,
  UNSHARE,
  VACATE,
  WRITE,
} from '../core/footprint';

/** How an op may have been kept waiting; decides which conflicts are races. */
export const FREE = 0;
/** It waited for a hold (`ACQUIRE`, `SHARE`) or a token (`TAKE`): the footprint tells. */
export const HOLDS = 1;
/** It waited for room (`VACATE`), and for what is settled for good. */
export const WAITED = 2;
/**
 * It waited for something that others may make and unmake, so that nobody can say from one execution
 * whether it could have gone on earlier: every race is tried, some in vain.
 */
export const UNSURE = 4;
/** It waits for a hold at the end of the run, in vain. */
export const STUCK = 3;

/** A writer that arrives at a lock, and a reader that comes in later: two modes of one race. */
export const ARRIVAL = COUNT * 16 + READ;

export function isDrop(mode: number): boolean {
  return mode === DISCOUNT || mode === LAST_BUT_ONE;
}

/** May an access be what keeps a task waiting that wants a hold? */
export function holdsUp(earlier: number, wanted: number): boolean {
  if (wanted === ACQUIRE) return earlier === ACQUIRE;
  if (wanted === TAKE) return earlier === WRITE || earlier === TAKE;
  return wanted === READ && earlier === COUNT;
}

/** Can the later of two conflicting accesses come first? */
export function canReverse(earlier: number, later: number, wait: number): boolean {
  if (later === AWAIT || later === SIGNAL || earlier === SIGNAL || earlier === AWAIT) return false;
  if (wait === WAITED) return earlier !== VACATE;
  if (wait !== HOLDS) return true;
  if (later === TAKE) return earlier !== COUNT && earlier !== LACK && earlier !== EMPTY;
  if (later === ACQUIRE) return earlier !== RELEASE && earlier !== SHARE && earlier !== UNSHARE;
  if (later === SHARE) return earlier !== ACQUIRE && earlier !== RELEASE;
  return true;
}

/**
 * Is this conflict the hand-over of a hold? It orders, and does not hide the race (as modes) of the
 * holders: for a reader that is the race with the arrival of the writer.
 */
export function isHandOver(earlier: number, later: number, race: number): boolean {
  if (later === ACQUIRE) {
    return (race & 15) === ACQUIRE && (earlier === RELEASE || earlier >= SHARE);
  }
  if (later === SHARE) return race === ARRIVAL && earlier <= RELEASE;
  // What was taken or thrown away before could have been taken instead of what came after it.
  if (later === TAKE) return earlier === COUNT && (race & 15) === TAKE && race >> 4 !== COUNT;
  return false;
}
