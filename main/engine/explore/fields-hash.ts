// Hashes of what things hold, by functions made for each sort of them. A loop over names looks each of them up in the
// shape of a thing anew; written out in a function of its own, the same names are found at once. A search of the states
// of the v6.12 model takes a third less for it.

/** Names of fields that say how a state was reached, or never change. */
const PASSED_OVER = new Set([
  'allocStep',
  'allocTask',
  'freeStep',
  'freeTask',
  'freeFunction',
  'rcuStep',
  'stamp',
  'uid',
  'specs',
  'written',
  'touched',
  'missedBy',
  'missedStep',
  'step',
  'justAnswered',
  'serial',
  'fixedName',
  'full',
  'name',
  'cls',
  'lockClass',
  'mem',
  'thing',
  'member',
  'entry',
]);

/** Take `w` into the first half of a hash; the order counts. In the second half it is done differently. */
export function mix(h: number, w: number): number {
  let x = (Math.imul(h, 0x9e3779b1) + w) | 0;
  x ^= x >>> 15;
  return Math.imul(x, 0x85ebca77) ^ (x >>> 13);
}

/** As `mix`, in the second half. */
export function mixLow(h: number, w: number): number {
  let x = (Math.imul(h, 0xc2b2ae35) + w) | 0;
  x ^= x >>> 16;
  return Math.imul(x, 0x27d4eb2f) ^ (x >>> 12);
}

/** What stands for a small integer, and for the values that most fields have. */
export const INTEGER = 0x5bd1e995;
export const NULL = 7;
export const TRUE = 3;
export const FALSE = 5;
export const NOTHING = 11;

/** Hashes values. */
export interface Values {
  value(v: unknown, depth: number): number;
  /** The second half of what a `FieldsHash` gives. */
  thingLow: number;
  /** Things that have been met carry it. */
  readonly stamp: number;
  /** Somebody points at a thing. */
  meet(thing: object): void;
}

/**
 * Hash of the fields of one thing, in the order of their declaration.
 * @param depth how deep inside a thing their values are
 * @returns the first half; the second one is in `thingLow`
 */
export type FieldsHash = (values: Values, o: object, depth: number) => number;

/** Taken before a process that confines scripts takes it away. */
const Compiled = Function;
/** Names that can stand in program text as they are; a script may have others in its things. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

const byNames = new Map<string, FieldsHash>();
const bySort = new Map<unknown, FieldsHash>();

/** The function for all things that were made as this one was. */
export function fieldsHash(o: object): FieldsHash {
  const made = o.constructor;
  if (made === Object || made === undefined) return ofPlain;
  let hash = bySort.get(made);
  if (hash === undefined) {
    const names = Object.keys(o).filter((k) => !PASSED_OVER.has(k));
    hash = hashOf(names);
    bySort.set(made, hash);
  }
  return hash;
}

function hashOf(names: readonly string[]): FieldsHash {
  const id = JSON.stringify(names);
  let hash = byNames.get(id);
  if (hash === undefined) {
    hash = names.every((n) => PLAIN.test(n)) ? quick(names) : slow(names);
    byNames.set(id, hash);
  }
  return hash;
}

function quick(names: readonly string[]): FieldsHash {
  const each = names.map(
    (name, i) => `v = o.${name};
    if (typeof v === 'number') w = (v | 0) === v ? v ^ ${INTEGER} : values.value(v, depth);
    else if (v === null) w = ${NULL};
    else if (typeof v === 'object') {
      u = v.uid;
      if (u > 0) {
        if (v.stamp !== values.stamp) values.meet(v);
        w = (u | 0) === u ? u ^ ${INTEGER} : values.value(u, depth);
      } else w = values.value(v, depth);
    } else if (v === false) w = ${FALSE};
    else if (v === true) w = ${TRUE};
    else if (v === undefined) w = ${NOTHING};
    else {
      if (v !== before${i}) {
        before${i} = v;
        hash${i} = values.value(v, depth);
      }
      w = hash${i};
    }
    high = mix(high, w);
    low = mixLow(low, w);`,
  );
  const text = `'use strict';
  let ${names.map((_, i) => `before${i}, hash${i}`).join(', ') || 'none'};
  return (values, o, depth) => {
    let high = 17, low = 19, u, v, w;
    ${each.join('\n    ')}
    values.thingLow = low;
    return high;
  };`;
  return (new Compiled('mix', 'mixLow', text) as (...mixes: unknown[]) => FieldsHash)(mix, mixLow);
}

function byLoop(values: Values, o: object, depth: number, names: readonly string[]): number {
  let high = 17;
  let low = 19;
  for (let i = 0; i < names.length; i++) {
    const w = values.value((o as Record<string, unknown>)[names[i] as string], depth);
    high = mix(high, w);
    low = mixLow(low, w);
  }
  values.thingLow = low;
  return high;
}

/** Written out where it was made: others of its sort have other fields. */
const ofPlain: FieldsHash = (values, o, depth) => byLoop(values, o, depth, Object.keys(o));

/** Names that no program text is made of. */
function slow(names: readonly string[]): FieldsHash {
  return (values, o, depth) => byLoop(values, o, depth, names);
}
