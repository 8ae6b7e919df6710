// npm run bench: search speed, as numbers and as ratios to a reference measured in the same run.
// npm run bench:ui: the interface against its budgets, in a real browser.
import { join } from 'node:path';
import { ensureBrowser, ensureBuild, ensurePackages, env, must, node, root } from './ensure.mjs';

ensurePackages();
ensureBuild();
const [what, ...rest] = process.argv.slice(2);
if (what === 'ui') {
  const browser = ensureBrowser();
  must(node(), [join(root, 'test/bench/ui.mjs'), ...rest], {
    env: { ...env(), CHROMIUM: browser },
  });
} else must(node(), [join(root, 'out/main/bench.js'), ...process.argv.slice(2)]);
