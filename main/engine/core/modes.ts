// How an op touches a place (`footprint.ts`). A file of its own, so that the machine can name them.

export const READ = 0;
export const WRITE = 1;
/** Additions that commute with each other, such as completions signalled. */
export const COUNT = 2;
/** Subtractions: commute with additions and with each other. */
export const DISCOUNT = 3;
/** Takes an exclusive hold of the place; its race is with other takers, never with the release. */
export const ACQUIRE = 4;
export const RELEASE = 5;
/** Takes or gives back a hold that others may share. */
export const SHARE = 6;
export const UNSHARE = 7;
/** Makes an `AWAIT` possible: ordered for good, never a race. */
export const SIGNAL = 8;
export const AWAIT = 9;
/** Takes the only thing that a `COUNT` has put there: ordered after it for good. */
export const TAKE = 10;
/** A subtraction that left 1: the next one reaches 0. */
export const LAST_BUT_ONE = 11;
/** A read that has found nothing there for a `TAKE`: what is taken after it has been put there after it. */
export const LACK = 12;
/** A write that has thrown away nothing, so that a `TAKE` could not have come before it either. */
export const EMPTY = 13;
/** A write that has made room for one: whoever had waited for room comes after it for good. */
export const VACATE = 14;
