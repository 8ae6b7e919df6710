// A search done in parts, as processes would do it.
import {
  Campaign,
  type CampaignOptions,
  type Machine,
  needlessParts,
  type Part,
  type Program,
  partsOf,
  type SavedCampaign,
  type Share,
  StartAgain,
} from '../../main/engine/api';

/** Run a campaign to its end, or to that of its budget. */
export function wholeCampaign(m: Machine, program: Program, options: CampaignOptions): Campaign {
  const c = new Campaign(m, program, options);
  while (!c.slice(500)) {}
  return c;
}

/** What a process writes down and another reads. */
function sent<T>(what: T): T {
  return JSON.parse(JSON.stringify(what));
}

/** Executions after which a share is put to rest, to be gone on with by another process. */
const REST = 20;

function restedCampaign(
  make: () => Machine,
  program: Program,
  options: CampaignOptions,
): SavedCampaign {
  const first = new Campaign(make(), program, options);
  if (first.slice(REST)) return first.save();
  const c = new Campaign(make(), program, options);
  c.load(sent(first.save()));
  while (!c.slice(500)) {}
  return c.save();
}

/** What a search in parts has come to. */
export interface InParts {
  readonly campaign: Campaign;
  readonly shares: readonly Share[];
  /** How often they had to begin. */
  readonly begun: number;
  /** Parts that are said to be needless where all others are done. */
  readonly needless: readonly Share[];
}

/**
 * The same in parts, again and again from what one of them has learned.
 * @param make a machine for each
 * @param wanted parts at least
 * @returns null where the search is not cut
 */
export function inParts(
  make: () => Machine,
  program: Program,
  options: CampaignOptions,
  wanted: number,
): InParts | null {
  let lesson: unknown = null;
  for (let begun = 1; ; begun++) {
    const cut = partsOf(make(), program, options, wanted, lesson);
    if (cut === null) return null;
    try {
      const parts = cut.flatMap((part, i) =>
        i % 2 === 0 ? smaller(make(), program, options, part) : [part],
      );
      const shares = parts.map((part): Share => {
        const saved = restedCampaign(make, program, { ...options, part: sent(part) });
        return sent({ part, saved });
      });
      const campaign = new Campaign(make(), program, options);
      campaign.join(shares);
      return { campaign, shares, begun, needless: shares.filter((_s, i) => isNeedless(shares, i)) };
    } catch (e) {
      if (!(e instanceof StartAgain)) throw e;
      lesson = sent(e.lesson);
    }
  }
}

/** A part of the traces cut again, if it can be. */
function smaller(m: Machine, program: Program, options: CampaignOptions, part: Part): Part[] {
  if (part.kind !== 'trace') return [part];
  return partsOf(m, program, { ...options, part: sent(part) }, 3) ?? [part];
}

/** Would a part be needless if it were not done? */
function isNeedless(shares: readonly Share[], i: number): boolean {
  const done = shares.map(({ saved }, k) => (k === i ? null : saved));
  return needlessParts(
    shares.map(({ part }) => part),
    done,
  ).includes(i);
}
