// Does a script keep state in variables of its own that several tasks see? Such state is neither in the
// machine nor touched by any op: DPOR cannot know that steps depend on each other through it, and a hash
// of the machine's state leaves it out. Then a search must not claim to have seen everything.
import type { Node } from 'acorn';

/** A node of the script's tree. */
export interface AnyNode extends Node {
  [key: string]: unknown;
}

/** The nodes directly below one. */
export function children(node: AnyNode): AnyNode[] {
  const out: AnyNode[] = [];
  for (const v of Object.values(node)) {
    if (Array.isArray(v)) for (const x of v) if (isNode(x)) out.push(x);
    if (isNode(v)) out.push(v);
  }
  return out;
}

function isNode(v: unknown): v is AnyNode {
  return typeof v === 'object' && v !== null && typeof (v as AnyNode).type === 'string';
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Methods that change what they are called on. */
const CHANGING = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'set',
  'add',
  'delete',
  'clear',
]);

/** The variable that an expression such as `a.b[c]` begins with; null when it begins otherwise. */
function rootOf(node: AnyNode): string | null {
  let n = node;
  while (n.type === 'MemberExpression') n = n.object as AnyNode;
  return n.type === 'Identifier' ? (n.name as string) : null;
}

/** Names that a pattern declares. */
function declared(pattern: AnyNode, into: Set<string>): void {
  if (pattern.type === 'Identifier') into.add(pattern.name as string);
  else if (pattern.type === 'Property') declared(pattern.value as AnyNode, into);
  else for (const c of children(pattern)) declared(c, into);
}

/** Variables of a function, those of functions inside it left out. */
function ownVariables(fn: AnyNode): Set<string> {
  const own = new Set<string>();
  for (const p of (fn.params as AnyNode[] | undefined) ?? []) declared(p, own);
  const visit = (node: AnyNode): void => {
    if (FUNCTIONS.has(node.type)) return;
    if (node.type === 'VariableDeclarator') declared(node.id as AnyNode, own);
    for (const c of children(node)) visit(c);
  };
  visit(fn.body as AnyNode);
  return own;
}

/** The variable that a node changes, or null. */
function changed(node: AnyNode): string | null {
  if (node.type === 'AssignmentExpression') return rootOf(node.left as AnyNode);
  if (node.type === 'UpdateExpression') return rootOf(node.argument as AnyNode);
  if (node.type !== 'CallExpression') return null;
  const callee = node.callee as AnyNode;
  if (callee.type !== 'MemberExpression') return null;
  const name = (callee.property as AnyNode).name as string | undefined;
  return name !== undefined && CHANGING.has(name) ? rootOf(callee.object as AnyNode) : null;
}

/** Does a function inside the script change a variable that is not its own, or a parameter's insides? */
export function sharesState(tree: AnyNode): boolean {
  const visit = (node: AnyNode, own: Set<string> | null): boolean => {
    const mine = FUNCTIONS.has(node.type) ? ownVariables(node) : own;
    const name = mine === null ? null : changed(node);
    if (name !== null && mine !== null && !mine.has(name)) return true;
    return children(node).some((c) => visit(c, mine));
  };
  return visit(tree, null);
}

/** Does a function change the inside of something that it has not made itself, as far as one can tell? */
function changesInside(node: AnyNode, made: ReadonlySet<string>): boolean {
  const isOwn = (n: AnyNode): boolean => {
    const root = rootOf(n);
    return root !== null && made.has(root);
  };
  const target = (n: AnyNode): boolean => n.type === 'MemberExpression' && !isOwn(n);
  if (node.type === 'AssignmentExpression') return target(node.left as AnyNode);
  if (node.type === 'UpdateExpression' || node.type === 'UnaryExpression') {
    const changes = node.type === 'UpdateExpression' || node.operator === 'delete';
    return changes && target(node.argument as AnyNode);
  }
  if (node.type !== 'CallExpression') return false;
  const callee = node.callee as AnyNode;
  if (callee.type !== 'MemberExpression') return false;
  const name = (callee.property as AnyNode).name as string | undefined;
  if (rootOf(callee) === 'Object' || rootOf(callee) === 'Reflect') return true;
  return name === undefined || (CHANGING.has(name) && !isOwn(callee.object as AnyNode));
}

const MAKERS = new Set(['ArrayExpression', 'ObjectExpression', 'NewExpression']);

/** Variables of a function that hold what it has made itself, and never anything else. */
function madeBy(fn: AnyNode): Set<string> {
  const made = new Set<string>();
  const others = new Set<string>();
  const visit = (node: AnyNode): void => {
    if (node.type === 'AssignmentExpression') declared(node.left as AnyNode, others);
    if (FUNCTIONS.has(node.type)) return;
    const init = node.init as AnyNode | null | undefined;
    if (node.type === 'VariableDeclarator' && init && MAKERS.has(init.type)) {
      declared(node.id as AnyNode, made);
    }
    for (const c of children(node)) visit(c);
  };
  visit(fn.body as AnyNode);
  return new Set([...made].filter((name) => !others.has(name)));
}

/**
 * Does a run of the script leave no trace in it, so that its world can be put back instead of being built again?
 * Stricter than `sharesState`: whatever may be an alias of something that lives on counts as a trace.
 */
export function keepsNothing(tree: AnyNode): boolean {
  const visit = (node: AnyNode, made: ReadonlySet<string>): boolean => {
    const mine = FUNCTIONS.has(node.type) ? madeBy(node) : made;
    return changesInside(node, mine) || children(node).some((c) => visit(c, mine));
  };
  return !sharesState(tree) && !visit(tree, new Set());
}
