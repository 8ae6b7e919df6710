// The manifest `bundle.json`. Its core is frozen for ever, so that any reader can show any bundle
// (`ux.md` C3).
import * as v from 'valibot';
import { BundleError } from './error';

export const FORMAT = 'faultline-bundle';
export const FORMAT_VERSION = 2;
export const MIMETYPE = 'application/vnd.faultline.bundle+zip';

const text = v.pipe(v.string(), v.maxLength(4096));

const schema = v.object({
  format: v.literal(FORMAT),
  formatVersion: v.pipe(v.number(), v.integer(), v.minValue(1)),
  minReaderVersion: v.pipe(v.number(), v.integer(), v.minValue(1)),
  title: text,
  createdBy: text,
  verdictLine: text,
  claimDigest: text,
  evidenceDigest: text,
  opinionDigest: text,
  entries: v.array(
    v.object({
      path: text,
      bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
      sha256: text,
      role: v.picklist(['claim', 'evidence', 'opinion']),
    }),
  ),
  eventCount: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

export type Manifest = v.InferOutput<typeof schema>;

/** Parse `bundle.json`. */
export function parseManifest(bytes: Uint8Array): Manifest {
  if (bytes.length > 64 * 1024) throw new BundleError('bundle.json is larger than 64 KB');
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new BundleError('bundle.json is not valid JSON');
  }
  const parsed = v.safeParse(schema, raw);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const where = issue.path?.map((p) => String(p.key)).join('.') ?? '';
    throw new BundleError(`bundle.json is not a manifest: ${where} ${issue.message}`);
  }
  return parsed.output;
}

/** The role of an entry follows from its place. */
export function roleOf(path: string): Manifest['entries'][number]['role'] {
  if (path.startsWith('claim/')) return 'claim';
  return path.startsWith('opinion/') ? 'opinion' : 'evidence';
}
