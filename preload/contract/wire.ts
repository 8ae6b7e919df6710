// Typed arrays on the wire: MessagePack extensions, so that columns cross as bytes.

type Typed = Uint16Array | Uint32Array | Float64Array;

/** Extension types: number and array kind. */
const WIRE_TYPES: readonly {
  readonly type: number;
  readonly make: new (b: ArrayBuffer) => Typed;
}[] = [
  { type: 1, make: Uint16Array },
  { type: 2, make: Uint32Array },
  { type: 3, make: Float64Array },
];

interface Registry {
  register(extension: {
    type: number;
    encode: (value: unknown) => Uint8Array | null;
    decode: (bytes: Uint8Array) => unknown;
  }): void;
}

/** Teach a MessagePack extension codec the typed arrays of the contract. */
export function withTypedArrays<C extends Registry>(codec: C): C {
  for (const { type, make } of WIRE_TYPES) {
    codec.register({
      type,
      encode: (value) => wireEncode(value, make),
      decode: (bytes) => wireDecode(bytes, make),
    });
  }
  return codec;
}

/** Bytes of a typed array of this kind, or null for anything else. */
function wireEncode(value: unknown, make: (typeof WIRE_TYPES)[number]['make']) {
  if (!(value instanceof make)) return null;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** The typed array of these bytes. */
function wireDecode(bytes: Uint8Array, make: (typeof WIRE_TYPES)[number]['make']): Typed {
  const copy = new Uint8Array(bytes);
  return new make(copy.buffer);
}
