// npm run dist: packages the lab as AppImage and .deb with electron-builder, where Electron's binary is or can be
// fetched. The packager is fetched for this alone: nobody else needs its 300 MB.
import { spawnSync } from 'node:child_process';
import { electronBinary, fetchElectron } from './electron.mjs';
import { ensureBuild, ensurePackages, env, fail, root } from './ensure.mjs';

const BUILDER = 'electron-builder@26.17.0';

ensurePackages();
ensureBuild();
if (electronBinary() === null && fetchElectron(true) === null) {
  fail('the Electron binary is not here and could not be fetched: nothing to package');
}
const args = ['--yes', BUILDER, '--config', 'electron-builder.yml', ...process.argv.slice(2)];
const made = spawnSync('npx', args, { cwd: root, env: env(), stdio: 'inherit' });
process.exitCode = made.status ?? 1;
