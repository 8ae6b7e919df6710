// What every command shares: reading files, progress on a terminal, colours.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BUNDLE_BYTES } from '../../preload/contract/limits';
import type { KeptRun, OnMade } from '../../preload/contract/shapes';
import { BundleError, NewerBundle } from '../bundle/error';
import { openClaim } from '../bundle/open';
import { type OpenedBundle, readEntries } from '../bundle/read';
import { writeBundle, writeLargeBundle } from '../bundle/write';
import { CREATED_BY } from '../engine-identity';
import { isLarge } from '../ipc/making';
import { scriptByDigest } from '../ipc/texts';
import { writeAtomic } from '../library/atomic';
import { readFolder } from '../library/folder';
import { Jobs } from '../runner/jobs';

/** Bad input: the message is all the user needs. */
export class Failure extends Error {}

const tty = process.stderr.isTTY === true;
const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;

const paint =
  (code: number) =>
  (text: string): string =>
    colour ? `\u001b[${code}m${text}\u001b[0m` : text;

export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);
export const dim = paint(2);

/** A line of text that is overwritten; silent where there is no terminal. */
export class StatusLine {
  private shown = false;

  show(text: string): void {
    if (!tty) return;
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`\r\u001b[K${text.slice(0, width - 1)}`);
    this.shown = true;
  }

  clear(): void {
    if (this.shown) process.stderr.write('\r\u001b[K');
    this.shown = false;
  }
}

/** A progress line with a bar. */
export class ProgressLine {
  private readonly status = new StatusLine();
  constructor(
    private readonly label: string,
    private readonly total: number,
  ) {}

  update(executions: number, findings: number): void {
    const width = 24;
    const share = Math.min(1, executions / this.total);
    const bar = '█'.repeat(Math.round(share * width)).padEnd(width, '░');
    const n = executions.toLocaleString('en-US');
    this.status.show(`${this.label} ${bar} ${n} runs, ${findings} findings`);
  }

  done(): void {
    this.status.clear();
  }
}

/** Read a file the user named. */
export function readInput(path: string): Uint8Array {
  if (!existsSync(path)) throw new Failure(`there is no file ${path}`);
  try {
    return readFileSync(path);
  } catch (e) {
    throw new Failure(`${path} cannot be read: ${(e as Error).message}`);
  }
}

/** Read a script the user named. */
export function readScript(path: string): string {
  return new TextDecoder().decode(readInput(path));
}

/** An unpacked bundle. */
function folderOf(path: string): Map<string, Uint8Array> {
  try {
    const entries = readFolder(path, BUNDLE_BYTES);
    if (entries !== null) return entries;
  } catch (e) {
    throw new Failure(`${path}: ${(e as Error).message}`);
  }
  throw new Failure(`${path} is a folder without a bundle.json`);
}

/** Open a bundle the user named, packed or unpacked, or a text with a token in it. */
export function openBundle(path: string): OpenedBundle {
  try {
    const isFolder = existsSync(path) && statSync(path).isDirectory();
    const entries = isFolder ? folderOf(path) : null;
    return entries === null ? openClaim(readInput(path), scriptByDigest) : readEntries(entries);
  } catch (e) {
    if (e instanceof NewerBundle) console.log(e.report);
    if (e instanceof BundleError) throw new Failure(`${basename(path)}: ${e.message}`);
    throw e;
  }
}

/** Jobs of the built runner. */
export function jobsAt(here: string, forWindow = false): Jobs {
  return new Jobs(join(here, 'runner.js'), forWindow);
}

/** Long work, with how far it is on the terminal. */
export async function shown<T>(label: string, work: (onMade: OnMade) => Promise<T>): Promise<T> {
  const status = new StatusLine();
  const tell: OnMade = (done, total) =>
    status.show(`${label}: ${Math.floor((100 * done) / total)} %`);
  try {
    return await work(tell);
  } finally {
    status.clear();
  }
}

/** Replay a bundle's run and compare; shows how far it is. */
export function verified(jobs: Jobs, file: string, run: KeptRun): ReturnType<Jobs['verify']> {
  return shown('replaying', (onMade) => blame(file, jobs.verify(run, { onMade })));
}

/** The run of a bundle with its events: a lean bundle has none, they are rebuilt, confined. */
export async function withEvents(
  here: string,
  file: string,
  { run, hasEvidence }: OpenedBundle,
): Promise<KeptRun> {
  return hasEvidence ? run : (await verified(jobsAt(here), file, run)).run;
}

/** Errors of a script become one line with the file's name and line. */
export async function blame<T>(file: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (e) {
    const { name, message } = e as Error;
    if (name === 'ScriptError' || name === 'RunFailed') throw new Failure(`${file}: ${message}`);
    throw e;
  }
}

/**
 * Write the bundle of a run. While a long one is made, what it can be rebuilt from lies beside it, for the case
 * that the process does not live to the end.
 */
export async function writeRun(path: string, run: KeptRun, lean: boolean): Promise<void> {
  const spool = `${path}.spool.faultline`;
  const spooled = !lean && isLarge(run);
  if (spooled) writeAtomic(spool, writeBundle(run, CREATED_BY, { lean: true }));
  const write = (onMade: OnMade): Promise<Uint8Array> =>
    writeLargeBundle(run, CREATED_BY, { lean, onMade });
  writeAtomic(path, await shown(`writing ${basename(path)}`, write));
  if (spooled) rmSync(spool);
}
