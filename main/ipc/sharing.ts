// What leaves the lab: bundles, exports, and the preview of what a bundle would hold.
import type { MadeFile, ShareParts, SharePreview } from '../../preload/contract/calls';
import { EXPORT_KINDS, isExport } from '../../preload/contract/exports';
import type { KeptRun, OnMade, OpinionShape } from '../../preload/contract/shapes';
import { readManifest } from '../bundle/read';
import { writeToken } from '../bundle/token';
import { type WriteOptions, writeBundle, writeLargeBundle } from '../bundle/write';
import { CREATED_BY } from '../engine-identity';
import { exportRun } from '../export/index';
import { mailReport } from '../export/report';
import { scriptByDigest } from './texts';

/** Characters of a title, and of a tag, in a file name. */
const PART = 50;

/** A file name from a title. */
export function fileName(run: KeptRun, ending: string): string {
  const slug = run.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, PART);
  const variant = run.cell.variant.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, PART);
  return `${slug || 'run'}-${variant}-${run.cell.driver}${ending}`;
}

function written(opinion: OpinionShape, { evidence, notes, view }: ShareParts): WriteOptions {
  return { lean: !evidence, opinion, notes, view };
}

/** A run as a bundle. */
export function bundleOf(run: KeptRun, opinion: OpinionShape, parts: ShareParts): MadeFile {
  const bytes = writeBundle(run, CREATED_BY, written(opinion, parts));
  return { name: fileName(run, '.faultline'), bytes };
}

/** What the bundle would hold: it is made, and looked into. */
export function preview(run: KeptRun, opinion: OpinionShape, parts: ShareParts): SharePreview {
  const { bytes } = bundleOf(run, opinion, parts);
  const token = writeToken(run, scriptByDigest);
  return {
    entries: readManifest(bytes).entries.map(({ path, bytes, role }) => ({ path, bytes, role })),
    total: bytes.length,
    report: mailReport(run, token),
    token,
  };
}

/** An export as a file. @throws Error when there is none of this name */
export async function exported(run: KeptRun, name: string, onMade?: OnMade): Promise<MadeFile> {
  if (!isExport(name)) throw new Error(`there is no export "${name}"`);
  const bytes = await exportRun(run, name, writeToken(run, scriptByDigest), onMade);
  return { name: fileName(run, EXPORT_KINDS[name].ending), bytes };
}

/** What to make of a run: a bundle, or an export. */
export type FileOrder =
  | {
      readonly kind: 'bundle';
      readonly run: KeptRun;
      readonly opinion: OpinionShape;
      readonly parts: ShareParts;
    }
  | { readonly kind: 'export'; readonly run: KeptRun; readonly name: string };

/** Make what was ordered, here and now. */
export async function made(order: FileOrder, onMade: OnMade = () => {}): Promise<MadeFile> {
  const { run } = order;
  if (order.kind === 'export') return exported(run, order.name, onMade);
  const options = { ...written(order.opinion, order.parts), onMade };
  const bytes = await writeLargeBundle(run, CREATED_BY, options);
  return { name: fileName(run, '.faultline'), bytes };
}
