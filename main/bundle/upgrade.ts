// Bundles of earlier formats, made like those of this one: one pure function from each version to the next, on
// the entries. The digests are checked before, on what was written. A file of every released version is kept in
// `test/museum`.

type Files = ReadonlyMap<string, Uint8Array>;

const decode = (bytes: Uint8Array | undefined): unknown =>
  JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array(0)));
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Format 1 did not yet say which marks no run reached, and which faults fired. */
function toTwo(files: Files): Files {
  const path = 'verdict/verdict.json';
  const told = decode(files.get(path)) as { verdict?: object };
  const verdict = { neverReached: [], fired: [], ...told.verdict };
  return new Map([...files, [path, encode({ ...told, verdict })]]);
}

/** The step from format n + 1 to n + 2. */
const STEPS: readonly ((files: Files) => Files)[] = [toTwo];

/**
 * The entries of a bundle as the format of today has them.
 * @param version the format they were written in
 */
export function upgraded(files: Files, version: number): Files {
  return STEPS.slice(version - 1).reduce((f, step) => step(f), files);
}
