// The Electron window: sandboxed, isolated, served from a scheme of its own with the same headers
// as the browser shell. Navigation and permissions are refused, and new windows but for bundles.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, BrowserWindow, ipcMain, Menu, net, protocol, session } from 'electron';
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

/** The bundle that a command line names, or null. */
export function bundleIn(argv: readonly string[]): string | null {
  return argv.slice(1).find((a) => a.endsWith('.faultline') && existsSync(a)) ?? null;
}

/** What all windows of the lab have in common. */
export interface WindowOptions {
  readonly preload: string;
  readonly makeHost: (events: () => LabEvents) => LabCalls;
  readonly log: (line: string) => void;
}

/** The address of a window that is opened for a bundle; the key is that of `ipc/parked.ts`. */
const FOR_BUNDLE = /^lab:\/\/faultline\/#bundle=[0-9a-f-]{36}$/;

/**
 * Open a window and serve its calls.
 * @param key of the bundle that it is to open; empty for none
 */
export function openWindow(options: WindowOptions, key = ''): void {
  openAt(options, key === '' ? HOME : `${HOME}#bundle=${key}`);
}

function openAt(options: WindowOptions, address: string): void {
  const { preload, makeHost, log } = options;
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    backgroundColor: '#14171c',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  window.webContents.setWindowOpenHandler(({ url }) => {
    if (FOR_BUNDLE.test(url)) openAt(options, url);
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
 * Open windows for what the shell opens: the bundle that the command line names, or an empty lab; then each
 * bundle that is opened while the lab runs.
 */
export function followShell(options: WindowOptions, parked: Parked): void {
  const open = (path: string | null): void => {
    if (path === null || statSync(path).size > BUNDLE_BYTES) {
      openWindow(options);
      return;
    }
    const key = randomUUID();
    parked.park(key, readFileSync(path));
    openWindow(options, key);
  };
  app.on('open-file', (e, path) => {
    e.preventDefault();
    open(path);
  });
  app.on('second-instance', (_e, argv) => {
    const path = bundleIn(argv);
    if (path !== null) {
      open(path);
      return;
    }
    const [window] = BrowserWindow.getAllWindows();
    if (window?.isMinimized()) window.restore();
    window?.focus();
  });
  open(bundleIn(process.argv));
}
