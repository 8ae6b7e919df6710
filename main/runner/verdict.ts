// From what a search found to a verdict: one word, one sentence, and whether it was expected.
import type {
  CellShape,
  CellVerdict,
  FoundShape,
  VerdictWord,
} from '../../preload/contract/shapes';
import type { SearchReply } from './protocol';

function matchesOne(wanted: string, found: readonly FoundShape[]): boolean {
  const [checker, where] = wanted.split(' in ');
  return found.some(
    ({ finding: f }) => f.checker === checker && (where === undefined || f.where === where),
  );
}

/**
 * Does a verdict match an expectation such as `holds`, `use-after-free in f` or
 * `lock-order + deadlock`?
 */
export function meets(
  expected: string,
  verdict: VerdictWord,
  found: readonly FoundShape[],
): boolean {
  if (expected === 'holds') return verdict === 'holds';
  return expected.split('+').every((part) => matchesOne(part.trim(), found));
}

/** The verdict of a finished search. */
export function verdictOf(cell: CellShape, reply: SearchReply): CellVerdict {
  const worst = reply.found[0];
  const complete = reply.exhausted || reply.strategy.kind === 'random';
  const verdict: VerdictWord = worst ? 'fails' : complete ? 'holds' : 'unknown';
  const expected = reply.description.expected[`${cell.variant} ${cell.driver}`] ?? '';
  const sentence = worst
    ? `${worst.finding.message} (#${worst.finding.step})`
    : verdict === 'holds'
      ? `holds: no finding in ${reply.coverage}`
      : `unknown: no finding, but ${reply.coverage}`;
  return {
    cell,
    verdict,
    sentence,
    coverage: reply.coverage,
    executions: reply.executions,
    found: reply.found,
    expected,
    ...(expected === '' ? {} : { asExpected: meets(expected, verdict, reply.found) }),
  };
}
