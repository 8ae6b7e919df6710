// Electron entry: start-up order only. This file and `app/window.ts` are the only ones that import
// electron.

import { join } from 'node:path';
import { app } from 'electron';
import { crashLog } from './app/crash-log';
import { openWindow, registerScheme, serveScheme } from './app/window';
import { makeHost } from './ipc/host';
import { Making } from './ipc/making';
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
openWindow(join(import.meta.dirname, '../preload/index.cjs'), folder, (events) =>
  makeHost(jobs, making, library, 'electron', events),
);
app.on('window-all-closed', () => app.quit());
// While the page loads.
await jobs.prepare();
