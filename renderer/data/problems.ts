// In which order the problems of a run are gone through.

/**
 * Which problem comes next: the findings one after the other, then the references that are left.
 * @param all steps of the problems; the first `found` are findings, in ascending order
 * @returns -1 when there are none
 */
export function problemAfter(
  all: readonly number[],
  found: number,
  step: number,
  direction: 1 | -1,
): number {
  const n = all.length;
  if (n === 0) return -1;
  const here = all.indexOf(step);
  if (here >= 0) return (here + direction + n) % n;
  const findings = all.slice(0, found);
  const next =
    direction > 0 ? findings.findIndex((s) => s > step) : findings.findLastIndex((s) => s < step);
  return next >= 0 ? next : direction > 0 ? found % n : n - 1;
}
