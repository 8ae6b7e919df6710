// npm run bench -- peers: Faultline beside the model checkers that are installed, on the seed scenario, in
// one run: time to find the bug of the legacy form, and time to exhaust the counted one. Ratios above 1
// mean that Faultline is faster.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Strategy } from '../../main/engine/api';
import { ENGINE_FLAGS } from '../../main/runner/engine-flags';
import { seedPromela } from './seed-promela';

type Size = readonly [r: number, p: number, d: number];
type Form = 'legacy' | 'counted';

/** One question, answered. Times in seconds. */
interface Answer {
  /** From nothing to the answer: model compiler, start of processes and all. */
  readonly all: number;
  /** The process that searches, with its start. */
  readonly process: number;
  /** The search by its own clock. */
  readonly search: number;
  readonly came: string;
}

const REPEATS = 5;

/** The middle one of several answers, by the time of the process. */
function median(ask: () => Answer): Answer {
  const all = Array.from({ length: REPEATS }, ask).sort((a, b) => a.process - b.process);
  return all[REPEATS >> 1] as Answer;
}

const timed = (f: () => void): number => {
  const begun = performance.now();
  f();
  return (performance.now() - begun) / 1000;
};

/** SPIN with partial-order reduction, as its manual says for safety properties. */
class Spin {
  static readonly missing = ['spin', 'gcc'].filter(
    (tool) => spawnSync(tool, [tool === 'spin' ? '-V' : '--version']).status !== 0,
  );
  private readonly dir = mkdtempSync(join(tmpdir(), 'faultline-spin-'));
  private readonly build: number;

  constructor(form: Form, size: Size) {
    writeFileSync(join(this.dir, 'seed.pml'), seedPromela(form, ...size));
    const quiet = { cwd: this.dir, stdio: 'ignore' } as const;
    this.build = timed(() => {
      execFileSync('spin', ['-a', 'seed.pml'], quiet);
      execFileSync('gcc', ['-O2', '-DSAFETY', '-DNOFAIR', '-o', 'pan', 'pan.c'], quiet);
    });
  }

  ask(): Answer {
    let text = '';
    const process = timed(() => {
      text = spawnSync('./pan', ['-m100000'], { cwd: this.dir, encoding: 'utf8' }).stdout;
    });
    const states = /(\d+) states, stored/.exec(text)?.[1] ?? '?';
    const errors = /errors: (\d+)/.exec(text)?.[1] ?? '?';
    const search = Number(/elapsed time ([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
    const came = errors === '0' ? `all ${states} states` : `error after ${states} states`;
    return { all: this.build + process, process, search, came };
  }

  close(): void {
    rmSync(this.dir, { recursive: true });
  }
}

/** One search of ours in a process of its own: `once.ts`. */
function ours(form: Form, size: Size, strategy: Strategy): Answer {
  let text = '';
  const entry = join(import.meta.dirname, 'once.js');
  const args = [...ENGINE_FLAGS, entry, form, size.join(','), JSON.stringify(strategy)];
  const took = timed(() => {
    text = execFileSync(process.execPath, args, { encoding: 'utf8' });
  });
  const { seconds, came } = JSON.parse(text) as { seconds: number; came: string };
  return { all: took, process: took, search: seconds, came };
}

const OURS: readonly [string, Strategy][] = [
  ['stateful', { kind: 'stateful' }],
  ['dpor, commuting counts', { kind: 'dpor', counts: true }],
  ['dpor', { kind: 'dpor', counts: false }],
];
const FINDING: readonly [string, Strategy][] = [
  ...OURS,
  ['bounded', { kind: 'bounded', bound: 3 }],
  ['pct', { kind: 'pct', seed: 1, depth: 3 }],
  ['random', { kind: 'random', seed: 1 }],
];

const s = (n: number): string => (n < 0.01 ? n.toFixed(4) : n.toFixed(3)).padStart(9);

function line(name: string, a: Answer, peer: Answer | null): void {
  const ratio = (of: (x: Answer) => number): string =>
    peer === null || of(peer) === 0 ? ''.padStart(8) : (of(peer) / of(a)).toFixed(2).padStart(8);
  const times = [a.all, a.process, a.search].map(s).join('');
  const ratios = [ratio((x) => x.all), ratio((x) => x.process), ratio((x) => x.search)].join('');
  console.log(`${name.padEnd(26)}${times}${peer === a ? ''.padStart(24) : ratios}  ${a.came}`);
}

/** Print both comparisons. */
export function printPeers(): void {
  const rest = ['nidhugg', 'genmc', 'tlc'].join(', ');
  if (Spin.missing.length > 0) {
    console.log(
      `SPIN is not here (${Spin.missing.join(', ')} missing): apt-get install spin gcc\n`,
    );
  }
  console.log(`no driver yet for: ${rest}\n`);
  for (const [title, form, size, mine] of [
    ['exhaust the counted scenario', 'counted', [2, 2, 1], OURS],
    ['find the bug of the legacy scenario', 'legacy', [2, 2, 1], FINDING],
  ] as const) {
    console.log(`${title} (${size.join(',')}); seconds, and how often as fast as SPIN`);
    const heads = ['all', 'process', 'search'];
    const head = `${heads.map((h) => h.padStart(9)).join('')}${heads.map((h) => h.padStart(8)).join('')}`;
    console.log(`${''.padEnd(26)}${head}`);
    const spin = Spin.missing.length === 0 ? new Spin(form, size) : null;
    const peer = spin === null ? null : median(() => spin.ask());
    if (peer !== null) line('SPIN', peer, peer);
    spin?.close();
    for (const [name, strategy] of mine)
      line(
        name,
        median(() => ours(form, size, strategy)),
        peer,
      );
    console.log();
  }
}
