// The envelope of a Perfetto trace, read field by field: packets and track descriptors. The same reader reads
// our exports and the traces that Perfetto writes itself.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

export interface TrackDescriptor {
  readonly uuid: bigint;
  readonly parent: bigint;
  readonly name: string;
  /** Process id; 0 for a track that is no process. */
  readonly pid: number;
  readonly counter: boolean;
}

export interface Packet {
  /** -1 for none. */
  readonly timestamp: number;
  readonly sequence: number;
  readonly flags: number;
  readonly track: TrackDescriptor | null;
  readonly event: Uint8Array | null;
}

/** Calls `of` for every field; a field that it does not read is left out. */
function fields(
  reader: BinaryReader,
  of: (field: number, wire: WireType) => (() => void) | undefined,
): void {
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const read = of(field, wire);
    if (read) read();
    else reader.skip(wire, field);
  }
}

function processOf(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes);
  let pid = 0;
  fields(reader, (f) =>
    f === 1
      ? () => {
          pid = reader.int32();
        }
      : undefined,
  );
  return pid;
}

function trackOf(bytes: Uint8Array): TrackDescriptor {
  const r = new BinaryReader(bytes);
  const t = { uuid: 0n, parent: 0n, name: '', pid: 0, counter: false };
  const readers: Record<number, () => void> = {
    1: () => {
      t.uuid = BigInt(r.uint64());
    },
    2: () => {
      t.name = r.string();
    },
    3: () => {
      t.pid = processOf(r.bytes());
    },
    5: () => {
      t.parent = BigInt(r.uint64());
    },
    8: () => {
      r.bytes();
      t.counter = true;
    },
    // The name, where it is known when the program is built.
    10: () => {
      t.name = r.string();
    },
  };
  fields(r, (f) => readers[f]);
  return t;
}

function packetOf(bytes: Uint8Array): Packet {
  const r = new BinaryReader(bytes);
  const p = {
    timestamp: -1,
    sequence: 0,
    flags: 0,
    track: null as TrackDescriptor | null,
    event: null as Uint8Array | null,
  };
  const readers: Record<number, () => void> = {
    8: () => {
      p.timestamp = Number(r.uint64());
    },
    10: () => {
      p.sequence = r.uint32();
    },
    11: () => {
      p.event = r.bytes();
    },
    13: () => {
      p.flags = r.uint32();
    },
    60: () => {
      p.track = trackOf(r.bytes());
    },
  };
  fields(r, (f) => readers[f]);
  return p;
}

/** The packets of a trace. */
export function packetsOf(trace: Uint8Array): Packet[] {
  const reader = new BinaryReader(trace);
  const out: Packet[] = [];
  fields(reader, (field, wire) => {
    if (field !== 1 || wire !== WireType.LengthDelimited)
      throw new Error(`field ${field} in a trace`);
    return () => {
      out.push(packetOf(reader.bytes()));
    };
  });
  return out;
}
