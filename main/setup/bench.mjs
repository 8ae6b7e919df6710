// npm run bench: search speed, as numbers and as ratios to a reference measured in the same run.
import { join } from 'node:path';
import { ensureBuild, ensurePackages, must, node, root } from './ensure.mjs';

ensurePackages();
ensureBuild();
must(node(), [join(root, 'out/main/bench.js'), ...process.argv.slice(2)]);
