// From what a search found to a verdict: one word, one sentence, and whether it was expected.
import type {
  CellShape,
  CellVerdict,
  FoundShape,
  VerdictWord,
} from '../../preload/contract/shapes';
import type { SearchReply } from './protocol';

/** The finding that one part of an expectation means: `checker`, `checker of class in function`. */
export function meant(wanted: string, found: readonly FoundShape[]): FoundShape | undefined {
  const [, checker, kind, where] = /^(.+?)(?: of (\S+))?(?: in (\S+))?$/.exec(wanted) ?? [];
  return found.find(({ finding: f }) => {
    if (f.checker !== checker || (where !== undefined && f.where !== where)) return false;
    const parts = f.identity.split('|');
    return kind === undefined || parts.some((p) => p === kind || p.startsWith(`${kind}.`));
  });
}

/**
 * Does a verdict match an expectation such as `holds`, `use-after-free of s in f`,
 * `lock-order + deadlock`, or `not leak` (that does not happen, whatever else does)?
 */
export function meets(
  expected: string,
  verdict: VerdictWord,
  found: readonly FoundShape[],
): boolean {
  if (expected === 'holds') return verdict === 'holds';
  if (expected.startsWith('not ')) {
    return verdict !== 'unknown' && meant(expected.slice(4), found) === undefined;
  }
  return expected.split('+').every((part) => meant(part.trim(), found) !== undefined);
}

/** Strategies that never come to an end: nothing found in so many samples is all they can say. */
const SAMPLED = ['random', 'urw', 'pct', 'pos'];

/** The verdict of a finished search. */
export function verdictOf(cell: CellShape, reply: Omit<SearchReply, 'kind' | 'run'>): CellVerdict {
  const worst = reply.found[0];
  const complete = reply.exhausted || SAMPLED.includes(reply.strategy.kind);
  const missed = reply.description.reach.filter((r) => reply.neverReached.includes(r));
  const quiet: VerdictWord = missed.length > 0 ? 'never reached' : 'holds';
  const verdict: VerdictWord = worst ? 'fails' : complete ? quiet : 'unknown';
  const expected = reply.description.expected[`${cell.variant} ${cell.driver}`] ?? '';
  const sentence = worst
    ? `${worst.finding.message} (#${worst.finding.step})`
    : verdict === 'holds'
      ? `holds: no finding in ${reply.coverage}`
      : verdict === 'never reached'
        ? `never reached: no run passed ${missed.map((r) => `"${r}"`).join(', ')}`
        : `unknown: no finding, but ${reply.coverage}`;
  return {
    cell,
    verdict,
    sentence,
    coverage: reply.coverage,
    executions: reply.executions,
    found: reply.found,
    neverReached: reply.neverReached,
    fired: reply.fired,
    expected,
    ...(expected === '' ? {} : { asExpected: meets(expected, verdict, reply.found) }),
  };
}
