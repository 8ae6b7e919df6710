// Parts of a search by traces that need not be done. Where a search is cut, every task is tried at every node, and what
// comes of a task that takes part in no race is the same as what comes of those tried before it: its executions are all
// given up, each as late as can be.
import type { SavedCampaign } from './campaign';
import type { SavedDpor } from './dpor-state';
import type { Part } from './search';
import type { Branch } from './wakeup-tree';

/** A part: what it begins with, and what has come of it. */
interface Traced {
  readonly index: number;
  readonly prefix: readonly Branch[];
  /** Events of the prefix that have raced with later ones. */
  readonly raced: ReadonlySet<number>;
  isOver: boolean;
}

function traced(part: Part | null, saved: SavedCampaign | null, index: number): Traced | null {
  if (part?.kind !== 'trace') return null;
  const { root, nodes } = part.saved as SavedDpor;
  const prefix = nodes.slice(0, root).map((node) => node.branches[0] as Branch);
  const raced = new Set(saved === null ? [] : (saved.search as SavedDpor).raced);
  // What follows a run that was too long is not known.
  const isOver = saved?.over === true && saved.coverage.exhausted && saved.tooLong === 0;
  return { index, prefix, raced, isOver };
}

/**
 * Which parts are needless, by what has been done of the others? Where all that follows an event has been explored, and
 * the event has raced with nothing, every execution can begin with it (source sets: Abdulla et al., JACM 2017, section
 * 4): those that begin with something else that was tried later are known.
 * @param parts of one cut, in the order in which it has made them
 * @param shares what has been done of each
 * @returns their numbers
 */
export function needlessParts(
  parts: readonly (Part | null)[],
  shares: readonly (SavedCampaign | null)[],
): number[] {
  const all = parts.map((part, i) => traced(part, shares[i] ?? null, i)).filter((p) => p !== null);
  const out: number[] = [];
  look(all, 0, out);
  return out.sort((a, b) => a - b);
}

/** Look at parts that begin with the same `depth` events. */
function look(group: readonly Traced[], depth: number, out: number[]): void {
  if (group.length < 2) return;
  const children = new Map<string, Traced[]>();
  for (const p of group) {
    const event = p.prefix[depth];
    const key = event === undefined ? '' : `${event.proc} ${event.options.join()}`;
    const child = children.get(key);
    if (child === undefined) children.set(key, [p]);
    else child.push(p);
  }
  const lists = [...children.values()];
  for (const child of lists) look(child, depth + 1, out);
  const eventOf = (child: readonly Traced[]) => child[0]?.prefix[depth];
  lists.forEach((child, k) => {
    const isCovered = lists.slice(0, k).some((before) => {
      // Other answers to a fault choice may be tried after what is held against this one.
      const isOne = eventOf(before)?.options.length === 0;
      const isOther = eventOf(before)?.proc !== eventOf(child)?.proc;
      return isOne && isOther && before.every((p) => p.isOver && !p.raced.has(depth));
    });
    if (!isCovered) return;
    for (const p of child) {
      if (p.isOver) continue;
      p.isOver = true;
      out.push(p.index);
    }
  });
}
