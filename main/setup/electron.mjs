// Is there an Electron binary? Asked without loading the electron package, which would start a
// download by itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, node, root } from './ensure.mjs';

/** How long a download may take before the browser shell is opened instead. */
const DOWNLOAD_MS = 60_000;
/** Left behind by a download that failed, so that the next start does not wait again. */
const FAILED = join(root, 'node_modules/.faultline-no-electron');

/** Path of the Electron executable, or null. */
export function electronBinary() {
  const over = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (over) return existsSync(join(over, 'electron')) ? join(over, 'electron') : null;
  const dir = join(root, 'node_modules/electron');
  const file = join(dir, 'path.txt');
  if (!existsSync(file)) return null;
  const exe = join(dir, 'dist', readFileSync(file, 'utf8').trim());
  return existsSync(exe) ? exe : null;
}

/** Is there a screen to open a window on? */
export function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/**
 * Try to fetch the binary, within a time limit; returns its path or null. A failure is remembered
 * until the packages are installed anew; `insist` tries again all the same.
 */
export function fetchElectron(insist) {
  if (!insist && existsSync(FAILED)) return null;
  const install = join(root, 'node_modules/electron/install.js');
  if (!existsSync(install)) return null;
  console.log(
    `faultline: fetching Electron (at most ${DOWNLOAD_MS / 1000} s; --browser skips this) …`,
  );
  spawnSync(node(), [install], { cwd: root, env: env(), stdio: 'ignore', timeout: DOWNLOAD_MS });
  const exe = electronBinary();
  if (exe === null) writeFileSync(FAILED, '');
  return exe;
}
