// Puts the source line into every `yield*`, so that each event knows its line without capturing
// stacks: `yield* f(x)` becomes `yield  __at(12, f(x))`. The star goes because the trampoline
// (`engine/core/task.ts`) understands steps by themselves: handing one over costs a third of what
// delegating to its iterator costs. Lines and columns stay where they are. Used on a user's script
// (parsed with acorn) and on the engine's own models (parsed with TypeScript, by the build).

/** One `yield*` and its argument. */
export interface YieldSpan {
  /** Offset of the `yield`. */
  readonly start: number;
  /** End of the argument. */
  readonly end: number;
  /** Line of the `yield*`, from 1. */
  readonly line: number;
}

/** Text put into a line of the source. */
interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** Hand every spanned step over with its line. */
export function instrument(source: string, spans: readonly YieldSpan[]): string {
  let code = source;
  const insertions: Insertion[] = [];
  for (const s of spans) {
    const star = code.indexOf('*', s.start);
    code = `${code.slice(0, star)} ${code.slice(star + 1)}`;
    insertions.push({ at: star + 1, text: `__at(${s.line}, ` }, { at: s.end, text: ')' });
  }
  return applyInsertions(code, insertions);
}

/** Apply insertions; those at one place keep their order. */
function applyInsertions(code: string, insertions: readonly Insertion[]): string {
  const sorted = insertions.map((x, i) => ({ ...x, i })).sort((a, b) => a.at - b.at || a.i - b.i);
  let out = '';
  let from = 0;
  for (const x of sorted) {
    out += code.slice(from, x.at) + x.text;
    from = x.at;
  }
  return out + code.slice(from);
}
