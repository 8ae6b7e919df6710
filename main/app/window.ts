// The Electron window: sandboxed, isolated, served from a scheme of its own with the same headers
// as the browser shell. Navigation, new windows and permissions are refused.
import { existsSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, BrowserWindow, ipcMain, net, protocol, session } from 'electron';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { serveCalls } from '../ipc/router';
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
    if (!file.startsWith(root) || !existsSync(file) || !statSync(file).isFile()) {
      return new Response('not found', { status: 404, headers: { ...SECURITY_HEADERS } });
    }
    const answer = await net.fetch(pathToFileURL(file).toString());
    const headers = new Headers(answer.headers);
    for (const [k, v] of Object.entries(SECURITY_HEADERS)) headers.set(k, v);
    return new Response(answer.body, { status: answer.status, headers });
  });
  session.defaultSession.setPermissionRequestHandler((_w, _p, answer) => answer(false));
}

/** Open the lab's window and serve its calls. */
export function openWindow(preload: string, makeHost: (events: () => LabEvents) => LabCalls): void {
  const window = new BrowserWindow({
    width: 1440,
    height: 900,
    backgroundColor: '#14171c',
    webPreferences: { preload, sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (e) => e.preventDefault());
  serveCalls(
    makeHost,
    {
      post: (message) => {
        if (!window.isDestroyed()) window.webContents.send(CHANNEL, message);
      },
      on: (listener) => {
        ipcMain.on(CHANNEL, (event, message) => {
          const ours =
            event.sender === window.webContents && event.senderFrame?.url.startsWith(HOME);
          if (ours) listener(message);
        });
      },
    },
    (line) => console.error(`faultline: ${line}`),
  );
  app.on('second-instance', () => window.focus());
  void window.loadURL(HOME);
}
