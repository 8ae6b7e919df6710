// The only user of the bridge: calls over Electron's port where there is one, else a WebSocket.
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { createBirpc } from 'birpc';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { withTypedArrays } from '../../preload/contract/wire';

/** Errors cross as plain data; make them errors again. */
function revive(message: unknown): unknown {
  const m = message as { e?: { message?: string } };
  if (m?.e && !(m.e instanceof Error)) m.e = new Error(m.e.message ?? 'the call failed');
  return m;
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
  const extensionCodec = withTypedArrays(new ExtensionCodec());
  const encoder = new Encoder({ extensionCodec, ignoreUndefined: true });
  const decoder = new Decoder({ extensionCodec });
  return createBirpc<LabCalls, LabEvents>(events, {
    ...options,
    post: async (m) => {
      await opened;
      socket.send(m as Uint8Array<ArrayBuffer>);
    },
    on: (f) => socket.addEventListener('message', (e) => f(e.data)),
    serialize: (m) => encoder.encode(m),
    deserialize: (m) => revive(decoder.decode(new Uint8Array(m as ArrayBuffer))),
  }) as unknown as LabCalls;
}
