// npm start: sets up what is missing, then opens the lab, in Electron where its binary is (or can
// be fetched), otherwise in the browser. `-- --browser` and `-- --electron` force one.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { electronBinary, fetchElectron, hasDisplay } from './electron.mjs';
import { ensureBuild, ensurePackages, env, fail, node, root } from './ensure.mjs';

const args = process.argv.slice(2);
const forceBrowser = args.includes('--browser');
const forceElectron = args.includes('--electron');
const rest = args.filter((a) => a !== '--browser' && a !== '--electron');
if (forceBrowser && forceElectron) fail('--browser and --electron exclude each other');

ensurePackages();
ensureBuild();

function choose() {
  if (forceBrowser) return { exe: null, why: 'as asked (--browser)' };
  if (!forceElectron && !hasDisplay())
    return { exe: null, why: 'there is no display for a window' };
  const exe = electronBinary() ?? fetchElectron(forceElectron);
  return { exe, why: 'the Electron binary is not here and could not be fetched' };
}

const { exe, why } = choose();
if (exe === null && forceElectron) fail(`${why}; npm start -- --browser opens the lab without it`);
if (exe === null) console.log(`faultline: opening the browser shell: ${why}.`);
const command = exe ?? node();
const commandArgs = exe ? [root, ...rest] : [join(root, 'out/main/cli.js'), 'serve', ...rest];
const child = spawn(command, commandArgs, { cwd: root, env: env(), stdio: 'inherit' });
for (const s of ['SIGINT', 'SIGTERM']) process.on(s, () => child.kill(s));
child.on('exit', (code) => process.exit(code ?? 0));
