// Electron glue, against a stand-in that has only what the glue uses: the page comes with its
// policy, nothing leads out, calls of foreign senders are not heard. It does not prove Electron's
// own sandbox; `test/e2e/electron.test.ts` runs the real thing where the binary is.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { LabCalls } from '../../preload/contract/calls';

type Handler = (request: Request) => Promise<Response>;
type Listener = (event: unknown, message: unknown) => void;

const seen = vi.hoisted(() => ({
  schemes: [] as unknown[],
  handler: null as unknown,
  options: {} as { webPreferences?: Record<string, unknown> },
  sent: [] as unknown[],
  listener: null as unknown,
  permission: null as unknown,
  openHandler: null as unknown,
  contents: { id: 1 } as Record<string, unknown>,
  loaded: '',
}));

vi.mock('electron', () => ({
  app: { on: () => {} },
  Menu: { setApplicationMenu: () => {}, buildFromTemplate: (t: unknown) => t },
  protocol: {
    registerSchemesAsPrivileged: (s: unknown[]) => seen.schemes.push(...s),
    handle: (_scheme: string, h: unknown) => {
      seen.handler = h;
    },
  },
  net: { fetch: async () => new Response('<p>lab</p>', { headers: { 'x-file': 'yes' } }) },
  session: {
    defaultSession: {
      setPermissionRequestHandler: (f: unknown) => {
        seen.permission = f;
      },
      setPermissionCheckHandler: () => {},
    },
  },
  ipcMain: {
    on: (channel: string, f: unknown) => {
      if (channel === 'lab') seen.listener = f;
    },
  },
  BrowserWindow: class {
    webContents = Object.assign(seen.contents, {
      setWindowOpenHandler: (f: unknown) => {
        seen.openHandler = f;
      },
      on: () => {},
      send: (_channel: string, m: unknown) => seen.sent.push(m),
    });
    constructor(options: typeof seen.options) {
      seen.options = options;
    }
    on = () => {};
    isDestroyed = () => false;
    focus = () => {};
    loadURL = async (url: string) => {
      seen.loaded = url;
    };
  },
}));

const root = mkdtempSync(join(tmpdir(), 'faultline-window-'));

beforeAll(async () => {
  writeFileSync(join(root, 'index.html'), '<p>lab</p>');
  const glue = await import('../../main/app/window');
  glue.registerScheme();
  glue.serveScheme(root);
  glue.openWindow({
    preload: '/preload.cjs',
    makeHost: () => ({ recent: async () => ['a'] }) as unknown as LabCalls,
    log: () => {},
  });
});

describe('window', () => {
  test('sandboxed, isolated, on a scheme of its own', () => {
    expect(seen.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
    });
    expect(seen.loaded).toBe('lab://faultline/');
    expect(seen.schemes).toHaveLength(1);
  });
  test('the page carries its policy; paths lead nowhere else', async () => {
    const get = (url: string) => (seen.handler as Handler)(new Request(url));
    const page = await get('lab://faultline/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await get('lab://faultline/../../etc/passwd')).status).toBe(404);
    expect((await get(`lab://faultline/${pathToFileURL('/etc/passwd')}`)).status).toBe(404);
  });
  test('no new windows but for bundles, no permissions', () => {
    const ask = seen.openHandler as (asked: { url: string }) => unknown;
    for (const url of [
      'https://example.org/',
      'lab://faultline/',
      'lab://faultline/#bundle=../x',
      'lab://elsewhere/#bundle=8c5b1a4e-2f6d-4f4b-9a53-0d5a3c0c7a11',
    ]) {
      expect(ask({ url })).toEqual({ action: 'deny' });
      expect(seen.loaded).toBe('lab://faultline/');
    }
    const url = 'lab://faultline/#bundle=8c5b1a4e-2f6d-4f4b-9a53-0d5a3c0c7a11';
    // Electron does not open it by itself: that window would have no bridge.
    expect(ask({ url })).toEqual({ action: 'deny' });
    expect(seen.loaded).toBe(url);
    let allowed: boolean | undefined;
    (seen.permission as (w: null, p: string, a: (b: boolean) => void) => void)(
      null,
      'media',
      (b) => {
        allowed = b;
      },
    );
    expect(allowed).toBe(false);
  });
});

describe('calls', () => {
  const call = (sender: unknown, url: string) =>
    (seen.listener as Listener)(
      { sender, senderFrame: { url } },
      { t: 'q', i: 'x', m: 'recent', a: [] },
    );
  test('from our page: answered', async () => {
    call(seen.contents, 'lab://faultline/');
    await expect.poll(() => seen.sent.length).toBe(1);
    expect(seen.sent[0]).toMatchObject({ i: 'x', r: ['a'] });
  });
  test.each([
    ['another sender', {}, 'lab://faultline/'],
    ['another page', seen.contents, 'https://evil.example/'],
  ])('from %s: not heard', async (_name, sender, url) => {
    const before = seen.sent.length;
    call(sender, url);
    await new Promise((r) => setTimeout(r, 50));
    expect(seen.sent.length).toBe(before);
  });
});
