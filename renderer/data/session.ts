// What the window shows, and the verbs that change it. Every pane follows this one state; none
// talks to another.
import { reactive, shallowReactive } from 'vue';
import type {
  CheckResult,
  Hello,
  LabCalls,
  RunSummary,
  RunView,
  VerifyShape,
} from '../../preload/contract/calls';
import { EXPORT_KINDS, isExport } from '../../preload/contract/exports';
import type {
  CellShape,
  CellVerdict,
  InspectorState,
  StrategyShape,
} from '../../preload/contract/shapes';
import { connect } from './rpc';

/** Large values live here; they are replaced, never changed in place. */
export const big = shallowReactive({
  hello: null as Hello | null,
  view: null as RunView | null,
  inspector: null as InspectorState | null,
  check: { title: '', story: '', cells: [], expected: {} } as CheckResult,
});

export const session = reactive({
  script: '',
  /** Gallery entry the script came from, or `scratch`. */
  tab: 'scratch',
  /** The user typed something: nothing may replace it unasked. */
  touched: false,
  cell: { variant: '', driver: '' } as CellShape,
  running: null as null | { job: string; label: string; executions: number; findings: number },
  runs: [] as RunSummary[],
  matrix: [] as CellVerdict[],
  step: 0,
  recent: [] as string[],
  /** Verify results by run id. */
  verified: {} as Record<string, VerifyShape>,
  /** Run waiting for consent to execute its script. */
  consent: null as null | RunSummary,
  error: '',
  info: '',
  lost: false,
  theme: 'dark' as 'dark' | 'light',
});

let serial = 0;
const job = (): string => `job-${++serial}`;

const calls: LabCalls = connect(
  {
    progress(name, executions, findings) {
      if (session.running?.job !== name) return;
      session.running.executions = executions;
      session.running.findings = findings;
    },
  },
  () => {
    session.lost = true;
  },
);

function fail(e: unknown): void {
  session.error = String((e as Error).message ?? e);
}

async function guarded(work: () => Promise<void>): Promise<void> {
  session.error = '';
  session.info = '';
  try {
    await work();
  } catch (e) {
    fail(e);
  }
}

async function withJob(label: string, work: (name: string) => Promise<void>): Promise<void> {
  if (session.running) return;
  const name = job();
  session.running = { job: name, label, executions: 0, findings: 0 };
  await guarded(() => work(name));
  session.running = null;
}

let started: Promise<void> = Promise.resolve();

/** First contact: gallery, typings, and a script that can be run at once. */
export function start(): Promise<void> {
  started = guarded(async () => {
    big.hello = await calls.hello();
    session.recent = await calls.recent();
    const first = big.hello.gallery[0];
    if (session.touched) return;
    if (first) await openGallery(first.id);
    else await setScript(big.hello.scratch);
  });
  return started;
}

let checking = 0;
/** Resolves when the last check is over: running waits for it. */
let settled: Promise<void> = Promise.resolve();

/** The editor's text changed: check it, and keep it if it is scratch. */
export function setScript(text: string): Promise<void> {
  session.script = text;
  settled = checkScript(text);
  return settled;
}

async function checkScript(text: string): Promise<void> {
  const mine = ++checking;
  await guarded(async () => {
    const result = await calls.check(text);
    if (mine !== checking) return;
    if (result.problem) {
      big.check = { ...big.check, problem: result.problem };
      return;
    }
    big.check = result;
    const known = result.cells.some(
      (c) => c.variant === session.cell.variant && c.driver === session.cell.driver,
    );
    const first = result.cells[0];
    if (!known && first) session.cell = { ...first };
  });
}

/** Keep the text as scratch between sessions. */
export async function autosave(text: string): Promise<void> {
  session.tab = 'scratch';
  if (big.hello) big.hello = { ...big.hello, scratch: text };
  await guarded(() => calls.autosave(text));
}

/** Show a gallery script, or the scratch. */
export async function openGallery(id: string): Promise<void> {
  const entry = big.hello?.gallery.find((g) => g.id === id);
  session.tab = entry ? id : 'scratch';
  session.cell = { variant: '', driver: '' };
  session.matrix = [];
  await setScript(entry ? entry.script : (big.hello?.scratch ?? ''));
}

function remember(run: RunSummary): void {
  const rest = session.runs.filter((r) => r.id !== run.id);
  session.runs = [run, ...rest];
}

/** Show a kept run; the cursor goes to its finding, or its end. */
export async function showRun(run: RunSummary): Promise<void> {
  await guarded(async () => {
    remember(run);
    const view = await calls.view(run.id);
    big.view = view;
    await goto(view.findings[0]?.step ?? view.columns.events);
  });
}

/** Search the chosen cell. */
export async function runCell(strategy: StrategyShape | null = null): Promise<boolean> {
  let ok = false;
  await started;
  await settled;
  if (big.check.problem) return false;
  const { variant, driver } = session.cell;
  await withJob(`${variant} ${driver}`, async (name) => {
    const { script } = session;
    const run = await calls.run(name, script, { variant, driver }, strategy);
    await showRun(run);
    ok = true;
  });
  return ok;
}

/** Search every cell of the matrix, one after the other. */
export async function runMatrix(): Promise<void> {
  const cells = [...big.check.cells];
  session.matrix = [];
  for (const cell of cells) {
    session.cell = { ...cell };
    if (!(await runCell())) return;
    const { view } = big;
    if (view) session.matrix = [...session.matrix, view.summary.verdict];
  }
}

export async function cancel(): Promise<void> {
  if (session.running) await calls.cancel(session.running.job);
}

/** Replay the shown schedule on another variant. */
export async function runOn(variant: string): Promise<void> {
  const id = big.view?.summary.id;
  if (id === undefined) return;
  await withJob(`this schedule on ${variant}`, async (name) => {
    await showRun(await calls.runOn(name, id, variant));
  });
}

let asked = 0;

/** Move the cursor. Step 0 is the beginning. */
export async function goto(step: number): Promise<void> {
  const { view } = big;
  if (!view) return;
  session.step = Math.max(0, Math.min(step, view.columns.events));
  const mine = ++asked;
  try {
    const state = await calls.inspect(view.summary.id, session.step);
    if (mine === asked) big.inspector = state;
  } catch (e) {
    fail(e);
  }
}

/** Next or previous step of the same task. */
export async function stepTask(direction: 1 | -1): Promise<void> {
  const run = big.view?.columns;
  if (!run) return;
  const task = run.task[session.step - 1];
  for (let s = session.step + direction; s >= 1 && s <= run.events; s += direction) {
    if (run.task[s - 1] === task) return goto(s);
  }
}

/** Follow a cause (-1) or an effect (1). */
export async function follow(direction: 1 | -1): Promise<void> {
  const id = big.view?.summary.id;
  if (id === undefined) return;
  await guarded(async () => {
    const to = await calls.follow(id, session.step, direction);
    if (to > 0) await goto(to);
    else session.info = direction < 0 ? 'no earlier cause is known' : 'no later effect is known';
  });
}

/** Next (1) or previous (-1) finding. */
export async function nextProblem(direction: 1 | -1): Promise<void> {
  const steps = [...new Set(big.view?.findings.map((f) => f.step) ?? [])].sort((a, b) => a - b);
  if (direction < 0) steps.reverse();
  const to = steps.find((s) => (direction > 0 ? s > session.step : s < session.step)) ?? steps[0];
  if (to !== undefined) await goto(to);
}

function download(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const a = document.createElement('a');
  a.href = url;
  a.download = name;
  a.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Save the shown run as a bundle: into the library, and as a download. */
export async function save(): Promise<void> {
  const id = big.view?.summary.id;
  if (id === undefined) return;
  await guarded(async () => {
    const { name, bytes } = await calls.save(id);
    session.recent = await calls.recent();
    download(name, bytes);
    session.info = `saved ${name} (${Math.ceil(bytes.length / 1024)} KB)`;
  });
}

/** Open the bytes of a bundle; nothing in it is executed. */
export async function openBytes(bytes: Uint8Array): Promise<void> {
  await guarded(async () => opened(await calls.open(bytes)));
}

/** Open a bundle saved earlier. */
export async function openRecent(name: string): Promise<void> {
  await guarded(async () => opened(await calls.openRecent(name)));
}

async function opened(run: RunSummary): Promise<void> {
  await showRun(run);
  session.tab = 'bundle';
  session.script = big.view?.script ?? '';
  session.cell = { ...run.cell };
  session.info = 'opened, intact: every digest matches, and nothing in it was executed';
}

/** Ask whether the script of the shown run may be executed. */
export function askVerify(): void {
  if (big.view) session.consent = big.view.summary;
}

/** Consent was given: replay and compare. */
export async function verify(): Promise<void> {
  const run = session.consent;
  session.consent = null;
  if (!run) return;
  await withJob('verify', async (name) => {
    const result = await calls.verify(name, run.id);
    session.verified = { ...session.verified, [run.id]: result };
    if (result.step > 0) await goto(result.step);
  });
}

/** Make an export; text to be shown is returned, the rest is downloaded. */
export async function exportAs(name: string): Promise<string> {
  const id = big.view?.summary.id;
  if (id === undefined) return '';
  let text = '';
  await guarded(async () => {
    const file = await calls.export(id, name);
    if (isExport(name) && !EXPORT_KINDS[name].shown) download(file.name, file.bytes);
    else text = new TextDecoder().decode(file.bytes);
  });
  return text;
}

const sources = new Map<string, Promise<string>>();

/** Source of a model file; kept once read. */
export function modelSource(file: string): Promise<string> {
  const known = sources.get(file) ?? calls.source(file);
  sources.set(file, known);
  return known;
}
