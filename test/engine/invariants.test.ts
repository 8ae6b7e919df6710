// The invariants of the specification (section 6): each has a cell of the zoo or the gallery that
// breaks it, and one that keeps it.
import { expect, test } from 'vitest';
import { INVARIANTS } from '../../main/engine/api';
import { galleryScripts, search, zooScript } from '../support/experiments';

/** Invariant, script, checker that says so, cell that breaks it, cell (`script:cell`) that keeps it. */
const CASES: readonly [string, string, string, string, string][] = [
  ['I1', 'b42', 'lost-request', 'v6.12 plain', ''],
  ['I1', 'b17', 'lost-request', 'v6.9 smmuv3', 'v6.1 smmuv3'],
  ['I2', 'b31', 'response-rules', 'v6.1~drop-stop-markers vt-d', 'v6.1 vt-d'],
  ['I3', 'b18', 'response-rules', 'v6.12 plain', 'v6.1 plain'],
  ['I4', 'b38', 'pasid-isolation', 'v6.1 plain', 'v6.1 vt-d'],
  ['I5', 'b40', 'invariant I5', 'v6.12 plain', 'v6.12 vt-d'],
  ['I6', '06', 'response-rules', 'v6.12 plain', 'b12:v6.12 plain'],
  ['I7', 'b41', 'invariant I7', 'refcount-step plain', 'v6.9 plain'],
  ['I8', 'b21', 'invariant I8', 'v6.9 vt-d', 'v6.1 vt-d'],
  ['I9', 'b20', 'invalid-free', 'v6.12-owned plain', 'v6.9 plain'],
  ['I10', 'b10', 'invariant I10', 'series-v4 plain', 'v6.9 plain'],
  ['I11', 'b24', 'invariant I11', 'v6.12~drain-on-teardown,no-drain-in-release vt-d', 'v6.12 vt-d'],
  [
    'I12',
    'b22',
    'invariant I12',
    'v6.12~rid-faults vt-d',
    'v6.12~rid-faults,drain-on-teardown vt-d',
  ],
  ['I13', 'b34', 'invariant I13', 'v6.16 vt-d', 'v6.16~rid-count-dropped vt-d'],
  ['I14', 'b11', 'invariant I14', 'v6.9 plain', 'v6.16 plain'],
  ['I15', 'b02', 'invariant I15', 'v6.1 smmuv3', 'v6.9 smmuv3'],
  [
    'I16',
    'b04',
    'deadlock',
    'v6.1~drain-drops-pasid-mutex,response-without-pasid-mutex vt-d',
    'v6.1 vt-d',
  ],
  ['I17', 'b26', 'invariant I17', 'v6.12~deliver-spinlock plain', 'v6.12 plain'],
  ['I18', 'b27', 'invariant I18', 'v6.12 plain', 'v6.12-owned plain'],
  ['I19', 'b30', 'invariant I19', 'v6.1~pro-when-empty vt-d', 'v6.1 vt-d'],
  ['I20', 'b02', 'invariant I20', 'v6.1 smmuv3', 'v6.9 smmuv3'],
  ['I21', 'b11', 'invariant I21', 'v6.9 plain', 'v6.12 plain'],
];

function scriptOf(id: string): string {
  const gallery = galleryScripts().find(([f]) => f.startsWith(id));
  return gallery?.[1] ?? zooScript(id);
}

async function checkers(id: string, cell: string): Promise<string[]> {
  const [variant, driver] = cell.split(' ') as [string, string];
  const reply = await search(scriptOf(id), { variant, driver }, { runs: 2500 });
  return reply.found.map((f) => f.finding.checker);
}

test.each(CASES)('%s: %s, by %s', async (_id, script, checker, breaks, keeps) => {
  expect(await checkers(script, breaks)).toContain(checker);
  const [other, cell] = keeps.includes(':')
    ? (keeps.split(':') as [string, string])
    : [script, keeps];
  if (keeps !== '') expect(await checkers(other, cell)).not.toContain(checker);
});

test('every invariant is in the table, judged by the checker it names', () => {
  expect([...new Set(CASES.map(([id]) => id))]).toEqual(Object.keys(INVARIANTS));
  for (const [id, , checker] of CASES) {
    if (id !== 'I9') expect(INVARIANTS[id]?.judgedBy, id).toContain(checker);
  }
});
