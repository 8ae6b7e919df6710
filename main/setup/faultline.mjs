#!/usr/bin/env node
// npx faultline: the command line. Runs on the pinned Node; builds first when the sources changed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, env, fail, node, root } from './ensure.mjs';

if (!existsSync(join(root, 'node_modules/.faultline-lock'))) {
  fail('not set up yet: run npm start or npm test once');
}
ensureBuild();
const cli = join(root, 'out/main/cli.js');
const r = spawnSync(node(), [cli, ...process.argv.slice(2)], { stdio: 'inherit', env: env() });
process.exit(r.status ?? 2);
