// The fields of things as they were, put back by functions made for them. A loop over names looks each of them up
// in the shape of a thing anew; written out in a function of its own, the same names are found at once. An
// execution of the v6.12 model, whose world has 250 fields, takes a tenth less for it.

type Fields = Record<string, unknown>;

/** Puts back `owners`: what they were is in `values`, thing by thing. */
type PutBack = (owners: readonly Fields[], values: readonly unknown[]) => void;

/** Taken before a process that confines scripts takes it away. */
const Compiled = Function;
/** Names that can stand in program text as they are; a script may have others in its things. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Functions by the names that they put back: worlds of one experiment have most of them in common. */
const known = new Map<string, PutBack>();

function putBackOf(names: readonly string[], id: string): PutBack {
  const made = known.get(id);
  if (made !== undefined) return made;
  const each = names.map((name, i) => `if (o.${name} !== v[i + ${i}]) o.${name} = v[i + ${i}];`);
  const text = `'use strict';
  for (let k = 0, i = 0; k < owners.length; k++, i += ${names.length}) {
    const o = owners[k];
    ${each.join('\n    ')}
  }`;
  const putBack = new Compiled('owners', 'v', text) as PutBack;
  known.set(id, putBack);
  return putBack;
}

/** Names that no program text is made of. */
function slowly(names: readonly string[]): PutBack {
  return (owners, values) => {
    let i = 0;
    for (const o of owners) {
      for (const name of names) {
        const value = values[i++];
        if (o[name] !== value) o[name] = value;
      }
    }
  };
}

/** Things with the same names, together. */
interface Group {
  readonly names: readonly string[];
  readonly owners: Fields[];
  readonly values: unknown[];
  readonly putBack: PutBack;
}

/** Fields to be put back. */
export class SavedFields {
  private readonly groups: Group[] = [];
  private readonly byNames = new Map<string, Group>();

  /** Save some fields of a thing. */
  add(owner: object, names: readonly string[]): void {
    if (names.length === 0) return;
    const id = JSON.stringify(names);
    let group = this.byNames.get(id);
    if (group === undefined) {
      const putBack = names.every((n) => PLAIN.test(n)) ? putBackOf(names, id) : slowly(names);
      group = { names, owners: [], values: [], putBack };
      this.byNames.set(id, group);
      this.groups.push(group);
    }
    group.owners.push(owner as Fields);
    for (const name of names) group.values.push((owner as Fields)[name]);
  }

  restore(): void {
    const { groups } = this;
    for (let i = 0; i < groups.length; i++) {
      const { putBack, owners, values } = groups[i] as Group;
      putBack(owners, values);
    }
  }

  /** Are all fields as they were saved? */
  areAsTheyWere(): boolean {
    return this.groups.every(({ names, owners, values }) =>
      owners.every((o, k) => names.every((n, i) => o[n] === values[k * names.length + i])),
    );
  }
}
