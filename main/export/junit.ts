// JUnit XML, as continuous integration reads it: one suite a script, one case a cell of its matrix. A cell
// fails when its verdict is not what the script expects, or, where it expects nothing, when it is not
// `holds`.
import type { CellVerdict, KeptRun } from '../../preload/contract/shapes';
import { xmlText } from './xml';

/** Does continuous integration have to know? */
export function isFailure(v: CellVerdict): boolean {
  return v.asExpected === undefined ? v.verdict !== 'holds' : !v.asExpected;
}

function testcase(title: string, v: CellVerdict): string[] {
  const name = `${v.cell.variant} ${v.cell.driver}`;
  const head = `    <testcase classname="${xmlText(title)}" name="${xmlText(name)}">`;
  const lines = [head];
  if (isFailure(v)) {
    const expected = v.expected === '' ? '' : `expected: ${v.expected}\n`;
    const found = v.found.map((f) => `${f.finding.title}\n  ${f.finding.message}`).join('\n');
    lines.push(
      `      <failure type="${v.verdict}" message="${xmlText(v.sentence)}">`,
      xmlText(`${expected}${found}`.trim()),
      '      </failure>',
    );
  }
  const never = v.neverReached.join(', ');
  const said = [v.sentence, v.coverage, never === '' ? '' : `never reached: ${never}`];
  const out = xmlText(said.filter((s) => s !== '').join('\n'));
  lines.push(`      <system-out>${out}</system-out>`, '    </testcase>');
  return lines;
}

/** The verdicts on the cells of a script as a JUnit file. */
export function junit(title: string, runs: readonly Pick<KeptRun, 'verdict'>[]): string {
  const verdicts = runs.map((r) => r.verdict);
  const failures = verdicts.filter(isFailure).length;
  const counts = `tests="${verdicts.length}" failures="${failures}" errors="0"`;
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="faultline" ${counts}>`,
    `  <testsuite name="${xmlText(title)}" ${counts}>`,
    ...verdicts.flatMap((v) => testcase(title, v)),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
}
