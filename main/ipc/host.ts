// The lab behind the contract: keeps the runs of a session and answers every question about them.
import type { LabCalls, LabEvents, RunSummary } from '../../preload/contract/calls';
import type { KeptRun, OnMade, RunColumns, ViewColumns } from '../../preload/contract/shapes';
import { NewerBundle } from '../bundle/error';
import { announced, openAside } from '../bundle/open';
import type { OpenedBundle } from '../bundle/read';
import { STRATEGIES, VARIANTS } from '../engine/api';
import { ENGINE, VERSION } from '../engine-identity';
import { raceOf } from '../export/race-order';
import { readRace } from '../export/race-read';
import type { Library } from '../library/library';
import type { Jobs } from '../runner/jobs';
import { DRIVERS } from '../runner/lab-api';
import { RunFailed } from '../runner/runner-host';
import { ScriptError } from '../runner/script-error';
import { isIndex, slim, slimNumbers } from '../timeline/columns';
import { comparison } from '../timeline/compare';
import { vocabulary } from '../timeline/tracks';
import { campaign, resumable } from './campaigns';
import { debugLab, type Subject, WindowDebugger } from './debugging';
import { KeptRuns } from './kept-runs';
import { isLarge, type Making } from './making';
import type { Parked } from './parked';
import { readSettings } from './settings';
import { bundleOf, preview } from './sharing';
import { gallery, modelSource, scriptByDigest, typings, zoo } from './texts';

function problemOf(e: unknown): { message: string; line: number; column: number } {
  if (e instanceof ScriptError) return e.problem;
  if (e instanceof RunFailed) {
    return { message: e.message.replace(/^line \d+: /, ''), line: e.line || 1, column: 1 };
  }
  return { message: String((e as Error).message ?? e), line: 1, column: 1 };
}

/** The columns that the window draws. */
function drawn(run: RunColumns): ViewColumns {
  const { open, chain, deltaStart, deltaThing, deltaField, deltaOld, deltaNew, ...rest } = run;
  const narrow = Object.entries(rest).map(([name, c]) => [name, isIndex(c) ? slim(c) : c]);
  return { ...Object.fromEntries(narrow), time: slimNumbers(run.time) };
}

interface JobOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (p: { executions: number; findings: number }) => void;
  readonly onMade: OnMade;
}

/** Make the calls of one window. */
export function makeHost(
  jobs: Jobs,
  making: Making,
  library: Library,
  parked: Parked,
  shell: 'browser' | 'electron',
  events: () => LabEvents,
): LabCalls {
  const runs = new KeptRuns();
  const cancels = new Map<string, AbortController>();
  /** The script that the window holds and its cell: what the debugger's `run` searches. */
  let latest: Subject | null = null;
  let debugJob = '';

  /** Keep the run that is being made. */
  async function keep(making: Promise<KeptRun>, parent = ''): Promise<RunSummary> {
    const begun = performance.now();
    const run = await making;
    runs.keep(run, { parent, tookMs: performance.now() - begun });
    return runs.summary(run.id);
  }

  /** A bundle of a later format cannot be opened; its report is shown. */
  async function claimOf(bytes: Uint8Array): Promise<OpenedBundle> {
    try {
      return await openAside(bytes, scriptByDigest);
    } catch (e) {
      if (e instanceof NewerBundle) events().report(e.report);
      throw e;
    }
  }

  async function openBundle(bytes: Uint8Array): Promise<RunSummary> {
    const first = announced(bytes);
    if (first !== null) events().opening(first.title, first.verdictLine);
    const { run, opinion } = await claimOf(bytes);
    runs.keep(run, { fromBundle: true, opinion });
    return runs.summary(run.id);
  }

  async function job<T>(name: string, work: (o: JobOptions) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    cancels.set(name, abort);
    try {
      return await work({
        signal: abort.signal,
        onProgress: (p) => events().progress(name, p.executions, p.findings),
        onMade: (done, total) => events().making(name, done, total),
      });
    } finally {
      cancels.delete(name);
    }
  }

  const lab = new WindowDebugger(
    debugLab(
      jobs,
      runs,
      () => latest,
      (work) => job(debugJob, work),
    ),
    runs,
  );
  const look = (id: string) => runs.get(id).recorded;

  return {
    async hello() {
      return {
        version: VERSION,
        engine: ENGINE,
        shell,
        variants: VARIANTS.map(({ tag, title }) => ({ tag, title })),
        drivers: DRIVERS,
        kinds: vocabulary(),
        gallery: [...gallery(), ...zoo()],
        typings: typings(),
        scratches: library.scratches(),
        settings: readSettings(library.settings()),
        strategies: Object.keys(STRATEGIES),
        recovered: library.recover(),
      };
    },
    async check(script) {
      try {
        const { title, story, cells, expected } = await jobs.describe(script);
        if (latest?.script !== script && cells[0]) latest = { script, cell: cells[0] };
        return { title, story, cells, expected };
      } catch (e) {
        return { problem: problemOf(e), title: '', story: '', cells: [], expected: {} };
      }
    },
    run: (name, script, cell, strategy, stopAtFirst) => {
      latest = { script, cell };
      return job(name, (o) => keep(jobs.search(script, cell, strategy, { ...o, stopAtFirst })));
    },
    async cancel(name) {
      cancels.get(name)?.abort();
    },
    explore: (name, order) =>
      job(name, ({ signal }) =>
        campaign(jobs, library, order, signal, {
          keep: (run) => runs.keep(run),
          tell: (cells) => events().campaign(name, cells),
        }),
      ),
    resumable: async (script, strategy, seeds) => resumable(library, script, strategy, seeds),
    runOn: (name, id, variant) =>
      job(name, (o) => keep(jobs.transfer(runs.run(id), variant, o), id)),
    fork: (name, id, change) => job(name, (o) => keep(jobs.fork(runs.run(id), change, o), id)),
    async view(id, step) {
      const { recorded, opinion } = runs.get(id);
      const { script, columns, findings, log } = recorded.run;
      const { tracks } = recorded;
      const summary = runs.summary(id);
      const start = recorded.place(step ?? findings[0]?.step ?? columns.events);
      return { summary, script, columns: drawn(columns), tracks, findings, log, opinion, start };
    },
    look: async (id, step) => look(id).look(step),
    links: async (id, step, direction) => look(id).links(step, direction < 0 ? -1 : 1),
    cone: async (id, step) => look(id).cone(step),
    difference: async (id, a, b) => look(id).difference(a, b),
    ledger: async (id, step) => look(id).ledger(step),
    iopf: async (id, step) => look(id).iopf(step),
    compare: async (a, b) => comparison(runs.run(a), runs.run(b)),
    sharing: async (id, opinion, parts) => preview(runs.run(id), opinion, parts),
    save: (name, id, opinion, parts) =>
      job(name, async (o) => {
        const run = runs.run(id);
        const lean = isLarge(run) ? bundleOf(run, opinion, { ...parts, evidence: false }) : null;
        if (lean !== null) library.spool(lean.name, lean.bytes);
        try {
          const made = await making.file({ kind: 'bundle', run, opinion, parts }, o);
          library.saveBundle(made.name, made.bytes);
          return made;
        } finally {
          if (lean !== null) library.unspool(lean.name);
        }
      }),
    open: async (bytes) => openBundle(bytes),
    openRecent: async (name) => openBundle(library.readBundle(name)),
    async park(key, bundle) {
      const bytes = typeof bundle === 'string' ? library.readBundle(bundle) : bundle;
      // What is wrong with it is said where it was opened, not in an empty window.
      const { id } = (await claimOf(bytes)).run;
      parked.park(key, bytes);
      return id;
    },
    openParked: async (key) => openBundle(parked.fetch(key)),
    recent: async () => library.recent(),
    verify: (name, id) =>
      job(name, async (o) => {
        const { opinion, recorded } = runs.get(id);
        const { reproduced, step, sentence, run } = await jobs.verify(recorded.run, o);
        if (recorded.run.columns.events === 0) runs.keep(run, { fromBundle: true, opinion });
        return { reproduced, step, sentence };
      }),
    export: (jobId, id, name) =>
      job(jobId, (o) => making.file({ kind: 'export', run: runs.run(id), name }, o)),
    race: async (id, ask) => raceOf(runs.run(id), ask),
    readRace: async (id, text) => readRace(runs.run(id), text),
    source: async (file) => modelSource(file),
    async patch(script, file, fn) {
      // Loaded when it is wanted, like the compiler: what it parses with is 4 MB.
      const { patchOf, withPatch } = await import('../runner/patch');
      return withPatch(script, patchOf(modelSource(file), file, fn));
    },
    async autosave(name, script) {
      library.saveScratch(name, script);
    },
    async discard(name) {
      library.discardScratch(name);
    },
    async saveSettings(settings) {
      library.saveSettings(`${JSON.stringify(settings, null, 2)}\n`);
    },
    debug(name, line, id, step) {
      debugJob = name;
      return lab.command(line, id, step);
    },
    complete: async (line, id, step) => lab.complete(line, id, step),
  };
}
