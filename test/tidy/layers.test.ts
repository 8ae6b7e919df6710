// tidy: who may import whom, as data (`design.md` section 7), and what the engine must not contain.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

const ENGINE = [
  'core',
  'primitives',
  'hardware',
  'kernel',
  'variants',
  'faults',
  'checkers',
  'explore',
  'invariants',
];
const e = (...names: string[]): string[] => names.map((n) => `main/engine/${n}/`);
const CONTRACT = 'preload/contract/';
const API = 'main/engine/api';
const IDENTITY = 'main/engine-identity';

/** Folder → what its files may import, beside the folder itself and packages. */
const MAY: [folder: string, allowed: string[]][] = [
  ['main/engine/core/', []],
  ['main/engine/primitives/', e('core')],
  ['main/engine/hardware/', e('core', 'primitives')],
  ['main/engine/kernel/', e('core', 'primitives', 'hardware')],
  ['main/engine/variants/', e('core', 'primitives', 'hardware', 'kernel')],
  ['main/engine/faults/', e('core', 'primitives', 'hardware', 'kernel')],
  ['main/engine/checkers/', e('core', 'primitives')],
  ['main/engine/explore/', e('core')],
  ['main/engine/invariants/', e('core', 'primitives', 'hardware', 'kernel')],
  ['main/engine/', e(...ENGINE)],
  ['main/timeline/', [API, CONTRACT]],
  ['main/export/', [API, CONTRACT, 'main/timeline/']],
  ['main/bundle/', [API, CONTRACT, 'main/timeline/', 'main/export/']],
  ['main/runner/', [API, CONTRACT, IDENTITY, 'main/bundle/']],
  ['main/debugger/', [CONTRACT, 'main/timeline/']],
  ['main/library/', [CONTRACT]],
  [
    'main/ipc/',
    [
      API,
      CONTRACT,
      IDENTITY,
      'main/runner/',
      'main/timeline/',
      'main/bundle/',
      'main/export/',
      'main/library/',
      'main/debugger/',
      'experiments/',
      'main/engine/',
    ],
  ],
  ['main/app/', [CONTRACT, 'main/ipc/', 'main/library/']],
  ['main/cli/', ['main/', CONTRACT]],
  ['preload/contract/', []],
  ['preload/', []],
  ['renderer/base/', [CONTRACT]],
  ['renderer/data/', ['renderer/base/', CONTRACT]],
  ['renderer/script/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  ['renderer/timeline/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  ['renderer/stepping/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  ['renderer/inspector/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  ['renderer/console/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  ['renderer/bundles/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  ['renderer/compare/', ['renderer/base/', 'renderer/data/', 'renderer/timeline/', CONTRACT]],
  ['renderer/campaign/', ['renderer/base/', 'renderer/data/', CONTRACT]],
  [
    'renderer/drawer/',
    ['renderer/base/', 'renderer/data/', 'renderer/console/', 'renderer/campaign/', CONTRACT],
  ],
  ['renderer/shell/', ['renderer/', CONTRACT]],
];

function files(top: string): string[] {
  return readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' })
    .map((f) => join(top, f))
    .filter((f) => /\.(ts|vue|mjs)$/.test(f) && statSync(join(ROOT, f)).isFile());
}

const all = ['main', 'preload', 'renderer', 'experiments', 'test'].flatMap(files);

function importsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const script = file.endsWith('.vue')
    ? (/<script[^>]*>([\s\S]*?)<\/script>/.exec(text)?.[1] ?? '')
    : text;
  const source = ts.createSourceFile(file, script, ts.ScriptTarget.Latest);
  const out: string[] = [];
  for (const s of source.statements) {
    const from = (ts.isImportDeclaration(s) || ts.isExportDeclaration(s)) && s.moduleSpecifier;
    if (from && ts.isStringLiteral(from)) out.push(from.text);
  }
  return out;
}

describe('layers', () => {
  test.each(MAY)('%s imports only what it may', (folder, allowed) => {
    const mine = all.filter((f) => MAY.find(([d]) => f.startsWith(d))?.[0] === folder);
    expect(mine.length).toBeGreaterThan(0);
    for (const f of mine) {
      for (const from of importsOf(f)) {
        if (!from.startsWith('.')) continue;
        const target = relative(ROOT, join(ROOT, dirname(f), from));
        const ok = [folder, ...allowed].some((d) => target.startsWith(d));
        expect(ok, `${f} imports ${target}`).toBe(true);
      }
    }
  });

  test('electron is imported by the Electron glue only', () => {
    const users = all.filter((f) => importsOf(f).includes('electron')).sort();
    expect(users).toEqual(['main/app/window.ts', 'main/index.ts', 'preload/index.ts']);
  });

  test('the engine and the contract use no package', () => {
    for (const f of all.filter((x) => x.startsWith('main/engine/') || x.startsWith(CONTRACT))) {
      for (const from of importsOf(f)) expect(from.startsWith('.'), `${f}: ${from}`).toBe(true);
    }
  });
});

const BANNED = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'Promise',
  'process',
  'globalThis',
  'Intl',
  'WeakRef',
  'eval',
]);
const BANNED_MEMBERS = new Set(['toLocaleString', 'localeCompare']);

test('the engine is pure: no clock, randomness, promise, locale or environment', () => {
  let looked = 0;
  for (const f of all.filter((x) => x.startsWith('main/engine/') && x.endsWith('.ts'))) {
    const source = ts.createSourceFile(
      f,
      readFileSync(join(ROOT, f), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        looked++;
        const member = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
        const named = ts.isPropertyAssignment(node.parent) || ts.isPropertySignature(node.parent);
        if (member && node.parent.getText(source) === 'Math.random')
          expect.fail(`${f}: Math.random`);
        if (member) expect(BANNED_MEMBERS.has(node.text), `${f}: .${node.text}`).toBe(false);
        else if (!named) expect(BANNED.has(node.text), `${f}: ${node.text}`).toBe(false);
      }
      const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
      expect(
        modifiers.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword),
        `${f}: async`,
      ).toBe(false);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  expect(looked).toBeGreaterThan(5000);
});

describe('house style', () => {
  const FILE_LIMIT = 500;
  test(`no source file is longer than ${FILE_LIMIT} lines`, () => {
    for (const f of all) {
      const n = readFileSync(join(ROOT, f), 'utf8').split('\n').length;
      expect(n, f).toBeLessThanOrEqual(FILE_LIMIT);
    }
  });
  test('every file says first what it is', () => {
    for (const f of all) {
      const text = readFileSync(join(ROOT, f), 'utf8').replace(/^#!.*\n/, '');
      const script = f.endsWith('.vue') ? text.replace(/^<script[^>]*>\n/, '') : text;
      expect(/^(\/\/|\/\*)/.test(script), f).toBe(true);
    }
  });
  test('every folder has a README of at most 40 lines', () => {
    const folders = MAY.map(([d]) => d).filter((d) => /^main\/[^/]+\/([^/]+\/)?$/.test(d));
    for (const d of [...folders, 'preload/', 'renderer/', 'experiments/', 'test/']) {
      const n = readFileSync(join(ROOT, d, 'README.md'), 'utf8').split('\n').length;
      expect(n, d).toBeLessThanOrEqual(40);
    }
  });
});
