// A search put to rest in a file, to be gone on with later: JSON, with all that says whether it fits.
import * as v from 'valibot';
import type { StrategyShape } from '../../preload/contract/shapes';
import { sha256 } from '../bundle/digests';
import { ENGINE } from '../engine-identity';
import type { CellSearch } from './exploring';

const VERSION = 1;

/** A search at rest. */
export interface SavedSearch {
  readonly strategy: StrategyShape;
  readonly runs: number;
  readonly cells: readonly CellSearch[];
}

/** The file cannot be gone on with; the message says why and what to do. */
export class SearchFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SearchFileError';
  }
}

const share = v.nullable(
  v.looseObject({ executions: v.number(), cut: v.number(), over: v.boolean() }),
);

const schema = v.strictObject({
  format: v.literal('faultline-search'),
  version: v.literal(VERSION),
  engine: v.string(),
  script: v.string(),
  strategy: v.looseObject({ kind: v.string() }),
  runs: v.number(),
  cells: v.array(
    v.strictObject({
      cell: v.strictObject({ variant: v.string(), driver: v.string() }),
      parts: v.array(v.nullable(v.looseObject({ kind: v.string() }))),
      shares: v.array(share),
    }),
  ),
});

/** The text of a file that keeps a search. */
export function writeSearch(script: string, search: SavedSearch): string {
  const { strategy, runs, cells } = search;
  const kept = cells.map(({ cell, parts, shares }) => ({ cell, parts, shares }));
  return JSON.stringify({
    format: 'faultline-search',
    version: VERSION,
    engine: ENGINE,
    script: sha256(script),
    strategy,
    runs,
    cells: kept,
  });
}

/**
 * Read a kept search of this script.
 * @throws SearchFileError when it is none, or of another script or engine
 */
export function readSearch(text: string, script: string): SavedSearch {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SearchFileError('is not a kept search: it is not JSON');
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const at = issue.path?.map((p) => String(p.key)).join('.') ?? 'the top';
    throw new SearchFileError(`is not a kept search: at ${at}: ${issue.message}`);
  }
  const { engine, script: digest, strategy, runs, cells } = parsed.output;
  if (digest !== sha256(script)) {
    throw new SearchFileError('belongs to another script; a changed script needs a new search');
  }
  if (engine !== ENGINE) {
    throw new SearchFileError(
      `was kept by engine ${engine}, this is ${ENGINE}: begin a new search`,
    );
  }
  const broken = cells.find((c) => c.parts.length !== c.shares.length);
  if (broken !== undefined) {
    throw new SearchFileError(`is damaged: parts of ${broken.cell.variant} are missing`);
  }
  return { strategy, runs, cells } as unknown as SavedSearch;
}
