// What a DPOR search knows at every event of the present execution, and how it is kept and cut.
import type { SavedFootprints } from '../core/footprint';
import type { SavedFickle, SavedRepeats } from './fickle';
import type { Branch, Sleeper } from './wakeup-tree';

/** The state before an event: what sleeps there, and what is to be explored. */
export interface Node {
  sleep: readonly Sleeper[];
  /** The first one is being explored. An array of its own as soon as there is one. */
  branches: Branch[];
  /** How many have been explored. */
  finished: number;
}

/** A search at rest: plain data, to be written to a file or handed to another process. */
export interface SavedDpor {
  readonly root: number;
  readonly keys: readonly number[];
  readonly places: SavedFootprints;
  readonly nodes: readonly Node[];
  readonly plainCounts: readonly number[];
  readonly executions: number;
  readonly tooLong: number;
  readonly blocked: number;
  readonly exhausted: boolean;
  readonly repeats: SavedRepeats;
  readonly fickle: SavedFickle;
  /** Of a part: events before it that have raced with others. */
  readonly raced: readonly number[];
}

/**
 * Share of a search that is done, from 0 to 1, if all branches along the present path lead to as much
 * (Knuth's estimate).
 */
export function shareDone(nodes: readonly Node[], root: number): number {
  let done = 0;
  let share = 1;
  for (let d = root; d < nodes.length; d++) {
    const { finished, branches } = nodes[d] as Node;
    const width = finished + branches.length;
    if (width === 0) continue;
    share /= width;
    done += share * finished;
  }
  return done;
}

/** Take one entry out. A splice would make a list of it, for every race and event. */
export function removeAt<T>(list: T[], at: number): void {
  for (let i = at + 1; i < list.length; i++) list[i - 1] = list[i] as T;
  list.pop();
}

/** What a search has learned of its program, for one that begins anew. */
export function lessonOf(search: SavedDpor): SavedDpor {
  const repeats = { watched: search.repeats.watched, seen: [], n: 0 };
  const none = { executions: 0, tooLong: 0, blocked: 0, exhausted: false };
  return { ...search, ...none, repeats, nodes: [], root: 0, raced: [] };
}

/** The part of a search that follows the first `root` events of the present execution. */
export function partOf(search: SavedDpor, root: number): SavedDpor {
  const nodes = search.nodes.slice(0, root + 1).map((node, d) => {
    const branches = d < root ? [{ ...(node.branches[0] as Branch), children: [] }] : [];
    const sleep = d < root ? [] : node.sleep.map((s) => ({ ...s, elsewhere: true }));
    return { sleep, branches, finished: 0 };
  });
  return structuredClone({ ...lessonOf(search), root, nodes });
}

/** A part of a search has learned something for which all of them have to start again. */
export class StartAgain extends Error {
  /** @param lesson what it is, as the search is saved */
  constructor(readonly lesson: unknown) {
    super('the search has to start again');
    this.name = 'StartAgain';
  }
}
