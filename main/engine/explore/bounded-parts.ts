// How a search within bounds is cut into parts of about the same size. Most schedules spend what the bound allows them
// late: those that have spent nothing after a tenth of a run are two thirds of all with four delays.
import type { Machine } from '../core/machine';
import { type Cost, IteratedBounds } from './bounded';
import type { Program } from './program';
import type { Part, Path } from './search';

/** Schedules of a part that are not worth another cut. */
const SMALL = 200;
/** Beginnings, for each part that is wanted, after which no more are looked for: runs may be long. */
const MOST = 32;

/** The schedules that begin with some decisions, and a guess at how many there are. */
interface Beginning {
  readonly path: Path;
  readonly size: number;
}

/**
 * The parts of a search, in the order in which one process would do them. Every bound has parts of its own: first all of
 * bound 0, then all of bound 1, and so on.
 * @param last the highest bound
 * @param wanted into about so many, as far as one can guess how large they are
 */
export function boundParts(
  m: Machine,
  program: Program,
  last: number,
  cost: Cost,
  wanted: number,
): Part[] {
  const parts: Part[] = [];
  for (let bound = 0; bound <= last; bound++) {
    for (const paths of gathered(cutBound(m, program, bound, cost, wanted), wanted)) {
      parts.push({ kind: 'prefix', bound, paths });
    }
  }
  return parts;
}

const sizeOf = (all: readonly Beginning[]): number => all.reduce((n, { size }) => n + size, 0);

/** Cut the largest, one decision further, until none is larger than one of so many equal ones, or there are many. */
function cutBound(
  m: Machine,
  program: Program,
  bound: number,
  cost: Cost,
  wanted: number,
): Beginning[] {
  const begin = (path: Path): Beginning => {
    const search = new IteratedBounds(bound, cost, [path]);
    search.run(m, program);
    return { path, size: search.size() };
  };
  const cut = ({ path }: Beginning): Beginning[] => {
    const out: Beginning[] = [];
    const search = new IteratedBounds(bound, cost, [path], path.length + 1);
    for (;;) {
      const outcome = search.run(m, program);
      out.push(begin(search.path()));
      if (!search.next(m, outcome)) return out;
    }
  };
  const all = [begin([])];
  for (;;) {
    const sizes = all.map(({ size }) => size);
    const largest = Math.max(...sizes);
    const isEven = largest <= Math.max(SMALL, sizeOf(all) / wanted);
    if (isEven || all.length > MOST * wanted) return all;
    const at = sizes.indexOf(largest);
    all.splice(at, 1, ...cut(all[at] as Beginning));
  }
}

/** Neighbours that are as large as one of so many equal ones together make up one part. */
function gathered(all: readonly Beginning[], wanted: number): Path[][] {
  const enough = Math.max(SMALL, sizeOf(all) / wanted);
  const out: Path[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const b of all) {
    if (size + b.size > enough) {
      out.push([]);
      size = 0;
    }
    out.at(-1)?.push(b.path);
    size += b.size;
  }
  return out;
}
