// Reads a ZIP without trusting it: names, sizes, methods and places are checked in the directory
// before anything is inflated, and no entry is inflated beyond its declared size.
import { inflateRawSync } from 'node:zlib';
import { BUNDLE_BYTES } from '../../preload/contract/limits';
import { BundleError } from './error';
import { CENTRAL, END, LOCAL } from './zip-format';

const MAX_ENTRIES = 256;
/** Expanded bytes per compressed byte; deflate itself cannot exceed about 1032. */
const MAX_RATIO = 200;
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

function dataOf(bytes: Uint8Array, view: DataView, e: Entry): { start: number; data: Uint8Array } {
  if (e.offset + 30 > bytes.length || view.getUint32(e.offset, true) !== LOCAL) {
    throw new BundleError(`the entry ${e.name} does not begin where the directory says`);
  }
  const nameLength = view.getUint16(e.offset + 26, true);
  const name = new TextDecoder().decode(bytes.subarray(e.offset + 30, e.offset + 30 + nameLength));
  if (name !== e.name) throw new BundleError(`the entry ${e.name} has another name in its header`);
  const start = e.offset + 30 + nameLength + view.getUint16(e.offset + 28, true);
  if (start + e.packed > bytes.length) throw new BundleError(`the entry ${e.name} is cut short`);
  const packed = bytes.subarray(start, start + e.packed);
  if (e.method === 0) {
    if (e.packed !== e.size) throw new BundleError(`the entry ${e.name} lies about its size`);
    return { start, data: packed.slice() };
  }
  try {
    const data = inflateRawSync(packed, { maxOutputLength: Math.max(1, e.size) });
    if (data.length !== e.size) throw new Error('size');
    return { start, data };
  } catch {
    throw new BundleError(`the entry ${e.name} cannot be unpacked, or lies about its size`);
  }
}

/**
 * The entries of a ZIP, by name; those that have no place in a bundle are empty.
 * @param only names of the entries that are unpacked
 * @throws BundleError with one sentence
 */
export function readZip(bytes: Uint8Array, only = PLACE): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = readDirectory(bytes, view);
  const out = new Map<string, Uint8Array>();
  let upto = 0;
  for (const e of [...entries].sort((a, b) => a.offset - b.offset)) {
    if (!PLACE.test(e.name) || !only.test(e.name)) {
      out.set(e.name, NOTHING);
      continue;
    }
    const { start, data } = dataOf(bytes, view, e);
    if (e.offset < upto) throw new BundleError(`the entry ${e.name} overlaps another one`);
    upto = start + e.packed;
    out.set(e.name, data);
  }
  return out;
}
