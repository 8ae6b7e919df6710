// Open scripts: gallery entries, scratches that are kept without a name, scripts of bundles.
import { aside, calls, guarded, hush } from './lab';
import { big, type ScriptTab, scriptText, session } from './session';

let checking = 0;
/** Resolves when the last check is over: running waits for it. */
let settled: Promise<void> = Promise.resolve();

/** Wait until what is in the editor has been checked. */
export function checked(): Promise<void> {
  return settled;
}

/** Check the open script: its cells, or its mistake. */
export function check(): Promise<void> {
  settled = checkScript(scriptText());
  return settled;
}

async function checkScript(text: string): Promise<void> {
  const mine = ++checking;
  if (text.trim() === '') return;
  await aside(async () => {
    const result = await calls.check(text);
    if (mine !== checking) return;
    if (result.problem) {
      big.check = { ...big.check, problem: result.problem };
      return;
    }
    big.check = result;
    // What has been chosen while the check was under way stays chosen, as far as there is such a cell.
    const { variant, driver } = session.cell;
    const { cells } = result;
    const cell =
      cells.find((c) => c.variant === variant && c.driver === driver) ??
      cells.find((c) => c.variant === variant) ??
      cells[0];
    if (cell) session.cell = { ...cell };
  });
}

/** Put a tab in front. */
export async function activate(id: string): Promise<void> {
  if (session.tab === id) return;
  session.tab = id;
  session.cell = { variant: '', driver: '' };
  big.campaign = [];
  await check();
}

/** Open a tab, or put the one with its id in front. */
async function openTab(tab: ScriptTab): Promise<void> {
  const known = session.tabs.find((t) => t.id === tab.id);
  if (known) known.text = tab.text;
  else session.tabs.push(tab);
  if (session.tab === tab.id) await check();
  else await activate(tab.id);
}

/** Show a gallery script. */
export async function openGallery(id: string): Promise<void> {
  const entry = big.hello?.gallery.find((g) => g.id === id);
  if (entry) await openTab({ id, kind: 'gallery', title: `${id}.ts`, text: entry.script });
}

/** Show the script of a bundle. */
export async function openBundleScript(id: string, title: string, text: string): Promise<void> {
  await openTab({ id, kind: 'bundle', title: `bundle: ${title}`, text });
}

/** A name that no scratch has yet. */
function freshName(base: string): string {
  const taken = new Set([
    ...session.tabs.map((t) => t.id),
    ...(big.hello?.scratches ?? []).map((s) => s.name),
  ]);
  for (let n = 1; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}

const EMPTY = `import { experiment } from 'faultline';

export default experiment(
  'Scratch',
  { variants: ['v6.12'], drivers: ['plain'] },
  (lab) => {
    const dev = lab.device('dev0');
    const mm = lab.addressSpace('mm');

    lab.setup(function* () {
      yield* lab.driver.bind(dev, mm, 1);
      yield* lab.driver.enableIopf(dev);
    });

    lab.task(
      'dev0 job',
      function* () {
        yield* dev.access({ pasid: 1 });
      },
      'device',
    );

    lab.task('driver', function* () {
      yield* lab.driver.disableIopf(dev);
    });
  },
);
`;

/** A new script without a name. */
export async function newScratch(text = EMPTY, base = 'scratch'): Promise<void> {
  const id = freshName(base);
  await openTab({ id, kind: 'scratch', title: id, text });
  await keep(id, text);
}

/** Open a kept scratch. */
export async function openScratch(name: string): Promise<void> {
  const found = big.hello?.scratches.find((s) => s.name === name);
  if (found) await openTab({ id: name, kind: 'scratch', title: name, text: found.text });
}

async function keep(name: string, text: string): Promise<void> {
  if (big.hello) {
    const rest = big.hello.scratches.filter((s) => s.name !== name);
    big.hello = { ...big.hello, scratches: [{ name, text }, ...rest] };
  }
  await aside(() => calls.autosave(name, text));
}

/** The text of a tab changed. What was not a scratch becomes one: the original stays as it was. */
export async function edited(tabId: string, text: string): Promise<void> {
  const tab = session.tabs.find((t) => t.id === tabId);
  if (!tab || tab.text === text) return;
  hush();
  if (tab.kind !== 'scratch') {
    const id = freshName('copy');
    const at = session.tabs.indexOf(tab);
    const title = tab.kind === 'gallery' ? `${id}: ${tab.title}` : id;
    session.tabs[at] = { id, kind: 'scratch', title, text };
    if (session.tab === tabId) session.tab = id;
    await Promise.all([check(), keep(id, text)]);
    return;
  }
  tab.text = text;
  await Promise.all([check(), keep(tab.id, text)]);
}

/** Put a function of the kernel model into a copy of the open script, as a patch of its own. */
export async function patchFunction(file: string, fn: string): Promise<void> {
  await guarded(async () => {
    const text = await calls.patch(scriptText(), file, fn);
    await newScratch(text, 'patch');
    session.info = `${fn} is in the script now: change it, and run it against any cell`;
  });
}

/** Close a tab; a scratch stays kept. */
export async function closeTab(id: string): Promise<void> {
  const at = session.tabs.findIndex((t) => t.id === id);
  if (at < 0 || session.tabs.length === 1) return;
  session.tabs.splice(at, 1);
  const next = session.tabs[Math.max(0, at - 1)];
  if (session.tab === id && next) await activate(next.id);
}

/** Throw a kept scratch away. */
export async function discard(name: string): Promise<void> {
  await closeTab(name);
  if (session.tabs.some((t) => t.id === name)) return;
  if (big.hello) {
    const scratches = big.hello.scratches.filter((s) => s.name !== name);
    big.hello = { ...big.hello, scratches };
  }
  await guarded(() => calls.discard(name));
}
