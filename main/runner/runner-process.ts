// Entry of the confined process: locks the realm down, evaluates the script in a compartment of
// its own, and answers one request after the other until it is ended. Started by `runner-host.ts` without file, network or
// process rights; killed from outside when it takes too long or too much.
import { execute, problemOf } from './execute';
import { lockDown } from './lock-down';
import { OF_POOL, type RunnerReply, type RunnerRequest, type StopMessage } from './protocol';

declare const Compartment: new (
  options: Record<string, unknown>,
) => {
  globalThis: Record<string, unknown>;
  evaluate(code: string): unknown;
};

/** Globals that could hold memory the heap limit does not count, or reach outside. */
const REMOVED = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'Atomics',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'TextEncoder',
  'TextDecoder',
  'Compartment',
  'lockdown',
  'WebAssembly',
];

lockDown();

const send = (reply: RunnerReply): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(reply, () => resolve());
  });

function evaluateConfined(name: string): (code: string) => unknown {
  const box = new Compartment({ __options__: true, name, globals: {} });
  for (const g of REMOVED) delete box.globalThis[g];
  return (code) => box.evaluate(`${code}\n//# sourceURL=${name}`);
}

/** Replies that tell how far it is: now and then is enough. */
const PACED: ReadonlySet<string> = new Set(['progress', 'replayed']);
/** Who is told reads no faster, and to be told takes time from the search. */
const PACE_MS = 200;

let stopped = false;
/** When something was told last: requests may be short. */
let last = 0;

/** Sending does not wait for anything: only now is what has come in looked at. */
const listen = (): Promise<void> => new Promise((go) => setImmediate(go));

async function answer(request: RunnerRequest): Promise<void> {
  stopped = false;
  try {
    const pause = async (progress: RunnerReply): Promise<boolean> => {
      const now = performance.now();
      if (PACED.has(progress.kind) && now - last < PACE_MS) return true;
      last = now;
      await send(progress);
      await listen();
      return !stopped;
    };
    const reply = await execute(request, evaluateConfined(request.name), pause);
    await send(reply);
  } catch (error) {
    await send({ kind: 'failed', ...problemOf(error, request.name) });
  }
}

// Ctrl+C in a terminal goes to all of its processes. Whoever shares a search out stops it, and wants to hear what
// has been done.
if (process.argv.includes(OF_POOL)) process.on('SIGINT', () => {});

// Nobody is left to hear what comes of it.
process.on('disconnect', () => process.exit());

// One request at a time; the next one comes when this one has been answered.
process.on('message', (message: RunnerRequest | StopMessage) => {
  if (message.kind === 'stop') stopped = true;
  else void answer(message);
});
