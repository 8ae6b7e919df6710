// `faultline serve`: the browser shell.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Command } from 'commander';
import { addressOf } from '../../preload/contract/address';
import { serve } from '../app/serve';
import { makeHost } from '../ipc/host';
import { Making } from '../ipc/making';
import { Parked } from '../ipc/parked';
import { Library, libraryFolder } from '../library/library';
import { jobsAt, readInput } from './output';

/** Add `serve`. */
export function registerServe(
  program: Command,
  here: string,
  whole: (text: string) => number,
): void {
  program
    .command('serve [bundles...]')
    .description('open the lab in a browser on this machine, with a window for each bundle')
    .option('--port <n>', 'port on 127.0.0.1; a free one by default', whole, 0)
    .action(async (bundles: string[], flags: { port: number }) => {
      const files = bundles.map((path) => [path, readInput(path)] as const);
      const jobs = jobsAt(here, true);
      const making = new Making(join(here, 'maker.js'));
      const library = new Library(libraryFolder());
      const parked = new Parked();
      const served = await serve({
        root: join(here, '../renderer'),
        port: flags.port,
        makeHost: (events) => makeHost(jobs, making, library, parked, 'browser', events),
        log: (line) => console.error(`faultline: ${line}`),
      });
      const lines = files.map(([path, bytes]) => {
        const key = randomUUID();
        parked.park(key, bytes);
        return `  ${served.url}${addressOf(key)}  ${path}`;
      });
      const all = lines.length === 0 ? [`  ${served.url}`] : lines;
      console.log(`Faultline is open at\n\n${all.join('\n')}\n\nCtrl+C ends it.`);
      // While the page loads.
      await jobs.prepare();
      const end = (): void => {
        void served.close().then(() => process.exit(0));
      };
      process.on('SIGINT', end);
      process.on('SIGTERM', end);
    });
}
