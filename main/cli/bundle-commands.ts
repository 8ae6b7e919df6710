// `faultline replay`, `verify` and `export`: what can be done with a bundle.

import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { MadeFile } from '../../preload/contract/calls';
import { EXPORT_KINDS, EXPORTS, type ExportKind, isExport } from '../../preload/contract/exports';
import type { OnMade } from '../../preload/contract/shapes';
import { readManifest } from '../bundle/read';
import { writeLargeBundle } from '../bundle/write';
import { CREATED_BY } from '../engine-identity';
import { exported } from '../ipc/sharing';
import { writeAtomic } from '../library/atomic';
import {
  blame,
  dim,
  Failure,
  green,
  jobsAt,
  openBundle,
  red,
  shown,
  verified,
  withEvents,
} from './output';

interface ReplayFlags {
  variant?: string;
  json?: boolean;
}

async function replay(here: string, file: string, flags: ReplayFlags): Promise<void> {
  const { run, manifest } = openBundle(file);
  const jobs = jobsAt(here);
  if (flags.variant === undefined) {
    const v = await verified(jobs, file, run);
    if (flags.json) console.log(JSON.stringify({ title: manifest.title, ...v, run: undefined }));
    else {
      console.log(`${manifest.title}: ${v.sentence}`);
      for (const f of v.run.findings) console.log(`  ${red(f.title)} (#${f.step})`);
    }
    process.exitCode = v.run.findings.length > 0 ? 1 : 0;
    return;
  }
  const base = run.columns.events > 0 ? run : (await verified(jobs, file, run)).run;
  const other = await blame(file, jobs.transfer(base, flags.variant));
  if (flags.json) console.log(JSON.stringify({ ...other.verdict, origin: other.origin }));
  else {
    const { verdict } = other;
    console.log(`${other.origin}`);
    console.log(verdict.verdict === 'fails' ? red(verdict.sentence) : green(verdict.sentence));
  }
  process.exitCode = other.verdict.verdict === 'fails' ? 1 : 0;
}

async function verify(here: string, file: string, flags: { json?: boolean }): Promise<void> {
  const { run, manifest, ignored } = openBundle(file);
  const v = await verified(jobsAt(here), file, run);
  if (flags.json) {
    const { reproduced, step, sentence } = v;
    const { claimDigest } = manifest;
    console.log(JSON.stringify({ intact: true, reproduced, step, sentence, claimDigest, ignored }));
  } else {
    console.log(`${manifest.title}`);
    console.log(
      `${green('intact')}: every digest matches; claim ${manifest.claimDigest.slice(0, 12)}`,
    );
    console.log(v.reproduced ? green(v.sentence) : red(v.sentence));
    if (ignored.length > 0) console.log(dim(`ignored entries: ${ignored.join(', ')}`));
  }
  process.exitCode = v.reproduced ? 0 : 1;
}

async function exportBundle(
  here: string,
  file: string,
  flags: { to: string; out?: string },
): Promise<void> {
  if (!isExport(flags.to)) {
    throw new Failure(`there is no export "${flags.to}"; known: ${EXPORTS.join(', ')}`);
  }
  const full = await withEvents(here, file, openBundle(file));
  const write = (onMade: OnMade): Promise<MadeFile> => exported(full, flags.to, onMade);
  const { bytes } = await shown(`writing ${flags.to}`, write);
  if (flags.out !== undefined) {
    writeAtomic(flags.out, bytes);
    return;
  }
  const kind: ExportKind = EXPORT_KINDS[flags.to];
  if (kind.binary === true && process.stdout.isTTY) {
    throw new Failure(`this export is binary: give --out file${kind.ending}`);
  }
  writeFileSync(1, bytes);
}

interface ShareFlags {
  out: string;
  evidence: boolean;
  notes: boolean;
  view: boolean;
}

/** Pack a bundle again with less in it: what the window's share dialog offers. */
async function share(here: string, file: string, flags: ShareFlags): Promise<void> {
  const opened = openBundle(file);
  const { opinion } = opened;
  const full = flags.evidence ? await withEvents(here, file, opened) : opened.run;
  const { notes, view } = flags;
  const options = { lean: !flags.evidence, notes, view, ...(opinion === null ? {} : { opinion }) };
  const bytes = await shown(`writing ${flags.out}`, (onMade) =>
    writeLargeBundle(full, CREATED_BY, { ...options, onMade }),
  );
  writeAtomic(flags.out, bytes);
  for (const e of readManifest(bytes).entries) {
    console.log(`${String(e.bytes).padStart(9)}  ${e.role.padEnd(8)}  ${e.path}`);
  }
  console.log(`wrote ${flags.out}, ${bytes.length} bytes`);
}

/** Add `replay`, `verify`, `export`, `share`. */
export function registerBundles(program: Command, here: string): void {
  program
    .command('replay <file>')
    .description('replay the schedule of a bundle; executes its script, confined')
    .option('--variant <tag>', 'on another kernel variant')
    .option('--json', 'machine-readable output')
    .action((file: string, flags: ReplayFlags) => replay(here, file, flags));
  program
    .command('verify <file>')
    .description('check the digests of a bundle, then replay it (confined) and compare every event')
    .option('--json', 'machine-readable output')
    .action((file: string, flags: { json?: boolean }) => verify(here, file, flags));
  program
    .command('share <file>')
    .description('pack a bundle again, without what shall stay here; lists what is in it')
    .requiredOption('--out <file>', 'the bundle to write')
    .option('--no-evidence', 'the claim and the verdict alone: at most 10 KB')
    .option('--no-notes', 'without the notes')
    .option('--no-view', 'without grouping, axis, pinned and hidden tracks')
    .action((file: string, flags: ShareFlags) => share(here, file, flags));
  program
    .command('export <file>')
    .description(`write a bundle as ${EXPORTS.join(', ')}`)
    .requiredOption('--to <format>', EXPORTS.join(' | '))
    .option('--out <file>', 'into a file instead of standard output')
    .action((file: string, flags: { to: string; out?: string }) => exportBundle(here, file, flags));
}
