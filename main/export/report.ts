// The report of a run as a plain mail: versions, verdict, diagram, splat, and where the model is
// known to differ from the kernel in the functions that the run touched.
import type { FindingShape, KeptRun } from '../../preload/contract/shapes';
import { raceDiagram } from './race';
import { ascii, splat, wrap } from './splat';

/** Functions of the run with known deviations: name, upstream, what differs. */
export function deviationsTouched(
  run: KeptRun,
): { name: string; upstream: string; text: string }[] {
  const used = new Set<number>();
  for (const s of run.columns.stacks)
    for (let d = 0; d < s.length; d += 2) used.add(s[d] as number);
  return run.columns.functions
    .filter((f) => used.has(f.id) && f.deviates !== '')
    .map((f) => ({ name: f.name, upstream: f.upstream, text: f.deviates }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Why the worst finding happens: the orders that it needs. */
function ordersOf(run: KeptRun, worst: FindingShape): string[] {
  const told = run.verdict.found.find((f) => f.finding.identity === worst.identity);
  const orders = told?.orders ?? [];
  if (orders.length === 0) return [];
  const lines = ['', 'It needs these orders', '---------------------'];
  for (const [first, second] of orders) {
    lines.push(...bullet(`${first}`), ...wrap(`before ${second}`, '  '));
  }
  return lines;
}

function bullet(text: string): string[] {
  return wrap(text, '  ').map((l, i) => (i === 0 ? `* ${l.trim()}` : l));
}

/** A subject line of at most 75 columns, cut between words. */
function subject(title: string, head: string): string {
  const whole = `Subject: [faultline] ${title}: ${head}`;
  if (whole.length <= WIDTH) return whole;
  return `${whole.slice(0, whole.lastIndexOf(' ', WIDTH - 3)).replace(/[:,]$/, '')}...`;
}

const WIDTH = 75;

/**
 * Text of at most 75 columns, ready for a mailing list.
 * @param token the replay token, with its cut lines; none when left out
 */
export function mailReport(run: KeptRun, token = ''): string {
  const worst: FindingShape | undefined = run.findings[0];
  const head = worst ? worst.title : 'no finding';
  const lines = [
    subject(run.title, head),
    '',
    `Experiment:  ${run.title}`,
    `Variant:     ${run.cell.variant}, IOMMU driver ${run.cell.driver}`,
    `Engine:      ${run.engine}`,
    `Run:         ${run.columns.events} events, chain ${run.columns.chain.at(-1)}`,
    ...(run.origin === '' ? [] : wrap(`Origin:      ${run.origin}`)),
    '',
    'Verdict',
    '-------',
    ...wrap(run.verdict.sentence),
    ...wrap(`Covered: ${run.verdict.coverage}.`),
  ];
  if (worst) {
    lines.push('', 'What happens', '------------', raceDiagram(run, worst).trimEnd());
    lines.push(...ordersOf(run, worst));
    for (const f of run.findings) lines.push('', splat(run, f).trimEnd());
  }
  const deviations = deviationsTouched(run);
  if (deviations.length > 0) {
    lines.push('', 'Where the model is known to differ', '-----------------------------------');
    for (const d of deviations) {
      lines.push(...bullet(`${d.name}: ${d.text}`));
    }
  }
  if (token !== '') {
    const how =
      'To see it happen, paste this into Faultline, or run "faultline verify" on this mail:';
    lines.push('', 'Replay', '------', ...wrap(how), '', token.trimEnd());
  }
  return `${ascii(lines.map((l) => l.trimEnd()).join('\n'))}\n`;
}
