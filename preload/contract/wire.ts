// Typed arrays on the wire: MessagePack extensions, so that columns cross as bytes. Large ones travel beside
// the message, one after the other, so that neither side copies them.

type Typed = Uint8Array | Uint16Array | Uint32Array | Float64Array;
type Maker = new (buffer: ArrayBufferLike, offset: number, length: number) => Typed;

/** Extension types: number and array kind. */
const WIRE_TYPES: readonly {
  readonly type: number;
  readonly make: Maker;
  readonly width: number;
}[] = [
  { type: 1, make: Uint16Array, width: 2 },
  { type: 2, make: Uint32Array, width: 4 },
  { type: 3, make: Float64Array, width: 8 },
  { type: 4, make: Uint8Array, width: 1 },
];
/** Added to the type of an array that travels beside its message. */
const BESIDE = 16;
/** Bytes from which an array does. */
const LARGE = 64 * 1024;
/** Every array begins at a multiple of this: views of any kind fit. */
const ALIGN = 8;

const aligned = (n: number): number => Math.ceil(n / ALIGN) * ALIGN;

interface Registry {
  register(extension: {
    type: number;
    encode: (value: unknown) => Uint8Array | null;
    decode: (bytes: Uint8Array) => unknown;
  }): void;
}

/** What travels beside the message that is being written or read. */
export class Beside {
  /** Arrays to be sent, in their order. */
  arrays: Uint8Array[] = [];
  private size = 0;
  private buffer: ArrayBuffer | null = null;
  private base = 0;

  /** Begin to write a message. */
  write(): void {
    this.arrays = [];
    this.size = 0;
  }

  /** Begin to read a parcel: the bytes of its message. */
  read(parcel: ArrayBuffer): Uint8Array {
    const length = new DataView(parcel).getUint32(0, true);
    this.buffer = parcel;
    this.base = aligned(ALIGN + length);
    return new Uint8Array(parcel, ALIGN, length);
  }

  add(bytes: Uint8Array): Uint8Array {
    const note = new Uint8Array(8);
    const view = new DataView(note.buffer);
    view.setUint32(0, this.size, true);
    view.setUint32(4, bytes.byteLength, true);
    this.arrays.push(bytes);
    this.size += aligned(bytes.byteLength);
    return note;
  }

  view(note: Uint8Array, make: Maker, width: number): Typed {
    if (this.buffer === null) throw new Error('a message without what should be beside it');
    const view = new DataView(note.buffer, note.byteOffset);
    const [at, bytes] = [view.getUint32(0, true), view.getUint32(4, true)];
    return new make(this.buffer, this.base + at, bytes / width);
  }
}

/** Teach a MessagePack extension codec the typed arrays of the contract. */
export function withTypedArrays<C extends Registry>(codec: C, beside: Beside): C {
  for (const { type, make, width } of WIRE_TYPES) {
    codec.register({
      type,
      encode: (value) => (isSmall(value, make) ? bytesOf(value as Typed) : null),
      decode: (bytes) => {
        const copy = new Uint8Array(bytes);
        return new make(copy.buffer, 0, copy.length / width);
      },
    });
    codec.register({
      type: type + BESIDE,
      encode: (value) => (value instanceof make ? beside.add(bytesOf(value)) : null),
      decode: (note) => beside.view(note, make, width),
    });
  }
  return codec;
}

function isSmall(value: unknown, make: Maker): boolean {
  return value instanceof make && value.byteLength < LARGE;
}

function bytesOf(value: Typed): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** A message and what travels beside it, as the pieces of one parcel. */
export function parcelOf(message: Uint8Array, arrays: readonly Uint8Array[]): Uint8Array[] {
  const head = new Uint8Array(aligned(ALIGN + message.length));
  new DataView(head.buffer).setUint32(0, message.length, true);
  head.set(message, ALIGN);
  const gap = (n: number): Uint8Array => new Uint8Array(aligned(n) - n);
  return [head, ...arrays.flatMap((a) => [a, gap(a.length)])].filter((p) => p.length > 0);
}
