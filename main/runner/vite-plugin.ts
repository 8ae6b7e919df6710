// Build plugin: instruments the engine's generator functions (see `instrument.ts`).
import { relative, sep } from 'node:path';
import ts from 'typescript';
import type { Plugin } from 'vite';
import { applyInsertions, wrapYields, type YieldSpan } from './instrument.ts';

function spansOf(code: string, file: string): YieldSpan[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const spans: YieldSpan[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isYieldExpression(node) && node.asteriskToken && node.expression) {
      const start = node.expression.getStart(source);
      const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
      spans.push({ start, end: node.expression.getEnd(), line });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return spans;
}

/** Instruments every file below `main/engine` that contains a `yield*`. */
export function engineLines(root: string): Plugin {
  return {
    name: 'faultline-engine-lines',
    enforce: 'pre',
    transform(code, id) {
      const file = relative(root, id.split('?')[0] ?? id).split(sep).join('/');
      if (!file.startsWith('main/engine/') || id.includes('?') || !code.includes('yield*')) return;
      if (file === 'main/engine/core/task.ts') return;
      const up = '../'.repeat(file.split('/').length - 3) || './';
      const out = applyInsertions(code, wrapYields(spansOf(code, file)));
      return { code: `import { at as __at } from '${up}core/task'; ${out}`, map: null };
    },
  };
}
