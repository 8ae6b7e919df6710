// browser shell: nobody without the token, no other host, no path out; only calls of the contract.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serve } from '../../main/app/serve';
import { serveCalls } from '../../main/ipc/router';
import type { LabCalls } from '../../preload/contract/calls';

let served: Served;
let origin: string;
let token: string;

beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), 'faultline-root-'));
  writeFileSync(join(root, 'index.html'), '<p>lab</p>');
  served = await serve({ root, port: 0, makeHost: () => ({}) as LabCalls, log: () => {} });
  const url = new URL(served.url);
  origin = url.origin;
  token = url.searchParams.get('token') ?? '';
});
afterAll(() => served.close());

function get(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; location: string; cookie: string; csp: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(origin);
    const req = request({ host: '127.0.0.1', port, path, headers }, (res) => {
      res.resume();
      resolve({
        status: res.statusCode ?? 0,
        location: res.headers.location ?? '',
        cookie: String(res.headers['set-cookie'] ?? ''),
        csp: String(res.headers['content-security-policy'] ?? ''),
      });
    });
    req.on('error', reject);
    req.end();
  });
}

describe('page', () => {
  test('without a token: refused', async () => {
    expect((await get('/')).status).toBe(403);
    expect((await get('/?token=wrong')).status).toBe(403);
  });
  test('with it: a cookie, then the page with its policy', async () => {
    const first = await get(`/?token=${token}`);
    expect(first.status).toBe(303);
    expect(first.cookie).toContain('HttpOnly; SameSite=Strict');
    const page = await get('/', { cookie: first.cookie.split(';')[0] ?? '' });
    expect(page.status).toBe(200);
    expect(page.csp).toContain("default-src 'none'");
  });
  test('another host, and paths that lead out', async () => {
    const cookie = `faultline=${token}`;
    expect((await get('/', { cookie, host: 'evil.example' })).status).toBe(421);
    for (const p of ['/../package.json', '/%2e%2e/%2e%2e/etc/passwd', '/nothing.js']) {
      expect((await get(p, { cookie })).status, p).toBe(404);
    }
  });
});

describe('router', () => {
  function call(
    method: string,
    args: unknown[],
  ): Promise<{ r?: unknown; e?: { message: string } }> {
    return new Promise((resolve) => {
      let receive: (m: unknown) => void = () => {};
      const host = { look: async (_id: string, step: number) => step } as unknown as LabCalls;
      serveCalls(
        () => host,
        {
          post: (m) => resolve(m as never),
          on: (f) => {
            receive = f;
          },
        },
        () => {},
      );
      receive({ t: 'q', i: '1', m: method, a: args });
    });
  }
  test('a call of the contract', async () => {
    expect((await call('look', ['abc', 4])).r).toBe(4);
  });
  test.each(['constructor', 'toString', '__proto__', 'eval'])('%s is no call', async (m) => {
    expect((await call(m, [])).e).toBeTruthy();
  });
  test.each([[['abc', -1]], [['../x', 1]], [['abc', 1, 2]], [[{}, 1]]])(
    'bad arguments %j',
    async (args) => {
      const { e, r } = await call('look', args);
      if (args.length === 3) expect(r).toBe(1);
      else expect(e?.message).toMatch(/argument/);
    },
  );
});
