// Electron entry: start-up order only. This file and `app/window.ts` are the only ones that import
// electron.

import { join } from 'node:path';
import { app } from 'electron';
import type { LabEvents } from '../preload/contract/calls';
import { crashLog } from './app/crash-log';
import { followShell, registerScheme, serveScheme, setMenu } from './app/window';
import { makeHost } from './ipc/host';
import { Making } from './ipc/making';
import { Parked } from './ipc/parked';
import { Library, libraryFolder } from './library/library';
import { Jobs } from './runner/jobs';

const folder = libraryFolder();
const log = crashLog(folder);
process.on('uncaughtException', (e) => log(`uncaught: ${e.stack ?? e.message}`));
process.on('unhandledRejection', (e) => log(`unhandled: ${(e as Error)?.stack ?? String(e)}`));
registerScheme();
app.enableSandbox();
if (!app.requestSingleInstanceLock()) app.quit();
await app.whenReady();
serveScheme(join(import.meta.dirname, '../renderer'));
// A packaged lab starts its confined processes from files beside the archive.
const entries = import.meta.dirname.replace(/app\.asar(?=[/\\])/, 'app.asar.unpacked');
const jobs = new Jobs(join(entries, 'runner.js'), true);
const making = new Making(join(entries, 'maker.js'));
const library = new Library(folder);
const parked = new Parked();
const windows = {
  preload: join(import.meta.dirname, '../preload/index.cjs'),
  makeHost: (events: () => LabEvents) =>
    makeHost(jobs, making, library, parked, 'electron', events),
  log,
};
setMenu();
followShell(windows, parked);
app.on('window-all-closed', () => app.quit());
// While the page loads.
await jobs.prepare();
