// The kernel variants by tag, oldest first. Each is an ops table: the base plus its differences.
import type { KernelOps } from '../kernel/kernel';
import { seriesV4 } from './series-v4';
import { seriesV5 } from './series-v5';
import { v6_1 } from './v6.1';
import { v6_12 } from './v6.12';

/** A variant as people choose it. */
export interface Variant {
  readonly tag: string;
  readonly title: string;
  readonly ops: KernelOps;
}

/** Every variant, in the order of history. */
export const VARIANTS: readonly Variant[] = [
  { tag: 'v6.1', title: 'released 5.12 … 6.1, two per-device objects', ops: v6_1 },
  { tag: 'series-v4', title: 'series before consolidation, Aug 2023', ops: seriesV4 },
  { tag: 'series-v5', title: 'series v5: get/put with a user count, Sep 2023', ops: seriesV5 },
  { tag: 'v6.12', title: 'released 6.11/6.12: counted, RCU, groups pending', ops: v6_12 },
];

/**
 * The variant with this tag.
 * @throws Error naming the known tags
 */
export function variantByTag(tag: string): Variant {
  const v = VARIANTS.find((x) => x.tag === tag);
  if (v) return v;
  const known = VARIANTS.map((x) => x.tag).join(', ');
  throw new Error(`there is no kernel variant "${tag}"; known: ${known}`);
}
