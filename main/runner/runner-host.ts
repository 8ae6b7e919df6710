// Starts confined processes, watches them, kills them on overrun. A script can take its
// process down; it cannot take the lab down.
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { dirname, join } from 'node:path';
import { RUN_DEADLINE_MS, RUN_MEMORY_BYTES, SILENCE_MS } from '../../preload/contract/limits';
import type { OnMade } from '../../preload/contract/shapes';
import { ENGINE_FLAGS } from './engine-flags';
import {
  type CellReply,
  OF_POOL,
  type Progress,
  type RunnerReply,
  type RunnerRequest,
  type StopMessage,
} from './protocol';

/** A run that did not end by itself, or a script that failed. */
export class RunFailed extends Error {
  constructor(
    message: string,
    /** Line of the script, or 0. */
    readonly line = 0,
  ) {
    super(line > 0 ? `line ${line}: ${message}` : message);
    this.name = 'RunFailed';
  }
}

export interface RunnerOptions {
  readonly onProgress?: (p: Progress) => void;
  /** Told how far a replay is. */
  readonly onMade?: OnMade;
  readonly onCell?: (c: CellReply) => void;
  readonly signal?: AbortSignal;
  readonly deadlineMs?: number;
  readonly silenceMs?: number;
}

const HEAP_MB = 512;
/**
 * Size up to which the heap grows without being searched for garbage that has grown old. Of its own V8 does that twice a
 * second, since it finds 20 MB each time; a search takes a twentieth longer for it.
 */
const FIRST_HEAP_MB = 128;

function residentBytes(child: ChildProcess): number {
  try {
    const pages = Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]);
    return pages * 4096;
  } catch {
    return 0;
  }
}

function start(entry: string, ofPool: boolean): ChildProcess {
  const major = Number(process.versions.node.split('.')[0]);
  const permission = major >= 23 ? '--permission' : '--experimental-permission';
  return fork(entry, ofPool ? [OF_POOL] : [], {
    execArgv: [
      permission,
      `--allow-fs-read=${join(dirname(entry), '*')}`,
      `--max-old-space-size=${HEAP_MB}`,
      `--initial-old-space-size=${FIRST_HEAP_MB}`,
      '--no-warnings',
      ...ENGINE_FLAGS,
    ],
    env: { TZ: 'UTC', LANG: 'C', ELECTRON_RUN_AS_NODE: '1' },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** Nice value of a polite process: whoever types in the window comes first. */
const POLITE = 10;

/** Give way to others. Not every system lets one; then nothing is lost. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, POLITE);
  } catch {
    // The process runs all the same.
  }
}

/** A confined process that answers one request after the other. Ended by `close`, or when one fails. */
export class Confined {
  private readonly child: ChildProcess;
  /** What to do with what comes from the process; null while nothing is asked. */
  private onReply: ((reply: RunnerReply) => void) | null = null;
  private onEnd: ((why: string) => void) | null = null;

  /**
   * @param entry the built `runner.js`
   * @param polite gives way to the window
   * @param ofPool ended by who started it, not by Ctrl+C in the terminal
   */
  constructor(entry: string, polite = false, ofPool = false) {
    this.child = start(entry, ofPool);
    if (polite) giveWay(this.child.pid);
    this.child.on('message', (reply: RunnerReply) => this.onReply?.(reply));
    this.child.on('error', (e) =>
      this.onEnd?.(`the confined process could not be started: ${e.message}`),
    );
    this.child.on('exit', (code, signal) => {
      const memory = signal === 'SIGABRT' || code === 134;
      this.onEnd?.(
        memory
          ? 'the script ran out of memory; its process was stopped'
          : `the confined process ended by itself (${signal ?? `exit ${code}`})`,
      );
    });
  }

  /** Can it still be asked? */
  get alive(): boolean {
    return this.child.connected;
  }

  /** Ask for what has been done so far; the request that runs is answered soon. */
  stop(): void {
    if (this.child.connected) this.child.send({ kind: 'stop' } satisfies StopMessage);
  }

  /** End the process. */
  close(): void {
    if (this.child.exitCode === null) this.child.kill('SIGKILL');
  }

  /**
   * Carry out a request; one at a time.
   * @throws RunFailed with one sentence when the script fails, loops, or eats memory
   */
  ask(request: RunnerRequest, options: RunnerOptions = {}): Promise<RunnerReply> {
    const deadline = options.deadlineMs ?? RUN_DEADLINE_MS;
    const silence = options.silenceMs ?? SILENCE_MS;
    return new Promise((resolve, reject) => {
      const { child } = this;
      const born = performance.now();
      let heard = born;
      const finish = (act: () => void): void => {
        if (this.onReply === null) return;
        this.onReply = null;
        this.onEnd = null;
        clearInterval(watch);
        options.signal?.removeEventListener('abort', cancel);
        act();
      };
      const fail = (message: string, line = 0): void =>
        finish(() => {
          this.close();
          reject(new RunFailed(message, line));
        });
      const cancel = (): void => fail('cancelled');
      const watch = setInterval(() => {
        const now = performance.now();
        if (now - heard > silence) {
          fail(`the script gave no sign of life for ${seconds(silence)}: an endless loop?`);
        } else if (now - born > deadline) {
          fail(`the run took longer than ${seconds(deadline)} and was stopped`);
        } else if (residentBytes(child) > RUN_MEMORY_BYTES) {
          fail(`the script used more than ${RUN_MEMORY_BYTES >> 20} MiB of memory and was stopped`);
        }
      }, 20);
      this.onEnd = (why) => fail(why);
      this.onReply = (reply) => {
        heard = performance.now();
        if (reply.kind === 'progress') options.onProgress?.(reply);
        else if (reply.kind === 'replayed') options.onMade?.(reply.done, reply.total);
        else if (reply.kind === 'cell') options.onCell?.(reply);
        else if (reply.kind === 'failed') fail(reply.message, reply.line);
        else finish(() => resolve(reply));
      };
      if (options.signal?.aborted) return cancel();
      options.signal?.addEventListener('abort', cancel);
      child.send(request, (e) => {
        if (e) fail(`the confined process did not take the request: ${e.message}`);
      });
    });
  }
}

/** Confined processes for one request each. A lab keeps one ready: to start takes longer than most runs. */
export class Confinement {
  private spare: Confined | null = null;

  /**
   * @param entry the built `runner.js`
   * @param ready keep a process ready for the next request
   */
  constructor(
    private readonly entry: string,
    private readonly ready = false,
  ) {
    if (ready) this.spare = new Confined(entry);
  }

  /**
   * Carry out a request in a process of its own.
   * @throws RunFailed with one sentence when the script fails, loops, or eats memory
   */
  async run(request: RunnerRequest, options: RunnerOptions = {}): Promise<RunnerReply> {
    const { spare } = this;
    this.spare = null;
    const confined = spare?.alive === true ? spare : new Confined(this.entry);
    try {
      return await confined.ask(request, options);
    } finally {
      confined.close();
      if (this.ready) this.spare ??= new Confined(this.entry);
    }
  }
}
