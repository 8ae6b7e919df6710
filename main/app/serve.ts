// The browser shell: one page on loopback behind a session token, calls over a WebSocket. Nothing
// but this machine can reach it, and no other page in the browser can use it.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { Beside, parcelOf, withTypedArrays } from '../../preload/contract/wire';
import { serveCalls } from '../ipc/router';
import { SECURITY_HEADERS } from './security';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

const COOKIE = 'faultline';

function plainError(value: Error): { message: string; name: string } {
  return { message: value.message, name: value.name };
}

/** Errors do not survive MessagePack: make them plain. */
function encodable(message: unknown): unknown {
  const m = message as { e?: unknown };
  return m && m.e instanceof Error ? { ...m, e: plainError(m.e) } : message;
}

/** Large answers that wait to be fetched, at most; the oldest goes first. */
const MOST_WAITING = 16;

/**
 * Large answers under names that nobody can guess, each fetched once: a browser takes them in many times
 * faster than by a socket.
 */
class Parcels {
  private readonly waiting = new Map<string, readonly Uint8Array[]>();

  add(pieces: readonly Uint8Array[]): string {
    const key = randomBytes(16).toString('hex');
    this.waiting.set(key, pieces);
    for (const old of this.waiting.keys()) {
      if (this.waiting.size <= MOST_WAITING) break;
      this.waiting.delete(old);
    }
    return key;
  }

  take(key: string): readonly Uint8Array[] | null {
    const pieces = this.waiting.get(key) ?? null;
    this.waiting.delete(key);
    return pieces;
  }
}

export interface ServeOptions {
  readonly root: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly makeHost: (events: () => LabEvents) => LabCalls;
  readonly log: (line: string) => void;
}

export interface Served {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Start the browser shell on 127.0.0.1. */
export async function serve(options: ServeOptions): Promise<Served> {
  const token = randomBytes(32).toString('base64url');
  let origin = '';
  const parcels = new Parcels();
  const equal = (a: string): boolean =>
    a.length === token.length && timingSafeEqual(Buffer.from(a), Buffer.from(token));
  const cookieOf = (req: IncomingMessage): string =>
    new RegExp(`(?:^|; )${COOKIE}=([^;]*)`).exec(req.headers.cookie ?? '')?.[1] ?? '';
  const refuse = (res: ServerResponse, status: number, text: string): void => {
    res.writeHead(status, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' });
    res.end(`${text}\n`);
  };

  const http = createServer((req, res) => {
    if (`http://${req.headers.host}` !== origin) return refuse(res, 421, 'wrong host');
    if (req.method !== 'GET') return refuse(res, 405, 'only GET');
    const url = new URL(req.url ?? '/', origin);
    const given = url.searchParams.get('token');
    if (given !== null) {
      if (!equal(given)) return refuse(res, 403, 'this token is not valid; see the terminal');
      res.writeHead(303, {
        location: '/',
        'set-cookie': `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`,
      });
      return res.end();
    }
    if (!equal(cookieOf(req))) {
      return refuse(res, 403, 'open the address that the terminal printed, with its token');
    }
    const parcel = /^\/parcel\/([0-9a-f]{32})$/.exec(url.pathname)?.[1];
    if (parcel !== undefined) {
      const pieces = parcels.take(parcel);
      if (pieces === null) return refuse(res, 404, 'not found');
      const length = pieces.reduce((n, p) => n + p.length, 0);
      const head = { 'content-type': 'application/octet-stream', 'content-length': length };
      res.writeHead(200, { ...SECURITY_HEADERS, ...head });
      for (const p of pieces) res.write(p);
      return res.end();
    }
    const path = normalize(url.pathname === '/' ? '/index.html' : decodeURIComponent(url.pathname));
    const file = join(options.root, path);
    if (!file.startsWith(options.root) || !existsSync(file) || !statSync(file).isFile()) {
      return refuse(res, 404, 'not found');
    }
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    res.writeHead(200, { ...SECURITY_HEADERS, 'content-type': type });
    createReadStream(file).pipe(res);
  });

  const sockets = new WebSocketServer({ noServer: true, maxPayload: 512 * 1024 * 1024 });
  http.on('upgrade', (req, socket, head) => {
    const allowed =
      req.headers.origin === origin &&
      `http://${req.headers.host}` === origin &&
      equal(cookieOf(req)) &&
      req.url === '/rpc';
    if (!allowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(req, socket, head, (ws) => connect(ws, options, parcels));
  });

  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(options.port, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  return {
    url: `${origin}/?token=${token}`,
    close: () =>
      new Promise((resolve) => {
        for (const ws of sockets.clients) ws.terminate();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

function connect(ws: WebSocket, options: ServeOptions, parcels: Parcels): void {
  const beside = new Beside();
  const extensionCodec = withTypedArrays(new ExtensionCodec(), beside);
  const encoder = new Encoder({ extensionCodec, ignoreUndefined: true });
  const decoder = new Decoder({ extensionCodec });
  serveCalls(
    options.makeHost,
    {
      post: (message) => {
        if (ws.readyState !== ws.OPEN) return;
        const { bytes, arrays } = message as { bytes: Uint8Array; arrays: Uint8Array[] };
        if (arrays.length === 0) ws.send(bytes);
        else ws.send(JSON.stringify({ parcel: parcels.add(parcelOf(bytes, arrays)) }));
      },
      on: (listener) => {
        ws.on('message', (data: Buffer) => {
          try {
            listener(data);
          } catch (e) {
            options.log(`a message was not understood: ${(e as Error).message}`);
            ws.close(1003);
          }
        });
      },
      serialize: (m) => {
        beside.write();
        return { bytes: encoder.encode(encodable(m)), arrays: beside.arrays };
      },
      deserialize: (m) => decoder.decode(m as Buffer),
    },
    options.log,
  );
}
