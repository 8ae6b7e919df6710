// A function of the kernel model as a patch of a script: its text, the helpers it needs that its module keeps to
// itself, and where everything else comes from. What is changed then is the script's own.
import { parse } from 'acorn';
import { transformSync } from 'amaro';
import { type AnyNode, children } from './shared-state';

/** The function cannot become a patch; says why. */
export class PatchRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PatchRefused';
  }
}

/** A declaration at the top of a model file. */
interface Declared {
  /** The declaration, without `export`. */
  readonly node: AnyNode;
  readonly exported: boolean;
}

interface Module {
  readonly code: string;
  /** Local names; an empty name stands for the whole module. */
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly declared: ReadonlyMap<string, Declared>;
}

const nameOf = (n: AnyNode): string => n.name as string;

/** `../core/object` as seen from `engine/kernel/io-pgfault.ts` is `core/object`. */
function resolved(file: string, from: string): string {
  const parts = file
    .replace(/^engine\//, '')
    .split('/')
    .slice(0, -1);
  for (const p of from.split('/')) {
    if (p === '..') parts.pop();
    else if (p !== '.') parts.push(p);
  }
  return parts.join('/');
}

function read(source: string, file: string): Module {
  const { code } = transformSync(source, { mode: 'strip-only' });
  const tree = parse(code, { ecmaVersion: 2024, sourceType: 'module' }) as unknown as AnyNode;
  const imports = new Map<string, { from: string; name: string }>();
  const declared = new Map<string, Declared>();
  for (const statement of tree.body as AnyNode[]) {
    if (statement.type === 'ImportDeclaration') {
      const from = resolved(file, String((statement.source as AnyNode).value));
      for (const s of statement.specifiers as AnyNode[]) {
        const whole = s.type === 'ImportNamespaceSpecifier';
        const name = whole ? '' : nameOf((s.imported ?? s.local) as AnyNode);
        imports.set(nameOf(s.local as AnyNode), { from, name });
      }
    }
    const exported = statement.type === 'ExportNamedDeclaration';
    const node = (exported ? statement.declaration : statement) as AnyNode | null;
    if (node?.type === 'VariableDeclaration') {
      for (const d of node.declarations as AnyNode[]) {
        const id = d.id as AnyNode;
        if (id.type === 'Identifier') declared.set(nameOf(id), { node: d, exported });
      }
    } else if (node?.type === 'FunctionDeclaration' || node?.type === 'ClassDeclaration') {
      declared.set(nameOf(node.id as AnyNode), { node, exported });
    }
  }
  return { code, imports, declared };
}

/** Names that a subtree uses without declaring them. Names declared anywhere inside count as its own. */
function freeNames(tree: AnyNode): Set<string> {
  const used = new Set<string>();
  const own = new Set<string>();
  const bind = (n: AnyNode): void => {
    if (n.type === 'Identifier') own.add(nameOf(n));
    else if (n.type === 'AssignmentPattern') bind(n.left as AnyNode);
    else if (n.type === 'Property') bind(n.value as AnyNode);
    else for (const c of children(n)) bind(c);
  };
  const visit = (n: AnyNode): void => {
    if (n.type === 'Identifier') used.add(nameOf(n));
    if (n.type === 'VariableDeclarator') bind(n.id as AnyNode);
    if (/Function/.test(n.type)) for (const p of n.params as AnyNode[]) bind(p);
    if (n.type === 'FunctionDeclaration') bind(n.id as AnyNode);
    if (n.type === 'CatchClause' && n.param) bind(n.param as AnyNode);
    for (const c of children(n)) {
      const isName =
        (n.type === 'MemberExpression' && c === n.property && n.computed !== true) ||
        (n.type === 'Property' && c === n.key && n.computed !== true && n.shorthand !== true);
      if (!isName) visit(c);
    }
  };
  visit(tree);
  return new Set([...used].filter((u) => !own.has(u)));
}

/** The generator in `fn('name', function* (…) {…})`, whatever `fn` is called, of this or of any name. */
function bodyOf(init: AnyNode | null | undefined, name: string | null): AnyNode | null {
  if (init?.type !== 'CallExpression') return null;
  const [first, second] = init.arguments as AnyNode[];
  if (first?.type !== 'Literal' || (name !== null && first.value !== name)) return null;
  return second?.type === 'FunctionExpression' && second.generator === true ? second : null;
}

/** The text of a node, moved to the left as far as it goes, without what stripping types left behind. */
function textOf(code: string, node: AnyNode, indent: string): string {
  const lines = code.slice(node.start, node.end).split('\n');
  const depth = Math.min(
    ...lines
      .slice(1)
      .filter((l) => l.trim() !== '')
      .map((l) => l.length - l.trimStart().length),
  );
  const tidy = (l: string): string =>
    l
      .replace(/(\S) {2,}/g, '$1 ')
      .replace(/ +([,;)\]])/g, '$1')
      .trimEnd();
  return lines
    .map((l, i) =>
      i === 0 ? tidy(l) : tidy(`${indent}${l.slice(Number.isFinite(depth) ? depth : 0)}`),
    )
    .join('\n');
}

/** Names that JavaScript itself has. */
const BUILT_IN = new Set([
  'undefined',
  'Math',
  'Map',
  'Set',
  'Number',
  'String',
  'Array',
  'Object',
  'Error',
  'Symbol',
  'JSON',
]);

/**
 * The lines of a patch.
 * @param source text of the model file
 * @param file its name, such as `engine/kernel/io-pgfault.ts`
 * @param fn the function's kernel name
 * @throws PatchRefused when there is no such function in the file
 */
export function patchOf(source: string, file: string, fn: string): string {
  const m = read(source, file);
  const target = [...m.declared.values()].find((d) => bodyOf(d.node.init as AnyNode, fn) !== null);
  const body = target && bodyOf(target.node.init as AnyNode, fn);
  if (!body) throw new PatchRefused(`${file} has no kernel function ${fn} that could be patched`);
  const here = file.replace(/^engine\/|\.ts$/g, '');
  const from = new Map<string, Set<string>>();
  const helpers: string[] = [];
  const whole: string[] = [];
  const seen = new Set<string>();
  const take = (module: string, name: string, local: string): void => {
    const names = from.get(module) ?? new Set<string>();
    from.set(module, names.add(name === local ? name : `${name}: ${local}`));
  };
  const need = (names: Iterable<string>): void => {
    for (const name of names) {
      if (seen.has(name) || BUILT_IN.has(name)) continue;
      seen.add(name);
      const imported = m.imports.get(name);
      const own = m.declared.get(name);
      if (imported?.name === '') whole.push(`const ${name} = lab.model('${imported.from}');`);
      else if (imported) take(imported.from, imported.name, name);
      else if (own?.exported) take(here, name, name);
      else if (own) helpers.push(helperOf(own.node, name));
    }
  };
  const helperOf = (node: AnyNode, name: string): string => {
    const call = bodyOf(node.init as AnyNode, null);
    need(freeNames((call ?? node.init ?? node) as AnyNode));
    if (call) {
      const kernel = ((node.init as AnyNode).arguments as AnyNode[])[0]?.value as string;
      return `const ${name} = lab.fn('${kernel}', ${textOf(m.code, call, '      ')});`;
    }
    if (node.type !== 'VariableDeclarator') return textOf(m.code, node, '      ');
    return `const ${textOf(m.code, node, '      ')};`;
  };
  need(freeNames(body));
  const imports = [...from]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([module, names]) => `const { ${[...names].sort().join(', ')} } = lab.model('${module}');`,
    );
  return [
    `    // My patch of ${fn} (${file}): change it, and run.`,
    '    {',
    ...[...imports, ...whole.sort(), ...helpers].map((l) => `      ${l}`),
    '      lab.patch({',
    `        ${fn}: ${textOf(m.code, body, '        ')},`,
    '      });',
    '    }',
    '',
  ].join('\n');
}

/**
 * A script with a patch put in at the beginning of its body.
 * @throws PatchRefused when the body cannot be found
 */
export function withPatch(script: string, patch: string): string {
  const at = /\(\s*lab\s*(?::[^)]*)?\)\s*=>\s*\{[^\S\n]*\n/.exec(script);
  if (!at) throw new PatchRefused('the script has no body "(lab) => {" to put the patch into');
  const end = at.index + at[0].length;
  return script.slice(0, end) + patch + script.slice(end);
}
