// verdicts: a quiet run of which nothing was asked is not a pass.
import { describe, expect, test } from 'vitest';
import { meets, verdictOf } from '../../main/runner/verdict';
import { search } from '../support/experiments';

const cell = { variant: 'v6.12', driver: 'plain' };
const script = (reach: string, body: string): string => `
import { experiment } from 'faultline';
export default experiment('t', { variants: ['v6.12'], drivers: ['plain'], reach: [${reach}] }, (lab) => {
  lab.task('t', function* () {
    ${body}
  });
});`;

describe('never reached', () => {
  test('a mark that no run passes', async () => {
    const reply = await search(script("'there'", "yield* lab.mark('here');"), cell);
    const verdict = verdictOf(cell, reply);
    expect(verdict.verdict).toBe('never reached');
    expect(verdict.sentence).toBe('never reached: no run passed "there"');
  });

  test('a mark that is passed', async () => {
    const reply = await search(script("'there'", "yield* lab.mark('there');"), cell);
    expect(verdictOf(cell, reply).verdict).toBe('holds');
  });

  test('checkers that had nothing to judge are named', async () => {
    const reply = await search(script('', "yield* lab.mark('here');"), cell);
    const { neverReached } = verdictOf(cell, reply);
    expect(neverReached).toContain('memory');
    expect(neverReached).toContain('response');
    expect(neverReached).not.toContain('context');
  });
});

test('expectations', async () => {
  const reply = await search(
    script('', 'const q = lab.unit.iopf_queue; yield* lab.k.kfree(q); yield* lab.k.kfree(q);'),
    cell,
  );
  const holds = (wanted: string): boolean => meets(wanted, 'fails', reply.found);
  expect(holds('double-free')).toBe(true);
  expect(holds('double-free of iopf_queue')).toBe(true);
  expect(holds('double-free of iopf_queue in t')).toBe(true);
  expect(holds('double-free of iopf_group')).toBe(false);
  expect(holds('double-free in nowhere')).toBe(false);
  expect(holds('not leak')).toBe(true);
  expect(holds('not double-free')).toBe(false);
  expect(holds('double-free + leak')).toBe(false);
  expect(holds('holds')).toBe(false);
  expect(meets('not leak', 'unknown', [])).toBe(false);
});
