// npm run bench -- against OUT [scenario]: this build beside another one (its `out/main`), search by search. Both are
// asked in turns for a tenth of a second each, and what is told is the median of the ratios: on a machine whose speed
// changes by a half from one second to the next, two numbers that were measured one after the other say nothing.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ENGINE_FLAGS } from '../../main/runner/engine-flags';
import { type Done, namesOf, searchOf } from './search';

const WARM_UP_MS = 3000;
const TURN_MS = 100;
const TURNS = 150;

/** Search for as long as the parent says, each time it says so. */
export function serveRow(name: string, races: boolean): void {
  const search = searchOf(name, races);
  let before = 0;
  process.on('message', (ms: number) => {
    const begun = performance.now();
    const done: Done = search(ms);
    const took = (performance.now() - begun) / 1000;
    process.send?.((done.runs - before) / took);
    before = done.runs;
  });
}

/** One of two builds, searching when it is asked. */
class Build {
  private readonly child: ChildProcess;
  private readonly gone: Promise<never>;

  constructor(main: string, name: string, races: boolean) {
    const args = ['serve', name, races ? 'races' : ''];
    this.child = fork(join(main, 'bench.js'), args, { execArgv: [...ENGINE_FLAGS] });
    this.gone = new Promise((_, reject) => {
      const why = `${main} has no such search; it must be a build with this bench, in the repository`;
      this.child.once('exit', () => reject(new Error(why)));
    });
    this.gone.catch(() => {});
  }

  /** @returns executions a second, in so many milliseconds */
  async rate(ms: number): Promise<number> {
    this.child.send(ms);
    const [rate] = (await Promise.race([once(this.child, 'message'), this.gone])) as [number];
    return rate;
  }

  end(): void {
    this.child.kill();
  }
}

/** Value below which so much of the list lies. */
const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number;

async function compare(other: string, name: string, races: boolean): Promise<string> {
  const theirs = new Build(other, name, races);
  const ours = new Build(import.meta.dirname, name, races);
  await theirs.rate(WARM_UP_MS);
  await ours.rate(WARM_UP_MS);
  const ratios: number[] = [];
  for (let i = 0; i < TURNS; i++) {
    // Whoever comes second finds the caches of the other.
    const first = i % 2 === 0 ? theirs : ours;
    const a = await first.rate(TURN_MS);
    const b = await (first === theirs ? ours : theirs).rate(TURN_MS);
    ratios.push(first === theirs ? b / a : a / b);
  }
  theirs.end();
  ours.end();
  ratios.sort((x, y) => x - y);
  return [0.5, 0.25, 0.75].map((q) => quantile(ratios, q).toFixed(3).padStart(10)).join('');
}

/**
 * Print how much faster this build is than another one.
 * @param other its `out/main`, of this version of the bench or a later one
 * @param only scenarios whose name contains this
 */
export async function printAgainst(other: string, only: string): Promise<void> {
  const head = ['ratio', 'quarter', 'quarter'].map((h) => h.padStart(10)).join('');
  console.log(`executions a second as ratios to ${other}: median and middle half of ${TURNS} turns
of ${TURN_MS} ms each

${'scenario'.padEnd(48)}${head}`);
  for (const { name, races } of namesOf(only)) {
    for (const on of races ? [false, true] : [false]) {
      const label = on ? `${name}, kcsan` : name;
      console.log(`${label.padEnd(48)}${await compare(other, name, on)}`);
    }
  }
}
