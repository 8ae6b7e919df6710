// Sets up what is missing, with nothing but Node: packages, the build, a browser for the tests.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const bin = join(root, 'node_modules/.bin');

/** Run a command in the project; ends the process when it fails. */
export function must(command, args, options = {}) {
  const r = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: env(), ...options });
  if (r.error) fail(`${command} could not be started: ${r.error.message}`);
  if (r.status !== 0) process.exit(r.status ?? 1);
}

/** Say what is wrong and stop. */
export function fail(message) {
  console.error(`faultline: ${message}`);
  process.exit(2);
}

/** The environment with the project's own tools, Node 24 among them, first. */
export function env() {
  return { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` };
}

/** The Node that runs the lab: the pinned one where it is installed, else this one. */
export function node() {
  const pinned = join(bin, 'node');
  return existsSync(pinned) ? pinned : process.execPath;
}

function hashOf(files) {
  const h = createHash('sha256');
  for (const f of files) h.update(`${f}\0`).update(readFileSync(join(root, f)));
  return h.digest('hex');
}

function stamped(stamp, hash) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

/** Install the locked packages unless they are there. */
export function ensurePackages() {
  const stamp = join(root, 'node_modules/.faultline-lock');
  const hash = hashOf(['package-lock.json']);
  if (stamped(stamp, hash)) return;
  console.log('faultline: installing packages (npm ci) …');
  must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, hash);
}

function sources() {
  const out = ['package.json', 'electron.vite.config.ts', 'tsconfig.json'];
  for (const top of ['main', 'preload', 'renderer', 'experiments', 'test/bench', 'test/programs']) {
    if (!existsSync(join(root, top))) continue;
    for (const f of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      if (/\.(ts|vue|html|css|mjs)$/.test(f)) out.push(join(top, f));
    }
  }
  return out.sort();
}

/** Build unless the build is of these sources. */
export function ensureBuild() {
  const stamp = join(root, 'out/.faultline-sources');
  const hash = hashOf(sources());
  if (stamped(stamp, hash)) return;
  console.log('faultline: building …');
  const r = spawnSync(
    node(),
    [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: root,
      env: env(),
      encoding: 'utf8',
    },
  );
  if (r.status !== 0) {
    process.stderr.write(`${r.stdout ?? ''}${r.stderr ?? ''}`);
    fail('the build failed; its output is above');
  }
  mkdirSync(join(root, 'out'), { recursive: true });
  writeFileSync(stamp, hash);
}

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Path of an installed browser, or null. */
export function findBrowser() {
  if (process.env.CHROMIUM && existsSync(process.env.CHROMIUM)) return process.env.CHROMIUM;
  for (const name of BROWSERS) {
    for (const dir of (process.env.PATH ?? '').split(':')) {
      if (dir && existsSync(join(dir, name))) return join(dir, name);
    }
  }
  return null;
}

/** Find a browser; as root on Debian, install one when there is none. */
export function ensureBrowser() {
  const found = findBrowser();
  if (found) return found;
  const root = process.getuid?.() === 0;
  if (root && existsSync('/usr/bin/apt-get')) {
    console.log('faultline: installing Chromium from Debian’s packages for the browser tests …');
    const quiet = { stdio: 'ignore' };
    spawnSync('apt-get', ['update', '-qq'], quiet);
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium', 'fonts-dejavu-core'], {
      ...quiet,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  }
  const now = findBrowser();
  if (now) return now;
  return fail(
    'the browser tests need Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path',
  );
}
