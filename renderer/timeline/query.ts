// Queries over events, for the filter and the search: words that must all fit, `task:`, `kind:`, `object:`,
// `fn:`, `value:`, `family:` to look in one place, `step:3,7-9` for steps by number, `-word` for what must not fit.
// Each word is looked up once in every table, not in every event: a million events take some milliseconds.
import type { KindShape, ViewColumns } from '../../preload/contract/shapes';

const PLACES = ['task', 'kind', 'object', 'fn', 'value', 'family', 'step'] as const;
type Place = (typeof PLACES)[number];

interface Term {
  readonly place: Place | null;
  readonly text: string;
  readonly not: boolean;
}

/** The words of a query; quotes keep blanks together. */
export function parseQuery(query: string): Term[] {
  const parts = query.match(/-?(?:[a-z]+:)?(?:"[^"]*"|\S+)/gi) ?? [];
  return parts.flatMap((part) => {
    const m = /^(-?)(?:([a-z]+):)?(.*)$/i.exec(part);
    const name = m?.[2]?.toLowerCase();
    const place = PLACES.find((p) => p === name) ?? null;
    const own = place === null && name !== undefined ? `${name}:${m?.[3] ?? ''}` : (m?.[3] ?? '');
    const text = own.replace(/"/g, '').toLowerCase();
    return text === '' ? [] : [{ place, text, not: m?.[1] === '-' }];
  });
}

/** By number: does the name fit? */
function fits(names: readonly string[], text: string): Uint8Array {
  return Uint8Array.from(names, (n) => (n.toLowerCase().includes(text) ? 1 : 0));
}

interface Tables {
  readonly task: Uint8Array | null;
  readonly kind: Uint8Array | null;
  readonly thing: Uint8Array | null;
  readonly strings: Uint8Array | null;
  readonly stack: Uint8Array | null;
}

function tablesOf(run: ViewColumns, kinds: readonly KindShape[], t: Term): Tables {
  const all = t.place === null;
  const on = (place: Place): boolean => all || t.place === place;
  const functions = on('fn')
    ? fits(
        run.functions.map((f) => f.name),
        t.text,
      )
    : null;
  const innermost = (s: readonly number[]): number => s[s.length - 2] ?? -1;
  const kind = t.place === 'family' ? kinds.map((k) => k.family) : kinds.map((k) => k.name);
  return {
    task: on('task')
      ? fits(
          run.tasks.map((x) => x.name),
          t.text,
        )
      : null,
    kind: on('kind') || t.place === 'family' ? fits(kind, t.text) : null,
    thing: on('object') ? fits(['', ...run.things.map((x) => x.name)], t.text) : null,
    strings: on('value') || t.place === 'object' ? fits(run.strings, t.text) : null,
    stack:
      functions === null ? null : Uint8Array.from(run.stacks, (s) => functions[innermost(s)] ?? 0),
  };
}

/** By event: is its step in a list such as `3,7-9`? */
function stepMask(events: number, list: string): Uint8Array {
  const mask = new Uint8Array(events);
  for (const part of list.split(',')) {
    const m = /^#?(\d+)(?:-#?(\d+))?$/.exec(part.trim());
    if (m) mask.fill(1, Math.max(0, Number(m[1]) - 1), Number(m[2] ?? m[1]));
  }
  return mask;
}

/** By event: 1 when the query fits; null for a query without words. */
export function matchAll(
  run: ViewColumns,
  kinds: readonly KindShape[],
  query: string,
): Uint8Array | null {
  const terms = parseQuery(query);
  if (terms.length === 0) return null;
  const out = new Uint8Array(run.events).fill(1);
  for (const term of terms) {
    if (term.place === 'step') {
      const mask = stepMask(run.events, term.text);
      for (let i = 0; i < run.events; i++) if ((mask[i] === 1) === term.not) out[i] = 0;
      continue;
    }
    const { task, kind, thing, strings, stack } = tablesOf(run, kinds, term);
    const inValues = term.place !== 'object';
    for (let i = 0; i < run.events; i++) {
      if (out[i] === 0) continue;
      const hit =
        task?.[run.task[i] as number] === 1 ||
        kind?.[run.kind[i] as number] === 1 ||
        thing?.[run.thing[i] as number] === 1 ||
        stack?.[run.stack[i] as number] === 1 ||
        (strings !== null &&
          (strings[run.field[i] as number] === 1 ||
            (inValues &&
              (strings[run.value[i] as number] === 1 || strings[run.result[i] as number] === 1))));
      if (hit === term.not) out[i] = 0;
    }
  }
  return out;
}

/** Steps of the events that are 1. */
export function stepsOf(mask: Uint8Array | null): Uint32Array {
  if (mask === null) return new Uint32Array(0);
  let n = 0;
  for (let i = 0; i < mask.length; i++) n += mask[i] as number;
  const out = new Uint32Array(n);
  for (let i = 0, k = 0; i < mask.length; i++) if (mask[i] === 1) out[k++] = i + 1;
  return out;
}
