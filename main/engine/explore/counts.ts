// References that commute (`explore.md` section 1, the conditional reduction of counts): as long as no order of what has
// been done could have come to 0 somewhere else.
import { COUNT, DISCOUNT, type Footprint, type Footprints, LAST_BUT_ONE } from '../core/footprint';
import type { EventTable } from './happens-before';

/**
 * Tell the table what the last event, `e`, has counted. A reference dropped that other orders could have dropped at 0
 * makes its count a plain one (`Footprints.plainCounts`).
 * @returns false where that has been found out only now, so that the search has to start again
 */
export function countsCommute(table: EventTable, footprints: Footprints, e: number): boolean {
  const { counted } = footprints;
  // What is signalled is counted, too, and is no reference.
  if (counted < 0) return true;
  let commute = true;
  for (const touch of table.footprint[e] as Footprint) {
    const mode = touch & 15;
    if (mode === COUNT) table.count(counted);
    if (mode !== DISCOUNT && mode !== LAST_BUT_ONE) continue;
    table.count(counted);
    if (table.smallestCount(e, touch >>> 4, counted) >= 1) continue;
    footprints.plainCounts.add(touch >>> 4);
    commute = false;
  }
  return commute;
}
