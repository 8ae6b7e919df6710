// The lab behind the contract: keeps the runs of a session and answers every question about them.

import type { LabCalls, LabEvents, RunSummary } from '../../preload/contract/calls';
import { EXPORT_KINDS, isExport } from '../../preload/contract/exports';
import type { KeptRun, TimelineShape } from '../../preload/contract/shapes';
import { openClaim } from '../bundle/open';
import { writeToken } from '../bundle/token';
import { writeBundle } from '../bundle/write';
import { VARIANTS } from '../engine/api';
import { CREATED_BY, ENGINE, VERSION } from '../engine-identity';
import { exportRun } from '../export/index';
import type { Library } from '../library/library';
import { ScriptError } from '../runner/compile';
import type { Jobs } from '../runner/jobs';
import { DRIVERS } from '../runner/lab-api';
import { RunFailed } from '../runner/runner-host';
import { inspect } from '../timeline/inspect';
import { causeOf, effectOf } from '../timeline/links';
import { RunState } from '../timeline/run-state';
import { timelineOf, vocabulary } from '../timeline/tracks';
import { gallery, modelSource, scriptByDigest, typings, zoo } from './texts';

interface Kept {
  readonly run: KeptRun;
  readonly fromBundle: boolean;
  timeline?: TimelineShape;
  state?: RunState;
}

/** Runs kept in memory at once; the oldest goes first. */
const MAX_RUNS = 64;

function problemOf(e: unknown): { message: string; line: number; column: number } {
  if (e instanceof ScriptError) return e.problem;
  if (e instanceof RunFailed) return { message: strip(e), line: e.line || 1, column: 1 };
  return { message: String((e as Error).message ?? e), line: 1, column: 1 };
}

function strip(e: RunFailed): string {
  return e.message.replace(/^line \d+: /, '');
}

/** Characters of a title, and of a tag, in a file name. */
const PART = 50;

/** A file name from a title. */
export function fileName(run: KeptRun, ending: string): string {
  const slug = run.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, PART);
  const variant = run.cell.variant.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, PART);
  return `${slug || 'run'}-${variant}-${run.cell.driver}${ending}`;
}

/** Make the calls of one window. */
export function makeHost(
  jobs: Jobs,
  library: Library,
  shell: 'browser' | 'electron',
  events: () => LabEvents,
): LabCalls {
  const runs = new Map<string, Kept>();
  const cancels = new Map<string, AbortController>();

  function kept(id: string): Kept {
    const k = runs.get(id);
    if (k === undefined) throw new Error('this run is not kept any more; run it again');
    return k;
  }

  function keep(run: KeptRun, fromBundle: boolean): RunSummary {
    runs.delete(run.id);
    runs.set(run.id, { run, fromBundle });
    for (const old of runs.keys()) {
      if (runs.size <= MAX_RUNS) break;
      runs.delete(old);
    }
    return summary(run, fromBundle);
  }

  function summary(run: KeptRun, fromBundle: boolean): RunSummary {
    const { id, title, cell, verdict, origin } = run;
    return { id, title, cell, verdict, events: run.columns.events, origin, fromBundle };
  }

  function timeline(k: Kept): TimelineShape {
    k.timeline ??= timelineOf(k.run.columns, k.run.findings);
    return k.timeline;
  }

  async function job<T>(
    name: string,
    work: (o: {
      signal: AbortSignal;
      onProgress: (p: { executions: number; findings: number }) => void;
    }) => Promise<T>,
  ): Promise<T> {
    const abort = new AbortController();
    cancels.set(name, abort);
    try {
      return await work({
        signal: abort.signal,
        onProgress: (p) => events().progress(name, p.executions, p.findings),
      });
    } finally {
      cancels.delete(name);
    }
  }

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
        scratch: library.scratch(),
      };
    },
    async check(script) {
      try {
        const { title, story, cells, expected } = await jobs.describe(script);
        return { title, story, cells, expected };
      } catch (e) {
        return { problem: problemOf(e), title: '', story: '', cells: [], expected: {} };
      }
    },
    run: (name, script, cell, strategy) =>
      job(name, async (o) => keep(await jobs.search(script, cell, strategy, o), false)),
    async cancel(name) {
      cancels.get(name)?.abort();
    },
    runOn: (name, id, variant) =>
      job(name, async (o) => keep(await jobs.transfer(kept(id).run, variant, o), false)),
    async view(id) {
      const k = kept(id);
      const { script, columns, findings, log } = k.run;
      return {
        summary: summary(k.run, k.fromBundle),
        script,
        columns,
        timeline: timeline(k),
        findings,
        log,
      };
    },
    async inspect(id, step) {
      const k = kept(id);
      k.state ??= new RunState(k.run.columns);
      return inspect(k.run.columns, k.state, Math.min(step, k.run.columns.events));
    },
    async follow(id, step, direction) {
      const k = kept(id);
      const walk = direction < 0 ? causeOf : effectOf;
      return walk(timeline(k).flows, k.run.columns, step);
    },
    async save(id) {
      const { run } = kept(id);
      const name = fileName(run, '.faultline');
      const bytes = writeBundle(run, CREATED_BY);
      library.saveBundle(name, bytes);
      return { name, bytes };
    },
    async open(bytes) {
      return keep(openClaim(bytes, scriptByDigest).run, true);
    },
    async openRecent(name) {
      return keep(openClaim(library.readBundle(name), scriptByDigest).run, true);
    },
    async recent() {
      return library.recent();
    },
    verify: (name, id) =>
      job(name, async (o) => {
        const { reproduced, step, sentence, run } = await jobs.verify(kept(id).run, o);
        if (kept(id).run.columns.events === 0) keep(run, true);
        return { reproduced, step, sentence };
      }),
    async export(id, name) {
      if (!isExport(name)) throw new Error(`there is no export "${name}"`);
      const { run } = kept(id);
      return {
        name: fileName(run, EXPORT_KINDS[name].ending),
        bytes: exportRun(run, name, writeToken(run, scriptByDigest)),
      };
    },
    async source(file) {
      return modelSource(file);
    },
    async autosave(script) {
      library.saveScratch(script);
    },
  };
}
