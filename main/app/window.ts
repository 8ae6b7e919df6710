// The Electron window: sandboxed, isolated, served from a scheme of its own with the same headers
// as the browser shell. Navigation, new windows and permissions are refused.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, BrowserWindow, ipcMain, Menu, net, protocol, session } from 'electron';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { BUNDLE_BYTES } from '../../preload/contract/limits';
import { serveCalls } from '../ipc/router';
import { crashLog } from './crash-log';
import { menuTemplate } from './menu';
import { SECURITY_HEADERS } from './security';

const SCHEME = 'lab';
const HOME = `${SCHEME}://faultline/`;
const CHANNEL = 'lab';

/** Before the app is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serve the built page. */
export function serveScheme(root: string): void {
  protocol.handle(SCHEME, async (request) => {
    const { pathname } = new URL(request.url);
    const file = join(root, normalize(pathname === '/' ? '/index.html' : pathname));
    if (!file.startsWith(root + sep) || !existsSync(file) || !statSync(file).isFile()) {
      return new Response('not found', { status: 404, headers: { ...SECURITY_HEADERS } });
    }
    const answer = await net.fetch(pathToFileURL(file).toString());
    const headers = new Headers(answer.headers);
    for (const [k, v] of Object.entries(SECURITY_HEADERS)) headers.set(k, v);
    return new Response(answer.body, { status: answer.status, headers });
  });
  session.defaultSession.setPermissionRequestHandler((_w, _p, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
}

/** The bundle that a command line names, or null. */
export function bundleIn(argv: readonly string[]): string | null {
  return argv.slice(1).find((a) => a.endsWith('.faultline') && existsSync(a)) ?? null;
}

/**
 * Open the lab's window and serve its calls.
 * @param library folder of the user's lab: the crash log lies there
 */
export function openWindow(
  preload: string,
  library: string,
  makeHost: (events: () => LabEvents) => LabCalls,
): void {
  const log = crashLog(library);
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    backgroundColor: '#14171c',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (e) => e.preventDefault());
  window.webContents.on('will-attach-webview', (e) => e.preventDefault());
  window.webContents.on('render-process-gone', (_e, gone) => {
    log(`the window's process ended: ${gone.reason}`);
    if (gone.reason !== 'clean-exit') window.reload();
  });
  const ours = (event: Electron.IpcMainEvent): boolean =>
    event.sender === window.webContents && event.senderFrame?.url.startsWith(HOME) === true;
  serveCalls(
    makeHost,
    {
      post: (message) => {
        if (!window.isDestroyed()) window.webContents.send(CHANNEL, message);
      },
      on: (listener) => {
        ipcMain.on(CHANNEL, (event, message) => {
          if (ours(event)) listener(message);
        });
      },
    },
    (line) => log(line),
  );
  const open = (path: string | null): void => {
    if (path === null || statSync(path).size > BUNDLE_BYTES) return;
    window.webContents.send('lab-open', readFileSync(path));
  };
  ipcMain.on('lab-ready', (event) => {
    if (ours(event)) open(bundleIn(process.argv));
  });
  app.on('open-file', (e, path) => {
    e.preventDefault();
    open(path);
  });
  app.on('second-instance', (_e, argv) => {
    if (window.isMinimized()) window.restore();
    window.focus();
    open(bundleIn(argv));
  });
  const command = (id: string): void => window.webContents.send('lab-command', id);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(command, process.platform)));
  void window.loadURL(HOME);
}
