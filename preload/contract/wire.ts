// Typed arrays on the wire: MessagePack extensions, so that columns cross as bytes.

type Typed = Uint16Array | Uint32Array | Float64Array;

/** Extension types: number and array kind. */
export const WIRE_TYPES: readonly {
  readonly type: number;
  readonly make: new (b: ArrayBuffer) => Typed;
}[] = [
  { type: 1, make: Uint16Array },
  { type: 2, make: Uint32Array },
  { type: 3, make: Float64Array },
];

/** Bytes of a typed array of this kind, or null for anything else. */
export function wireEncode(value: unknown, make: (typeof WIRE_TYPES)[number]['make']) {
  if (!(value instanceof make)) return null;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** The typed array of these bytes. */
export function wireDecode(bytes: Uint8Array, make: (typeof WIRE_TYPES)[number]['make']): Typed {
  const copy = new Uint8Array(bytes);
  return new make(copy.buffer);
}
