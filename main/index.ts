// Electron entry: start-up order only. This file and `app/window.ts` are the only ones that import
// electron.

import { join } from 'node:path';
import { app } from 'electron';
import { openWindow, registerScheme, serveScheme } from './app/window';
import { makeHost } from './ipc/host';
import { Library, libraryFolder } from './library/library';
import { Jobs } from './runner/jobs';

registerScheme();
app.enableSandbox();
if (!app.requestSingleInstanceLock()) app.quit();
await app.whenReady();
serveScheme(join(import.meta.dirname, '../renderer'));
const jobs = new Jobs(join(import.meta.dirname, 'runner.js'));
const library = new Library(libraryFolder());
openWindow(join(import.meta.dirname, '../preload/index.cjs'), (events) =>
  makeHost(jobs, library, 'electron', events),
);
app.on('window-all-closed', () => app.quit());
