// Every export by name.
import type { ExportName } from '../../preload/contract/exports';
import type { KeptRun, OnMade } from '../../preload/contract/shapes';
import { untold } from './every-event';
import { ftrace } from './ftrace';
import { junit } from './junit';
import { kunitOutline } from './kunit';
import { perfetto } from './perfetto';
import { raceDiagram } from './race';
import { mailReport } from './report';
import { splat } from './splat';
import { timelineSvg } from './svg';
import { eventsArrow, eventsCsv, eventsJson } from './tables';

/** What is said of a run without a finding where a finding is what the export shows. */
function quiet(run: KeptRun): string {
  return `${run.verdict.sentence}\n`;
}

function race(run: KeptRun): string {
  const worst = run.findings[0];
  return worst === undefined ? quiet(run) : raceDiagram(run, worst);
}

function splats(run: KeptRun): string {
  if (run.findings.length === 0) return quiet(run);
  return run.findings.map((f) => splat(run, f)).join('\n');
}

type Made = string | Uint8Array;
type Maker = (run: KeptRun, onMade: OnMade, token: string) => Made | Promise<Made>;

const MAKERS: Readonly<Record<ExportName, Maker>> = {
  race,
  report: (run, _onMade, token) => mailReport(run, token),
  token: (_run, _onMade, token) => token,
  splat: splats,
  ftrace,
  kunit: kunitOutline,
  perfetto,
  svg: (run) => timelineSvg(run),
  // Loaded when it is wanted: the drawing library and its fonts are 4 MB.
  png: async (run) => (await import('./png')).pngOf(timelineSvg(run)),
  csv: eventsCsv,
  json: eventsJson,
  arrow: eventsArrow,
  junit: (run) => junit(run.title, [run]),
};

/**
 * Make an export; text exports are UTF-8.
 * @param token the run's replay token, with its cut lines (`bundle/token.ts`)
 * @param onMade told how many of the events are in it
 */
export async function exportRun(
  run: KeptRun,
  name: ExportName,
  token: string,
  onMade: OnMade = untold,
): Promise<Uint8Array> {
  const made = await MAKERS[name](run, onMade, token);
  return typeof made === 'string' ? new TextEncoder().encode(made) : made;
}
