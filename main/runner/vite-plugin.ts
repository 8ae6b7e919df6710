// Build plugin: instruments the engine's generator functions (see `instrument.ts`).
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import type { Plugin } from 'vite';
import { instrument, type YieldSpan } from './instrument.ts';

function spansOf(code: string, file: string): YieldSpan[] {
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, true);
  const spans: YieldSpan[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isYieldExpression(node) && node.asteriskToken && node.expression) {
      const start = node.getStart(source);
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      spans.push({ start, end: node.expression.getEnd(), line });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return spans;
}

/** Hash over what decides a run's events: the engine and the lab API. */
function engineHash(root: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'main/engine'), { recursive: true, encoding: 'utf8' })
    .filter((f) => f.endsWith('.ts'))
    .map((f) => join('main/engine', f))
    .concat(['main/runner/lab-api.ts', 'main/runner/instrument.ts', 'main/runner/compile.ts'])
    .sort();
  for (const f of files) hash.update(`${f}\0`).update(readFileSync(join(root, f)));
  return hash.digest('hex').slice(0, 12);
}

function version(root: string): string {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

/** Instruments every file below `main/engine` and `test/programs` that contains a `yield*`. */
export function engineLines(root: string): Plugin {
  return {
    name: 'faultline-engine-lines',
    enforce: 'pre',
    config: () => ({
      define: {
        __ENGINE_HASH__: JSON.stringify(engineHash(root)),
        __VERSION__: JSON.stringify(version(root)),
      },
    }),
    transform(code, id) {
      const file = relative(root, id.split('?')[0] ?? id)
        .split(sep)
        .join('/');
      const ours = file.startsWith('main/engine/') || file.startsWith('test/programs/');
      if (!ours || id.includes('?') || !code.includes('yield*')) return;
      if (file === 'main/engine/core/task.ts') return;
      const task = join(root, 'main/engine/core/task').split(sep).join('/');
      const out = instrument(code, spansOf(code, file));
      return { code: `import { at as __at } from '${task}'; ${out}`, map: null };
    },
  };
}
