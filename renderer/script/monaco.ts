// Monaco, set up once: TypeScript with the lab's typings, workers of our own origin, both themes.
import * as monaco from 'monaco-editor/editor';
import 'monaco-editor/features/register.all';
import 'monaco-editor/languages/definitions/typescript/register';
import editorUrl from 'monaco-editor/editor/editor.worker?worker&url';
import * as tsLanguage from 'monaco-editor/languages/features/typescript/register';
import tsUrl from 'monaco-editor/languages/features/typescript/ts.worker?worker&url';

const policy = window.trustedTypes?.createPolicy('lab-worker', {
  createScriptURL(url) {
    if (new URL(url, location.href).origin !== location.origin)
      throw new TypeError('foreign worker');
    return url;
  },
});

function startWorker(url: string, name: string): Worker {
  return new Worker((policy?.createScriptURL(url) ?? url) as string, { type: 'module', name });
}

self.MonacoEnvironment = {
  getWorker: (_id: string, label: string) =>
    startWorker(label === 'typescript' || label === 'javascript' ? tsUrl : editorUrl, label),
};

const NODE_RESOLUTION = 2;
const TARGET_ES2022 = 9;

/** Give the editor the declarations of the lab API. */
export function setTypings(text: string): void {
  const ts = tsLanguage.typescriptDefaults;
  ts.setCompilerOptions({
    target: TARGET_ES2022,
    lib: ['es2022'],
    strict: true,
    noEmit: true,
    allowNonTsExtensions: true,
    moduleResolution: NODE_RESOLUTION,
    erasableSyntaxOnly: true,
  } as never);
  ts.setExtraLibs([{ content: text, filePath: 'file:///faultline.d.ts' }]);
}

monaco.editor.defineTheme('lab-dark', {
  base: 'vs-dark',
  inherit: true,
  rules: [],
  colors: { 'editor.background': '#1a1e25' },
});
monaco.editor.defineTheme('lab-light', { base: 'vs', inherit: true, rules: [], colors: {} });

export { monaco };
