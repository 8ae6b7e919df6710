// Runs: made by searching, by forking, by carrying a schedule over, by opening a bundle; shown, compared,
// verified, exported.
import type { MadeFile, RunSummary } from '../../preload/contract/calls';
import { EXPORT_KINDS, isExport } from '../../preload/contract/exports';
import type { ChangeShape, StrategyShape } from '../../preload/contract/shapes';
import { calls, fail, guarded, jobName, withJob, writing } from './lab';
import { arrive, goto, historyShows } from './navigate';
import { checked, openBundleScript } from './scripts';
import { big, scriptText, session } from './session';

/** Runs in the list at most, beside pinned ones. */
const LISTED = 40;

function remember(run: RunSummary): void {
  const rest = session.runs.filter((r) => r.id !== run.id);
  const kept = [run, ...rest];
  session.runs = kept.filter((r, i) => i < LISTED || session.pinnedRuns.includes(r.id));
}

/** Pin a run in the list, or let it go. */
export function pinRun(id: string): void {
  const { pinnedRuns } = session;
  session.pinnedRuns = pinnedRuns.includes(id)
    ? pinnedRuns.filter((p) => p !== id)
    : [...pinnedRuns, id];
}

function forget(): void {
  session.markA = 0;
  session.markB = 0;
  session.range = null;
  session.playing = false;
  big.cone = null;
  big.shown = null;
  big.hits = new Uint32Array(0);
  big.links = [];
}

/**
 * Show a kept run, as a part of something that was asked for: what has been said since is left standing.
 * The cursor goes to its finding, or its end.
 */
export async function show(run: RunSummary, step?: number): Promise<void> {
  remember(run);
  const view = await calls.view(run.id, step ?? null);
  const fresh = big.view?.summary.id !== run.id;
  if (fresh) forget();
  const { opinion } = view;
  if (fresh && opinion) {
    session.notes = notesOf.get(run.id) ?? [...opinion.notes];
    session.pinned = [...opinion.pinned];
    session.hidden = [...opinion.hidden];
    const { grouping, axis } = opinion;
    session.settings = { ...session.settings, grouping, axis };
  } else if (fresh) session.notes = notesOf.get(run.id) ?? [];
  big.view = view;
  document.title = `${view.summary.title} · Faultline`;
  if (big.other?.summary.id === run.id) stopComparing();
  await arrive(view.start.state.step);
}

/** Show a kept run, because the user asks for it. */
export async function showRun(run: RunSummary, step?: number): Promise<void> {
  await guarded(() => show(run, step));
}

historyShows(async (id, step) => {
  const run = session.runs.find((r) => r.id === id);
  if (run) await showRun(run, step);
});

const notesOf = new Map<string, typeof session.notes>();

/** Change the notes of the shown run. */
export function setNotes(notes: typeof session.notes): void {
  session.notes = notes;
  if (big.view) notesOf.set(big.view.summary.id, notes);
}

/** Search the chosen cell. */
export async function runCell(
  strategy: StrategyShape | null = null,
  stopAtFirst = false,
): Promise<boolean> {
  await checked();
  if (big.check.problem) return false;
  const { variant, driver } = session.cell;
  return withJob(`${variant} ${driver}`, async (name) => {
    await show(await calls.run(name, scriptText(), { variant, driver }, strategy, stopAtFirst));
  });
}

/** Replay the shown schedule on another variant, and compare the two. */
export async function runOn(variant: string): Promise<void> {
  const before = big.view?.summary;
  if (before === undefined) return;
  await withJob(`this schedule on ${variant}`, async (name) => {
    const run = await calls.runOn(name, before.id, variant);
    await show(run);
  });
}

/** Take another choice: a run of its own. */
export async function fork(change: ChangeShape): Promise<void> {
  const id = big.view?.summary.id;
  if (id === undefined) return;
  await withJob('fork', async (name) => {
    const run = await calls.fork(name, id, change);
    const step = change.kind === 'task' ? change.step + 1 : change.step;
    await show(run, run.verdict.found.length > 0 ? undefined : step);
    session.info = run.origin;
  });
}

/** Put another run beside the shown one. */
export async function compareWith(id: string): Promise<void> {
  const mine = big.view?.summary.id;
  if (mine === undefined || mine === id) return;
  await guarded(async () => {
    const [other, comparison] = await Promise.all([calls.view(id, null), calls.compare(mine, id)]);
    big.other = other;
    big.comparison = comparison;
    session.settings = { ...session.settings, layout: 'compare' };
    session.drawerOpen = false;
  });
}

/** The run that the shown one is most naturally compared with. */
export function counterpart(): RunSummary | undefined {
  const mine = big.view?.summary;
  if (!mine) return undefined;
  const kin = session.runs.find((r) => r.id === mine.parent || r.parent === mine.id);
  return kin ?? session.runs.find((r) => r.id !== mine.id);
}

/** Only one run again. */
export function stopComparing(): void {
  big.other = null;
  big.comparison = null;
  if (session.settings.layout !== 'compare') return;
  session.settings = { ...session.settings, layout: 'write' };
}

/** Hand a file to the user. */
export function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Open a bundle in this window; nothing in it is executed. @param open has the lab open it */
export async function openHere(open: () => Promise<RunSummary>): Promise<void> {
  await guarded(async () => opened(await open()));
  session.opening = '';
}

/** Runs whose script the user has agreed to execute. */
const agreed = new Set<string>();

/** Executing a script that ships with the lab, or one that was agreed to, needs no question (`ux.md` C5). */
function mayReplay(run: RunSummary): boolean {
  return run.shipped || agreed.has(run.id);
}

async function opened(run: RunSummary): Promise<void> {
  await show(run);
  await openBundleScript(run.id, run.title, big.view?.script ?? '');
  session.cell = { ...run.cell };
  const nothing = 'opened, intact: every digest matches, and nothing in it was executed';
  const own =
    'opened, intact: every digest matches; its script ships with the lab, and is replayed';
  session.info = mayReplay(run) ? own : nothing;
  if (mayReplay(run)) void replay(jobName(), run).catch(fail);
}

/** Ask whether the script of the shown run may be executed, unless that is known. */
export function askVerify(): void {
  const run = big.view?.summary;
  if (!run) return;
  session.consent = run;
  if (mayReplay(run)) void verify();
}

/** Consent was given: replay and compare. */
export async function verify(): Promise<void> {
  const run = session.consent;
  session.consent = null;
  if (!run) return;
  agreed.add(run.id);
  await withJob('verify', async (name) => {
    const step = await replay(name, run);
    if (step > 0) await goto(step);
  });
}

/** Replay and compare; the first step that differs, or 0. */
async function replay(job: string, run: RunSummary): Promise<number> {
  const result = await calls.verify(job, run.id);
  session.verified = { ...session.verified, [run.id]: result };
  const { view } = big;
  if (view?.summary.id === run.id && view.columns.events === 0) await show(run);
  return result.step;
}

async function exported(job: string, name: string): Promise<MadeFile> {
  return calls.export(job, big.view?.summary.id ?? '', name);
}

/** An export of the shown run as text. */
export async function exportText(name: string): Promise<string> {
  return new TextDecoder().decode((await exported(jobName(), name)).bytes);
}

/** Make an export; text to be shown is returned, the rest is downloaded. */
export async function exportAs(name: string): Promise<string> {
  let text = '';
  if (!big.view) return text;
  await writing('export', async (job) => {
    if (isExport(name) && EXPORT_KINDS[name].shown) text = await exportText(name);
    else {
      const file = await exported(job, name);
      download(file.name, file.bytes);
    }
  });
  return text;
}

/** A line for the debugger; where it went, the window goes. */
export async function debug(line: string): Promise<readonly string[]> {
  const id = big.view?.summary.id ?? '';
  const name = jobName();
  const reply = await calls.debug(name, line, id, session.step);
  if (reply.run) await show(reply.run, reply.step);
  else if (reply.step !== session.step) await goto(reply.step);
  return reply.lines;
}

/** What the last word of a debugger's line may become. */
export function completeLine(line: string): Promise<readonly string[]> {
  return calls.complete(line, big.view?.summary.id ?? '', session.step);
}

const sources = new Map<string, Promise<string>>();

/** Source of a model file; kept once read. */
export function modelSource(file: string): Promise<string> {
  const known = sources.get(file) ?? calls.source(file);
  sources.set(file, known);
  return known;
}
