// The Electron window: sandboxed, isolated, served from a scheme of its own with the same headers
// as the browser shell. Navigation and permissions are refused, and new windows but for bundles.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, BrowserWindow, dialog, ipcMain, Menu, net, protocol, session } from 'electron';
import { addressOf, keyIn } from '../../preload/contract/address';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { BUNDLE_BYTES } from '../../preload/contract/limits';
import type { Parked } from '../ipc/parked';
import { serveCalls } from '../ipc/router';
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

/** The bundles that a command line names. */
function bundlesIn(argv: readonly string[]): string[] {
  return argv.slice(1).filter((a) => a.endsWith('.faultline') && existsSync(a));
}

/** What all windows of the lab have in common. */
export interface WindowOptions {
  readonly preload: string;
  readonly makeHost: (events: () => LabEvents) => LabCalls;
  readonly log: (line: string) => void;
}

/**
 * Open a window and serve its calls.
 * @param address the lab's, or that of a window for a bundle
 */
export function openWindow(options: WindowOptions, address = HOME): void {
  const { preload, makeHost, log } = options;
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    backgroundColor: '#14171c',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  window.webContents.setWindowOpenHandler(({ url }) => {
    const isOurs = url.startsWith(HOME) && keyIn(url.slice(HOME.length)) !== null;
    if (isOurs) openWindow(options, url);
    return { action: 'deny' };
  });
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
        const hear = (event: Electron.IpcMainEvent, message: unknown): void => {
          if (ours(event)) listener(message);
        };
        ipcMain.on(CHANNEL, hear);
        window.on('closed', () => ipcMain.off(CHANNEL, hear));
      },
    },
    log,
  );
  void window.loadURL(address);
}

/** Commands of the menu go to the window in front. */
export function setMenu(): void {
  const command = (id: string): void =>
    BrowserWindow.getFocusedWindow()?.webContents.send('lab-command', id);
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(command, process.platform)));
}

/**
 * Open windows for what the shell opens: the bundles that the command line names, or an empty lab; then each
 * bundle that is opened while the lab runs.
 */
export function followShell(options: WindowOptions, parked: Parked): void {
  const open = (path: string): void => {
    if (statSync(path).size > BUNDLE_BYTES) {
      dialog.showErrorBox('Faultline', `${path} is larger than 2 GB`);
      return;
    }
    const key = randomUUID();
    parked.park(key, readFileSync(path));
    openWindow(options, `${HOME}${addressOf(key)}`);
  };
  app.on('open-file', (e, path) => {
    e.preventDefault();
    open(path);
  });
  app.on('second-instance', (_e, argv) => {
    const paths = bundlesIn(argv);
    paths.forEach(open);
    if (paths.length > 0) return;
    const [window] = BrowserWindow.getAllWindows();
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  bundlesIn(process.argv).forEach(open);
  if (BrowserWindow.getAllWindows().length === 0) openWindow(options);
}
