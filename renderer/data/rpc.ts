// The only user of the bridge: calls over Electron's port where there is one, else a WebSocket.
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { createBirpc } from 'birpc';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { Beside, withTypedArrays } from '../../preload/contract/wire';

/** Errors cross as plain data; make them errors again. */
function revive(message: unknown): unknown {
  const m = message as { e?: { message?: string } };
  if (m?.e && !(m.e instanceof Error)) m.e = new Error(m.e.message ?? 'the call failed');
  return m;
}

/** A large answer waits under a name. */
async function fetched(note: string): Promise<{ parcel: ArrayBuffer }> {
  const { parcel } = JSON.parse(note) as { parcel: string };
  const answer = await fetch(`/parcel/${parcel}`);
  if (!answer.ok) throw new Error('an answer of the lab is lost');
  return { parcel: await answer.arrayBuffer() };
}

/**
 * Connect to the lab.
 * @param lost called when the connection ends
 */
export function connect(events: LabEvents, lost: () => void): LabCalls {
  const options = { timeout: -1, eventNames: [] };
  const bridge = window.labBridge;
  if (bridge) {
    return createBirpc<LabCalls, LabEvents>(events, {
      ...options,
      post: (m) => bridge.post(m),
      on: (f) => bridge.on(f),
    }) as unknown as LabCalls;
  }
  const socket = new WebSocket(`ws://${location.host}/rpc`);
  socket.binaryType = 'arraybuffer';
  const opened = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()));
  socket.addEventListener('close', lost);
  const beside = new Beside();
  const extensionCodec = withTypedArrays(new ExtensionCodec(), beside);
  // The window sends bytes of bundles and plain data: they need no extension.
  const encoder = new Encoder({ ignoreUndefined: true });
  const decoder = new Decoder({ extensionCodec });
  return createBirpc<LabCalls, LabEvents>(events, {
    ...options,
    post: async (m) => {
      await opened;
      socket.send(m as Uint8Array<ArrayBuffer>);
    },
    on: (f) =>
      socket.addEventListener('message', (e) => {
        if (typeof e.data !== 'string') f(e.data);
        else void fetched(e.data).then(f, lost);
      }),
    serialize: (m) => encoder.encode(m),
    deserialize: (m) => {
      const parcel = (m as { parcel?: ArrayBuffer }).parcel;
      return revive(
        decoder.decode(parcel ? beside.read(parcel) : new Uint8Array(m as ArrayBuffer)),
      );
    },
  }) as unknown as LabCalls;
}
