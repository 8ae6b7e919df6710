// The kernel variants by tag, oldest first: an ops table (the neighbour's plus the differences) and
// the patches that came within its range. `tag~patch,patch` is a variant with those patches the
// other way round; `owned` stands for the structural change of v6.12-owned.
import type { KernelOps } from '../kernel/kernel';
import {
  isPatch,
  levelOf,
  PATCHES,
  type PatchLevel,
  type PatchName,
  plus,
  toggled,
} from '../kernel/patches';
import { refcountStep } from './refcount-step';
import { removeStep } from './remove-step';
import { seriesV4 } from './series-v4';
import { seriesV5 } from './series-v5';
import { v6_1 } from './v6.1';
import { v6_6 } from './v6.6';
import { v6_9 } from './v6.9';
import { v6_12 } from './v6.12';
import { v6_12_leakfix } from './v6.12-leakfix';
import { iopf_group_dequeue, iopf_group_response, v6_12_owned } from './v6.12-owned';
import { v6_16 } from './v6.16';

/** A variant as people choose it. */
export interface Variant {
  readonly tag: string;
  readonly title: string;
  /** Which release the patch level is that of. */
  readonly basis: string;
  readonly ops: KernelOps;
  readonly level: PatchLevel;
}

const L61 = levelOf([
  'pro-when-empty',
  'response-without-pasid-mutex',
  'drain-drops-pasid-mutex',
  'drop-stop-markers',
  'asid-grabs-mm',
  'sva-error-paths',
  'ack-queue-overflow',
]);
const K69 = plus(L61, 'report-under-iopf-lock', 'restore-lost-return');
const K612 = plus(K69, 'answer-bad-setup', 'fput-once', 'deliver-spinlock', 'zeroed-records');
const K612O = plus(
  K612,
  'drain-on-teardown',
  'no-drain-in-release',
  'drain-on-fpd',
  'generic-attach-handle',
  'abort-waits-for-file',
  'write-returns-efault',
  'whole-group-reads',
  'replace-answers-old-hwpt',
  'handle-dev-first',
  'mock-report-rwsem',
  'release-loads-first',
);
const A616 = plus(
  K612,
  'rid-faults',
  'drain-on-teardown',
  'no-drain-in-release',
  'drain-on-fpd',
  'generic-attach-handle',
  'nested-lookup-by-domain',
);

/** Every variant, in the order of history. */
export const VARIANTS: readonly Variant[] = [
  {
    tag: 'v6.1',
    title: 'released 5.12 … 6.1: two per-device objects, registered handler',
    basis: '6.1.192',
    ops: v6_1,
    level: L61,
  },
  {
    tag: 'v6.6',
    title: 'released 6.2 … 6.8: the worker looks the domain up',
    basis: '6.6',
    ops: v6_6,
    level: L61,
  },
  {
    tag: 'series-v4',
    title: 'series before consolidation, Aug 2023',
    basis: '3cabd49e63c9',
    ops: seriesV4,
    level: L61,
  },
  {
    tag: 'series-v5',
    title: 'series v5: get/put with a user count, Sep 2023',
    basis: 'v5 with patches 11 and 12',
    ops: seriesV5,
    level: L61,
  },
  {
    tag: 'refcount-step',
    title: 'in-tree step: RCU and refcount_t, Feb 2024',
    basis: 'a74c077b9021',
    ops: refcountStep,
    level: L61,
  },
  {
    tag: 'remove-step',
    title: 'in-tree step: removal answers what is pending, Feb 2024',
    basis: '0095bf83554f',
    ops: removeStep,
    level: L61,
  },
  {
    tag: 'v6.9',
    title: 'released 6.9/6.10: groups are what is pending',
    basis: '6.10.7',
    ops: v6_9,
    level: K69,
  },
  {
    tag: 'v6.12',
    title: 'released 6.11/6.12: attach handles, iommufd fault queues',
    basis: '6.12.14',
    ops: v6_12,
    level: K612,
  },
  {
    tag: 'v6.12-leakfix',
    title: 'removal also frees pending groups',
    basis: '6.12.16',
    ops: v6_12_leakfix,
    level: K612,
  },
  {
    tag: 'v6.12-owned',
    title: 'handlers own their groups',
    basis: '6.12.117',
    ops: v6_12_owned,
    level: K612O,
  },
  {
    tag: 'v6.16',
    title: 'queue membership follows the attached domains',
    basis: '6.16.0',
    ops: v6_16,
    level: A616,
  },
];

/** The structural patch that can be put on top of any variant with groups. */
const OWNED = 'owned';

const made = new Map<string, Variant>();

/**
 * The variant with this tag, or a variant at another patch level: `v6.12~deliver-spinlock`.
 * @throws Error naming the known tags, or the known patches
 */
export function variantByTag(tag: string): Variant {
  const known = made.get(tag);
  if (known !== undefined) return known;
  const [base, edits] = tag.split('~') as [string, string | undefined];
  const v = VARIANTS.find((x) => x.tag === base);
  if (v === undefined) {
    const tags = VARIANTS.map((x) => x.tag).join(', ');
    throw new Error(`there is no kernel variant "${base}"; known: ${tags}`);
  }
  if (edits === undefined) return v;
  const names = edits.split(',');
  const unknown = names.find((n) => n !== OWNED && !isPatch(n));
  if (unknown !== undefined) {
    const patches = [...Object.keys(PATCHES), OWNED].join(', ');
    throw new Error(`there is no patch "${unknown}" for "${tag}"; known: ${patches}`);
  }
  const level = toggled(
    v.level,
    names.filter((n): n is PatchName => n !== OWNED),
  );
  const ops = names.includes(OWNED) ? { ...v.ops, iopf_group_response, iopf_group_dequeue } : v.ops;
  const words = names.map((n) => `${isPatch(n) && v.level[n] ? 'without' : 'with'} ${n}`);
  const title = `${v.title}; ${words.join(', ')}`;
  const variant = { ...v, tag, title, ops, level };
  made.set(tag, variant);
  return variant;
}
