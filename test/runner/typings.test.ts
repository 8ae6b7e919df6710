// runner: the typings say what the lab has: its names are those of the lab of a run, no more and no fewer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import {
  allCheckers,
  Machine,
  RandomChooser,
  RESPONSE_FAULTS,
  VARIANTS,
} from '../../main/engine/api';
import { checkExperiment, DRIVERS } from '../../main/runner/lab-api';
import { makeLab } from '../../main/runner/lab-world';
import { ROOT } from '../support/experiments';
import { primitiveTypings } from '../support/typings';

const FILE = join(ROOT, 'experiments/faultline.d.ts');
const source = ts.createSourceFile(FILE, readFileSync(FILE, 'utf8'), ts.ScriptTarget.ES2022, true);

/** Members of an object type, by name. */
type Members = ReadonlyMap<string, ts.TypeElement>;

function members(list: ts.NodeArray<ts.TypeElement>): Members {
  return new Map(list.flatMap((e) => (e.name ? [[e.name.getText(), e] as const] : [])));
}

const interfaces = new Map<string, Members>();
const unions = new Map<string, string[]>();
function collect(node: ts.Node): void {
  if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, members(node.members));
  if (ts.isTypeAliasDeclaration(node) && ts.isUnionTypeNode(node.type)) {
    const words = node.type.types.filter(ts.isLiteralTypeNode).map((t) => t.literal.getText());
    unions.set(
      node.name.text,
      words.map((w) => w.slice(1, -1)),
    );
  }
  ts.forEachChild(node, collect);
}
collect(source);

/** Names declared in a group of the lab, such as `driver`. */
function group(name: string): string[] {
  const member = interfaces.get('Lab')?.get(name) as ts.PropertySignature;
  return [...members((member.type as ts.TypeLiteralNode).members).keys()].sort();
}

function lab() {
  const m = new Machine({ timed: false, maxSteps: 100 }, allCheckers());
  m.begin(new RandomChooser(), null);
  const e = checkExperiment('t', { variants: ['v6.12'], drivers: ['plain'] }, () => {});
  return makeLab(m, e, { variant: 'v6.12', driver: 'plain' }).lab;
}

const names = (o: object): string[] => Object.keys(o).sort();
const declared = (name: string): string[] => [...(interfaces.get(name)?.keys() ?? [])].sort();

test('the lab and its groups', () => {
  const real = lab();
  expect(declared('Lab')).toEqual(names(real));
  expect(group('driver')).toEqual(names(real.driver));
  expect(group('iommufd')).toEqual(names(real.iommufd));
  expect(group('inject')).toEqual(names(real.inject));
  expect(group('mutate')).toEqual(names(real.mutate));
  expect(group('expect')).toEqual(names(real.expect));
});

test('what the lab gives out', () => {
  const real = lab();
  for (const [name, thing] of [
    ['Device', real.device('dev0')],
    ['AddressSpace', real.addressSpace('mm')],
    ['FaultQueue', real.faultQueue('queue')],
  ] as const) {
    const had = Object.keys(thing);
    expect(
      declared(name).filter((k) => !had.includes(k)),
      name,
    ).toEqual([]);
  }
});

test('variants, drivers, options and spoilt responses', () => {
  expect(unions.get('Tag')).toEqual(VARIANTS.map((v) => v.tag));
  expect(unions.get('Driver')).toEqual([...DRIVERS]);
  for (const option of declared('Options')) {
    const value = { runs: 1, preemptions: 1, ringSize: 1, maxSteps: 1 }[option];
    expect(() => checkExperiment('t', { [option]: value }, () => {}), option).not.toThrow(
      /has no option/,
    );
  }
  const text = interfaces.get('Lab')?.get('inject')?.getText() ?? '';
  for (const kind of RESPONSE_FAULTS) expect(text).toContain(`'${kind}'`);
});

test('every member of the lab has a docstring', () => {
  const bare = [...(interfaces.get('Lab') ?? [])].filter(
    ([, e]) => ts.getJSDocCommentsAndTags(e).length === 0,
  );
  expect(bare.map(([name]) => name)).toEqual([]);
});

test('the primitives, from their own docstrings', async () => {
  await expect(primitiveTypings()).toMatchFileSnapshot('../../experiments/primitives.d.ts');
});
