// The typings of `lab.k`, made from the primitives' own docstrings: `experiments/primitives.d.ts` is this text.
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './experiments';

/** Types that mean the same in a script; everything else is simulated state. */
const PLAIN = new Set(['void', 'boolean', 'number', 'string', 'unknown', '() => boolean']);

function plain(checker: ts.TypeChecker, type: ts.Type): string {
  const text = checker.typeToString(type);
  return PLAIN.has(text) ? text : 'any';
}

/** `Step<boolean>` as it is; other returns as what they are, or any. */
function returned(checker: ts.TypeChecker, type: ts.Type): string {
  const [inner] = checker.getTypeArguments(type as ts.TypeReference);
  if (type.symbol?.name === 'Step' || type.aliasSymbol?.name === 'Step') {
    return `Step<${inner === undefined ? 'any' : plain(checker, inner)}>`;
  }
  return plain(checker, type);
}

function parameters(checker: ts.TypeChecker, signature: ts.Signature): string {
  return signature.parameters
    .map((p) => {
      const node = p.valueDeclaration as ts.ParameterDeclaration;
      const optional = node.initializer !== undefined || node.questionToken !== undefined;
      if (node.dotDotDotToken !== undefined) return `...${p.name}: readonly any[]`;
      const type = plain(checker, checker.getTypeOfSymbol(p));
      return `${p.name}${optional ? '?' : ''}: ${type}`;
    })
    .join(', ');
}

function documented(checker: ts.TypeChecker, symbol: ts.Symbol): string[] {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const tags = symbol.getJsDocTags(checker).map((t) => {
    return `@${t.name} ${ts.displayPartsToString(t.text)}`.trim();
  });
  const lines = [text, ...tags].join('\n').split('\n');
  return ['    /**', ...lines.map((l) => `     * ${l}`.trimEnd()), '     */'];
}

/** The text of `experiments/primitives.d.ts`. @throws Error when a primitive has no docstring */
export function primitiveTypings(): string {
  const entry = join(ROOT, 'main/engine/primitives/index.ts');
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    strict: true,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry) as ts.SourceFile;
  const module = checker.getSymbolAtLocation(file) as ts.Symbol;
  const out: string[] = [];
  const names = checker.getExportsOfModule(module);
  for (const exported of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const symbol =
      exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const docs = documented(checker, symbol);
    if (docs.length === 3 && docs[1] === '     *')
      throw new Error(`${exported.name}: no docstring`);
    const type = checker.getTypeOfSymbol(symbol);
    const [call] = type.getCallSignatures();
    const [make] = type.getConstructSignatures();
    if (call !== undefined) {
      const result = returned(checker, call.getReturnType());
      out.push(...docs, `    ${exported.name}(${parameters(checker, call)}): ${result};`);
    } else if (make !== undefined) {
      out.push(
        ...docs,
        `    readonly ${exported.name}: new (${parameters(checker, make)}) => any;`,
      );
    }
  }
  return [
    '// Made from the docstrings of main/engine/primitives by test/runner/typings.test.ts: `npm test -- -u` renews it.',
    "declare module 'faultline' {",
    '  /** The primitives that kernel code is written with. */',
    '  export interface Primitives {',
    ...out,
    '  }',
    '}',
    '',
  ].join('\n');
}
