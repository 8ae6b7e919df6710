// From a user's TypeScript to what the confined process evaluates: types stripped in place (lines
// and columns stay), the import of the lab's typings blanked, `export default` turned into a call,
// every `yield*` given its line. Mistakes are reported at the user's own line and column.
import { parse } from 'acorn';
import { transformSync } from 'amaro';
import { instrument, type YieldSpan } from './instrument';
import { ScriptError } from './script-error';
import { type AnyNode, children, keepsNothing, sharesState } from './shared-state';

/** Methods whose result must be waited for with `yield*`. */
const STEPS = new Set([
  'access',
  'enableIopf',
  'disableIopf',
  'bind',
  'unbind',
  'attach',
  'detach',
  'readFault',
  'respond',
  'poll',
  'closeFd',
  'trigger',
  'stopMarker',
  'exit',
  'serve',
  'sleep',
  'mark',
  'join',
  'until',
  'call',
]);

const WALL = /\bimport\s*\(|<!--|-->/;

function fail(message: string, code: string, offset: number): never {
  const before = code.slice(0, offset).split('\n');
  throw new ScriptError({
    message,
    line: before.length,
    column: (before[before.length - 1] ?? '').length + 1,
  });
}

function strip(source: string): string {
  try {
    return transformSync(source, { mode: 'strip-only' }).code;
  } catch (e) {
    const err = e as { message?: string; startLine?: number; startColumn?: number };
    const text = String(err.message ?? e);
    const line = err.startLine ?? 1;
    throw new ScriptError({
      message: text.split('\n')[0]?.trim() || 'this is not valid TypeScript',
      line,
      column: (err.startColumn ?? 0) + 1,
    });
  }
}

function parseModule(code: string): AnyNode {
  try {
    return parse(code, {
      ecmaVersion: 2024,
      sourceType: 'module',
      locations: true,
    }) as unknown as AnyNode;
  } catch (e) {
    const err = e as { message: string; loc?: { line: number; column: number } };
    throw new ScriptError({
      message: err.message.replace(/ \(\d+:\d+\)$/, ''),
      line: err.loc?.line ?? 1,
      column: (err.loc?.column ?? 0) + 1,
    });
  }
}

interface Blank {
  readonly at: number;
  readonly upto: number;
  readonly text: string;
}

function blank(code: string, node: AnyNode): Blank {
  return { at: node.start, upto: node.end, text: code.slice(node.start, node.end) };
}

/** Parts of the lab of which every call is a step; `hwpt` only makes a handle. */
const GROUPS = new Set(['k', 'expect', 'driver', 'iommufd']);

/** `device.access`, `lab.log`, and everything of `lab.k`, `lab.expect`, `lab.driver` … */
function isStep(object: AnyNode, name: string): boolean {
  if (STEPS.has(name)) return true;
  if (object.type === 'Identifier') return object.name === 'lab' && name === 'log';
  const of = (object.property as AnyNode | undefined)?.name;
  return object.type === 'MemberExpression' && GROUPS.has(of as string) && name !== 'hwpt';
}

/** `yield* lab.x()` and `return lab.x()` are waited for; a bare call is not. */
function checkWaited(node: AnyNode, parent: AnyNode | null, code: string): void {
  if (node.type !== 'CallExpression') return;
  const callee = node.callee as AnyNode;
  if (callee.type !== 'MemberExpression') return;
  const name = (callee.property as AnyNode).name as string | undefined;
  if (name === undefined || !isStep(callee.object as AnyNode, name)) return;
  if (parent?.type !== 'ExpressionStatement') return;
  fail(`"${name}" is not waited for: write "yield* …" before it`, code, node.start);
}

/**
 * Compile a script.
 * @returns a function expression `(experiment, __at) => …` as text; lines are the script's own. Its
 *   property `shares` says that tasks share variables of the script, `keepsNothing` that a run leaves no trace in it
 * @throws ScriptError at the script's own position
 */
export function compileScript(source: string): string {
  const text = source.replace(/\r\n?/g, '\n');
  let code = strip(text);
  const wall = WALL.exec(code);
  if (wall) fail(`a script must not contain "${wall[0]}", even in a comment`, code, wall.index);
  const tree = parseModule(code);
  const spans: YieldSpan[] = [];
  const blanks: Blank[] = [];
  let defaults = 0;
  for (const node of tree.body as AnyNode[]) {
    if (node.type === 'ImportDeclaration') {
      const from = (node.source as AnyNode).value;
      if (from !== 'faultline') fail(`only "faultline" can be imported`, code, node.start);
      blanks.push(blank(code, node));
    } else if (node.type === 'ExportDefaultDeclaration') {
      defaults++;
      const inner = node.declaration as AnyNode;
      blanks.push({ at: node.start, upto: inner.start, text: code.slice(node.start, inner.start) });
    } else if (node.type.startsWith('Export')) {
      fail('a script has one default export and no others', code, node.start);
    }
  }
  if (defaults !== 1) fail('a script needs "export default experiment(…)"', code, code.length);
  const visit = (node: AnyNode, parent: AnyNode | null): void => {
    checkWaited(node, parent, code);
    if (node.type === 'YieldExpression') {
      if (!node.delegate) fail('a step is waited for with "yield*", with a star', code, node.start);
      const arg = node.argument as AnyNode;
      const { line } = (node as unknown as { loc: { start: { line: number } } }).loc.start;
      spans.push({ start: node.start, end: arg.end, line });
    }
    for (const c of children(node)) visit(c, node);
  };
  visit(tree, null);
  for (const b of blanks) {
    const spaces = b.text.replace(/[^\n]/g, ' ');
    code = code.slice(0, b.at) + spaces + code.slice(b.upto);
  }
  const script = `(function(experiment,__at){"use strict";${instrument(code, spans)}\n})`;
  const facts = { shares: sharesState(tree), keepsNothing: keepsNothing(tree) };
  return `Object.assign(${script},${JSON.stringify(facts)})`;
}
