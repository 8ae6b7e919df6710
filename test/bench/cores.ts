// What a second core brings a campaign: the real command line, on one core and on all, in turns. Executions a
// second of one cell once the compiler is warm, beside what the machine has to give: as many campaigns at once as
// there are cores, which share nothing; the same of a search by traces. How long a whole campaign of four kernels takes,
// and a search of the states of one cell, which cannot be cut. Beside it, an experiment with nothing chosen.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Looked at from here on, s: both have compiled what they need by then. */
const FROM = 8;
const TO = 16;
const TURNS = 3;
/** Executions of each of the four cells of the whole campaign. */
const WHOLE = 1_000_000;
/** Executions of the search of states. */
const STATES = 800_000;
const SCRIPT = 'experiments/06-does-the-user-count-cure-it.ts';
/** Large, and with faults: what is chosen for it goes through all stages. */
const ROUGH = 'experiments/09-a-rough-machine.ts';
/** All processes do the same here: kernels differ in how fast they are. */
const CELL = ['--variant', 'v6.12'];

const CLI = join(import.meta.dirname, 'cli.js');

/** A script, and how it is searched. */
type Search = readonly [script: string, strategy: string];

const RANDOM: Search = [SCRIPT, 'random'];

interface Line {
  readonly type: string;
  readonly executions?: number;
}

/** What a search is asked for on the command line. */
function how(runs: number, cells: readonly string[], [script, strategy]: Search): string[] {
  return [script, '--strategy', strategy, ...cells, '--runs', String(runs)];
}

/**
 * Search, and tell every line with the seconds since the beginning.
 * @param onLine returns whether it has seen enough
 * @param before what the command line is put behind
 */
function explore(
  cores: number,
  args: readonly string[],
  onLine: (l: Line, s: number) => boolean,
  before: readonly string[] = [],
): Promise<void> {
  const line = [process.execPath, CLI, 'explore', ...args, '--json', '--cores', String(cores)];
  const [command, ...rest] = [...before, ...line];
  const child = spawn(command as string, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const begun = performance.now();
  let half = '';
  child.stdout.on('data', (data) => {
    const lines = `${half}${data}`.split('\n');
    half = lines.pop() ?? '';
    for (const text of lines) {
      const seconds = (performance.now() - begun) / 1000;
      if (onLine(JSON.parse(text) as Line, seconds) && !child.killed) child.kill('SIGINT');
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => resolve());
  });
}

/** Executions a second between two moments. */
async function rate(cores: number, search: Search): Promise<number> {
  const seen: { readonly s: number; readonly executions: number }[] = [];
  const onLine = ({ executions }: Line, s: number): boolean => {
    if (executions === undefined || s < FROM) return false;
    seen.push({ s, executions });
    return s > TO;
  };
  await explore(cores, how(100_000_000, CELL, search), onLine);
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return 0;
  return (last.executions - first.executions) / (last.s - first.s);
}

/** Seconds until a search is over. */
async function secondsOf(
  cores: number,
  args: readonly string[],
  before: readonly string[] = [],
): Promise<number> {
  let took = 0;
  const onLine = ({ type }: Line, s: number): boolean => {
    if (type === 'end') took = s;
    return false;
  };
  await explore(cores, args, onLine, before);
  return took;
}

/** The same scenario with a second access, which has millions of traces and states. */
function writeLarge(dir: string): string {
  const script = join(dir, 'two-accesses.ts');
  const driver = "lab.task('driver'";
  const second = `lab.task('second job', function* () {
      yield* dev.access({ pasid: PASID, addr: 0x2000 });
    }, 'device');
    ${driver}`;
  const text = readFileSync(SCRIPT, 'utf8').replace(driver, second);
  writeFileSync(script, text.replace(/expected: \{[^}]*\},/, ''));
  return script;
}

/**
 * Print what cores bring where nothing is chosen, in turns. A process that searches has threads of V8 beside it, which
 * compile and collect on another core while there is one, so two things are called one core: one process that searches,
 * and the same with all of its threads kept on one core.
 */
export async function printNothingChosen(): Promise<void> {
  const all = cpus().length;
  const head = ['kept on one', '1 process', `${all} cores`].map((c) => c.padStart(12)).join('');
  console.log(`${ROUGH}, nothing chosen, s\n${head}     ratio     ratio`);
  const best = [0, 0, 0].map(() => Number.POSITIVE_INFINITY);
  for (let i = 0; i < TURNS; i++) {
    const kept = await secondsOf(1, [ROUGH], ['taskset', '-c', '0']);
    const now = [kept, await secondsOf(1, [ROUGH]), await secondsOf(all, [ROUGH])];
    now.forEach((s, k) => {
      best[k] = Math.min(best[k] as number, s);
    });
    console.log(times(now));
  }
  console.log(`${times(best)}  best of these`);
}

function times([kept = 0, one = 0, many = 0]: readonly number[]): string {
  const cells = [kept, one, many].map((s) => s.toFixed(1).padStart(12));
  const ratios = [kept / many, one / many].map((n) => n.toFixed(2).padStart(10));
  return [...cells, ...ratios].join('');
}

/** Executions a second of campaigns of one core each, all at once. */
async function apart(campaigns: number, search: Search): Promise<number> {
  const rates = await Promise.all(Array.from({ length: campaigns }, () => rate(1, search)));
  return rates.reduce((n, x) => n + x, 0);
}

/** Print what cores bring. */
export async function printCores(): Promise<void> {
  const all = cpus().length;
  const dir = mkdtempSync(join(tmpdir(), 'faultline-cores-'));
  try {
    const large = writeLarge(dir);
    console.log(`${SCRIPT}, v6.12; 1 core and ${all}, in turns
${''.padEnd(28)}${['1 core', `${all} cores`, 'apart'].map((c) => c.padStart(12)).join('')}     ratio  of apart`);
    await printRates('random, executions/s', RANDOM, all);
    await printRates('traces, executions/s', [large, 'dpor'], all);
    const whole = how(WHOLE, [], RANDOM);
    const four = [await secondsOf(1, whole), await secondsOf(all, whole)] as const;
    printTimes(`four kernels, ${(4 * WHOLE) / 1e6} M, s`, ...four);
    const states = how(STATES, CELL, [large, 'stateful']);
    const ofStates = [await secondsOf(1, states), await secondsOf(all, states)] as const;
    const atOnce = await Promise.all(Array.from({ length: all }, () => secondsOf(1, states)));
    printTimes(`states, ${STATES / 1e6} M, s`, ...ofStates, Math.max(...atOnce) / all);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Measure a search in turns. */
async function printRates(what: string, search: Search, all: number): Promise<void> {
  const best = [0, 0, 0];
  for (let i = 0; i < TURNS; i++) {
    const now = [await rate(1, search), await rate(all, search), await apart(all, search)];
    now.forEach((n, k) => {
      best[k] = Math.max(best[k] as number, n);
    });
    console.log(rates(what, now));
  }
  console.log(rates('  best of these', best));
}

/** @param apart seconds of one of as many campaigns as there are cores, if they had been done one after the other */
function printTimes(what: string, one: number, many: number, apart = 0): void {
  const times = [one, many].map((s) => s.toFixed(1).padStart(12)).join('');
  const beside = apart > 0 ? apart.toFixed(1) : '';
  const ratios = [one / many, apart / many].map((n) => (n > 0 ? n.toFixed(2) : '').padStart(10));
  console.log(`${what.padEnd(28)}${times}${beside.padStart(12)}${ratios.join('')}`);
}

function rates(what: string, [one, many, apart]: readonly number[]): string {
  const [a, b, c] = [one ?? 0, many ?? 0, apart ?? 0];
  const cells = [a, b, c].map((n) => String(Math.round(n)).padStart(12));
  const ratios = [b / a, b / c].map((n) => n.toFixed(2).padStart(10));
  return `${what.padEnd(28)}${cells.join('')}${ratios.join('')}`;
}
