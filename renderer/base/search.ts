// Looking things up in ascending lists.

/** First index from `from` up to `to` with list[index] >= value. */
export function lowerBound(
  list: ArrayLike<number>,
  value: number,
  from = 0,
  to = list.length,
): number {
  let lo = from;
  let hi = to;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if ((list[mid] as number) < value) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** The same, for a value that is probably near `from`: looks ahead in growing leaps. */
export function gallop(list: ArrayLike<number>, value: number, from: number): number {
  let leap = 1;
  let at = from;
  while (at + leap < list.length && (list[at + leap] as number) < value) {
    at += leap;
    leap *= 2;
  }
  return lowerBound(list, value, at, Math.min(list.length, at + leap + 1));
}
