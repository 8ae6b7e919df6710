// Command line entry: `faultline run`, `explore`, `replay`, `verify`, `export`, `list`, `serve`, …
// Exit codes: 0 held, 1 finding, 2 usage or bad input, 141 nobody reads what is printed.
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { registerBundles } from './cli/bundle-commands';
import { registerDebug } from './cli/debug-command';
import { registerDiff } from './cli/diff-command';
import { registerExplore } from './cli/explore-command';
import { registerLists } from './cli/list-commands';
import { Failure } from './cli/output';
import { registerRace } from './cli/race-command';
import { registerRun } from './cli/run-command';
import { registerServe } from './cli/serve-command';
import { registerZoo } from './cli/zoo-command';
import { VERSION } from './engine-identity';

/** As a shell tells of a program that a broken pipe has ended. */
const UNHEARD = 141;

/** A whole number option. */
export function whole(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 0 || n > 0xffffffff) {
    throw new InvalidArgumentError('give a whole number from 0 to 4294967295');
  }
  return n;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const program = new Command('faultline')
  .description('fault-injection experiments on the Linux I/O page fault path')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(faultline --help lists the commands)');

registerRun(program, here, whole);
registerExplore(program, here, whole);
registerDebug(program, here);
registerDiff(program, here);
registerRace(program, here, whole);
registerBundles(program, here);
registerZoo(program, here, whole);
registerLists(program);
registerServe(program, here, whole);

// Whoever reads has read enough (`| head`): as Ctrl+C, which keeps a search that is to be kept.
let isHeard = true;
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code !== 'EPIPE') throw e;
  if (isHeard && !process.emit('SIGINT')) process.exit(UNHEARD);
  isHeard = false;
});

try {
  await program.parseAsync();
} catch (e) {
  if (e instanceof CommanderError) {
    process.exitCode = e.exitCode === 0 ? 0 : 2;
  } else {
    console.error(`faultline: ${(e as Error).message}`);
    if (!(e instanceof Failure) && process.env.FAULTLINE_DEBUG) console.error(e);
    process.exitCode = 2;
  }
}
