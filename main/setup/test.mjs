// npm test: sets up what is missing, then checks style and types, and runs every test.
// Arguments go to Vitest: `npm test -- test/engine`.
import { join } from 'node:path';
import { electronBinary } from './electron.mjs';
import { ensureBrowser, ensureBuild, ensurePackages, env, must, node, root } from './ensure.mjs';
import { findReaders } from './readers.mjs';

ensurePackages();
const browser = ensureBrowser();
ensureBuild();
const tool = (path) => join(root, 'node_modules', path);
const args = process.argv.slice(2);
if (args.length === 0) {
  console.log('faultline: lint …');
  must(node(), [tool('@biomejs/biome/bin/biome'), 'check', '.']);
  console.log('faultline: types …');
  must(node(), [tool('vue-tsc/bin/vue-tsc.js'), '--noEmit', '-p', 'tsconfig.json']);
}
if (electronBinary() === null) {
  console.log('faultline: the Electron binary is not here; the tests that need it are skipped.');
}
const python = findReaders();
if (python === '') {
  console.log(
    'faultline: no Python with pyarrow, pandas, polars and duckdb is here (FAULTLINE_PYTHON names one); the test that reads with them is skipped.',
  );
}
const more = {
  CHROMIUM: browser,
  FAULTLINE_PYTHON: python,
  VITE_CONFIG_NATIVE_IGNORE_WARNING: 'true',
};
must(node(), [tool('vitest/vitest.mjs'), 'run', ...args], { env: { ...env(), ...more } });
