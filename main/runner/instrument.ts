// Puts the source line into every `yield*`, so that each event knows its line without capturing
// stacks: `yield* f(x)` becomes `yield* __at(12, f(x))`. Lines stay where they are. Used on a
// user's script (parsed with acorn) and on the engine's own models (parsed with TypeScript, by the
// build).

/** The argument of one `yield*`. */
export interface YieldSpan {
  readonly start: number;
  readonly end: number;
  /** Line of the `yield*`, from 1. */
  readonly line: number;
}

/** Text put into a line of the source, so that columns can be mapped back. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Insertions that wrap the spans. */
export function wrapYields(spans: readonly YieldSpan[]): Insertion[] {
  return spans.flatMap((s) => [
    { at: s.start, text: `__at(${s.line}, ` },
    { at: s.end, text: ')' },
  ]);
}

/** Apply insertions; those at one place keep their order. */
export function applyInsertions(code: string, insertions: readonly Insertion[]): string {
  const sorted = insertions.map((x, i) => ({ ...x, i })).sort((a, b) => a.at - b.at || a.i - b.i);
  let out = '';
  let from = 0;
  for (const x of sorted) {
    out += code.slice(from, x.at) + x.text;
    from = x.at;
  }
  return out + code.slice(from);
}
