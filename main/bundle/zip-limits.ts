// Reads a ZIP without trusting it: names, sizes, methods and places are checked in the directory
// before anything is inflated, and no entry is inflated beyond its declared size.
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { BUNDLE_BYTES } from '../../preload/contract/limits';
import { hashing } from './digests';
import { BundleError } from './error';
import { CENTRAL, END, LOCAL } from './zip-format';

const MAX_ENTRIES = 256;
/** Expanded bytes per compressed byte; deflate itself cannot exceed about 1032. */
const MAX_RATIO = 200;
/** Bytes that zlib hands over at once, at most: a large entry is seldom more than one piece. */
const PIECE = 64 * 1024 * 1024;
/** Bytes at a time of an entry that is unpacked beside others; smaller ones are unpacked at once. */
const ASIDE = 512 * 1024;
/** Small entries may compress better than that. */
const RATIO_FREE = 64 * 1024;

/** Entries of the format, perhaps in one more folder. Others are never unpacked. */
const PLACE =
  /^([^/]+\/)?(mimetype|bundle\.json|report\.txt|signature\.json|(claim|evidence|verdict|opinion)\/[A-Za-z0-9._-]+)$/;
const NOTHING = new Uint8Array(0);

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

function findEnd(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 65_557); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new BundleError('this is not a bundle, or its end is missing: no ZIP directory was found');
}

function checkName(name: string): void {
  const bad = /^\/|\\|(^|\/)\.\.(\/|$)|[\u0000-\u001f]/.test(name) || name.length > 200;
  if (bad) throw new BundleError(`the entry name ${JSON.stringify(name)} is not allowed`);
}

function readDirectory(bytes: Uint8Array, view: DataView): Entry[] {
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  if (count > MAX_ENTRIES)
    throw new BundleError(`the file has ${count} entries; ${MAX_ENTRIES} are allowed`);
  const entries: Entry[] = [];
  let total = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > end || view.getUint32(at, true) !== CENTRAL) {
      throw new BundleError('the ZIP directory is damaged');
    }
    const flags = view.getUint16(at + 8, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const entry = {
      name,
      method: view.getUint16(at + 10, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    checkName(name);
    if (flags & 1) throw new BundleError(`the entry ${name} is encrypted`);
    const mode = view.getUint32(at + 38, true) >>> 16;
    if ((mode & 0xf000) === 0xa000) throw new BundleError(`the entry ${name} is a link`);
    if (entry.method !== 0 && entry.method !== 8) {
      throw new BundleError(`the entry ${name} is packed by method ${entry.method}, not 0 or 8`);
    }
    if (entry.size > RATIO_FREE && entry.size > entry.packed * MAX_RATIO) {
      throw new BundleError(`the entry ${name} claims to expand more than ${MAX_RATIO} times`);
    }
    total += entry.size;
    if (total > BUNDLE_BYTES) throw new BundleError('the file expands to more than 2 GB');
    if (entries.some((e) => e.name === name)) {
      throw new BundleError(`the entry ${name} is there twice`);
    }
    if (!name.endsWith('/')) entries.push(entry);
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

/** Where the bytes of an entry lie. */
function spanOf(
  bytes: Uint8Array,
  view: DataView,
  e: Entry,
): { start: number; packed: Uint8Array } {
  if (e.offset + 30 > bytes.length || view.getUint32(e.offset, true) !== LOCAL) {
    throw new BundleError(`the entry ${e.name} does not begin where the directory says`);
  }
  const nameLength = view.getUint16(e.offset + 26, true);
  const name = new TextDecoder().decode(bytes.subarray(e.offset + 30, e.offset + 30 + nameLength));
  if (name !== e.name) throw new BundleError(`the entry ${e.name} has another name in its header`);
  const start = e.offset + 30 + nameLength + view.getUint16(e.offset + 28, true);
  if (start + e.packed > bytes.length) throw new BundleError(`the entry ${e.name} is cut short`);
  if (e.method === 0 && e.packed !== e.size)
    throw new BundleError(`the entry ${e.name} lies about its size`);
  return { start, packed: bytes.subarray(start, start + e.packed) };
}

function damaged(e: Entry): BundleError {
  return new BundleError(`the entry ${e.name} cannot be unpacked, or lies about its size`);
}

function unpacked(e: Entry, packed: Uint8Array): Uint8Array {
  if (e.method === 0) return packed.slice();
  let data: Uint8Array;
  try {
    const maxOutputLength = Math.max(1, e.size);
    const chunkSize = Math.min(Math.max(64, e.size), PIECE);
    data = inflateRawSync(packed, { maxOutputLength, chunkSize });
  } catch {
    throw damaged(e);
  }
  if (data.length !== e.size) throw damaged(e);
  return data;
}

/** The same, beside whatever else is done; each piece is told as it comes. */
async function unpackedAside(
  e: Entry,
  packed: Uint8Array,
  told: (piece: Uint8Array) => void,
): Promise<Uint8Array> {
  let at = 0;
  const stream = createInflateRaw({ chunkSize: ASIDE });
  stream.end(packed);
  try {
    const data = new Uint8Array(e.size);
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      if (at + piece.length > e.size) throw damaged(e);
      data.set(piece, at);
      at += piece.length;
      told(piece);
    }
    if (at === e.size) return data;
  } catch {
    // Told below, in one sentence for all of it.
  } finally {
    stream.destroy();
  }
  throw damaged(e);
}

/**
 * The entries of a ZIP, by name; those that have no place in a bundle are empty.
 * @param only names of the entries that are unpacked
 * @throws BundleError with one sentence
 */
export function readZip(bytes: Uint8Array, only = PLACE): Map<string, Uint8Array> {
  const out = new Map<string, Uint8Array>();
  for (const [e, packed] of located(bytes, only))
    out.set(e.name, packed === null ? NOTHING : unpacked(e, packed));
  return out;
}

/** The same, with the digest of each: large entries are unpacked beside one another, and hashed as they come. */
export async function readLargeZip(
  bytes: Uint8Array,
): Promise<Map<string, { readonly data: Uint8Array; readonly sha256: string }>> {
  const reading = [...located(bytes, PLACE)].map(async ([e, packed]) => {
    const hash = hashing();
    if (packed !== null && e.method !== 0 && e.size >= ASIDE) {
      const data = await unpackedAside(e, packed, (piece) => hash.update(piece));
      return [e.name, { data, sha256: hash.digest('hex') }] as const;
    }
    const data = packed === null ? NOTHING : unpacked(e, packed);
    return [e.name, { data, sha256: hash.update(data).digest('hex') }] as const;
  });
  return new Map(await Promise.all(reading));
}

/** Entries in the order of the file, and where each lies; null for one that has no place in a bundle. */
function* located(bytes: Uint8Array, only: RegExp): Generator<[Entry, Uint8Array | null]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let upto = 0;
  for (const e of readDirectory(bytes, view).sort((a, b) => a.offset - b.offset)) {
    if (!PLACE.test(e.name) || !only.test(e.name)) {
      yield [e, null];
      continue;
    }
    const { start, packed } = spanOf(bytes, view, e);
    if (e.offset < upto) throw new BundleError(`the entry ${e.name} overlaps another one`);
    upto = start + e.packed;
    yield [e, packed];
  }
}
