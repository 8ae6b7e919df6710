// Every export by name.
import type { KeptRun } from '../../preload/contract/shapes';
import { perfetto } from './perfetto';
import { raceDiagram } from './race';
import { mailReport } from './report';
import { splat } from './splat';

export const EXPORTS = ['race', 'report', 'splat', 'perfetto'] as const;
export type ExportName = (typeof EXPORTS)[number];

/** Is `name` an export? */
export function isExport(name: string): name is ExportName {
  return (EXPORTS as readonly string[]).includes(name);
}

/** Make an export; text exports are UTF-8. */
export function exportRun(run: KeptRun, name: ExportName): Uint8Array {
  const text = (s: string): Uint8Array => new TextEncoder().encode(s);
  const worst = run.findings[0];
  if (name === 'perfetto') return perfetto(run);
  if (name === 'report') return text(mailReport(run));
  if (worst === undefined) return text(`${run.verdict.sentence}\n`);
  if (name === 'race') return text(raceDiagram(run, worst));
  return text(run.findings.map((f) => splat(run, f)).join('\n'));
}
