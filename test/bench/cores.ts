// What a second core brings a campaign: the real command line, on one core and on all, in turns. Executions a
// second once the compiler is warm, and how long a whole campaign takes.
import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Looked at from here on, s: both have compiled what they need by then. */
const FROM = 8;
const TO = 16;
const TURNS = 3;
/** Executions of each of the four cells of the whole campaign. */
const WHOLE = 1_000_000;
const SCRIPT = 'experiments/06-does-the-user-count-cure-it.ts';

const CLI = join(import.meta.dirname, 'cli.js');

interface Line {
  readonly type: string;
  readonly cell?: { readonly variant: string };
  readonly executions?: number;
}

/**
 * Search at random, and tell every line with the seconds since the beginning.
 * @param onLine returns whether it has seen enough
 */
function explore(
  cores: number,
  runs: number,
  onLine: (l: Line, s: number) => boolean,
): Promise<void> {
  const args = ['explore', SCRIPT, '--strategy', 'random', '--json'];
  const how = [...args, '--runs', String(runs), '--cores', String(cores)];
  const child = spawn(process.execPath, [CLI, ...how], { stdio: ['ignore', 'pipe', 'inherit'] });
  const begun = performance.now();
  let rest = '';
  child.stdout.on('data', (data) => {
    const lines = `${rest}${data}`.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) {
      const seconds = (performance.now() - begun) / 1000;
      if (onLine(JSON.parse(text) as Line, seconds) && !child.killed) child.kill('SIGINT');
    }
  });
  return new Promise((resolve) => child.on('exit', () => resolve()));
}

/** Executions a second between two moments. */
async function rate(cores: number): Promise<number> {
  const done = new Map<string, number>();
  const sum = (): number => [...done.values()].reduce((n, x) => n + x, 0);
  const seen: { readonly s: number; readonly executions: number }[] = [];
  await explore(cores, 100_000_000, ({ cell, executions }, s) => {
    if (cell === undefined || executions === undefined) return false;
    done.set(cell.variant, executions);
    if (s < FROM) return false;
    seen.push({ s, executions: sum() });
    return s > TO;
  });
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return 0;
  return (last.executions - first.executions) / (last.s - first.s);
}

async function whole(cores: number): Promise<number> {
  let took = 0;
  await explore(cores, WHOLE, ({ type }, s) => {
    if (type === 'end') took = s;
    return false;
  });
  return took;
}

/** Print what cores bring. */
export async function printCores(): Promise<void> {
  const all = cpus().length;
  console.log(`random schedules of ${SCRIPT}, four kernels, traces told apart; 1 core and ${all}, in turns
`);
  const best = { one: 0, all: 0 };
  for (let i = 0; i < TURNS; i++) {
    const [one, many] = [await rate(1), await rate(all)];
    best.one = Math.max(best.one, one);
    best.all = Math.max(best.all, many);
    console.log(row('executions/s, warm', one, many, many / one));
  }
  console.log(row('  best of these', best.one, best.all, best.all / best.one));
  const [one, many] = [await whole(1), await whole(all)];
  console.log(row(`${4 * WHOLE} executions, s`, one, many, one / many));
}

function row(what: string, one: number, many: number, ratio: number): string {
  const cells = [one, many].map((n) => (n < 1000 ? n.toFixed(1) : String(Math.round(n))));
  return `${what.padEnd(28)}${cells.map((c) => c.padStart(12)).join('')}${ratio.toFixed(2).padStart(10)}`;
}
