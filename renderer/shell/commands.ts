// Every action as a command: name, id, key. Palette, help and keyboard read this one table.
import { EXPORT_KINDS, EXPORTS, type ExportKind } from '../../preload/contract/exports';
import {
  askVerify,
  big,
  cancel,
  openGallery,
  openRecent,
  runCell,
  runMatrix,
  runOn,
  save,
  session,
} from '../data/session';

export interface Command {
  readonly id: string;
  readonly title: string;
  /** Key as shown; the chord is matched by `matches`. */
  readonly key: string;
  readonly run: () => unknown;
}

/** What the shell itself can do for commands. */
export interface ShellVerbs {
  palette(): void;
  help(): void;
  pickFile(): void;
  focus(pane: 'script' | 'timeline' | 'console'): void;
  show(exportName: string, title: string): Promise<void>;
  toggleTheme(): void;
}

/** The commands that make sense now. */
export function commandsOf(verbs: ShellVerbs): Command[] {
  const list: Command[] = [
    {
      id: 'run',
      title: 'Run the experiment on the chosen cell',
      key: 'Ctrl+Enter',
      run: () => runCell(),
    },
    {
      id: 'matrix',
      title: 'Run every cell of the matrix',
      key: 'Ctrl+Shift+Enter',
      run: runMatrix,
    },
    { id: 'palette', title: 'Command palette', key: 'Ctrl+Shift+P', run: verbs.palette },
    { id: 'help', title: 'Keys', key: '?', run: verbs.help },
    { id: 'open', title: 'Open a bundle…', key: 'Ctrl+O', run: verbs.pickFile },
    { id: 'theme', title: 'Switch between dark and light', key: '', run: verbs.toggleTheme },
    {
      id: 'focus-script',
      title: 'Go to the script',
      key: 'Alt+1',
      run: () => verbs.focus('script'),
    },
    {
      id: 'focus-timeline',
      title: 'Go to the timeline',
      key: 'Alt+2',
      run: () => verbs.focus('timeline'),
    },
    {
      id: 'focus-console',
      title: 'Go to the console',
      key: 'Alt+3',
      run: () => verbs.focus('console'),
    },
  ];
  if (session.running)
    list.push({ id: 'cancel', title: 'Cancel the search', key: 'Esc', run: cancel });
  if (big.view) {
    list.push(
      { id: 'save', title: 'Save this run as a bundle', key: 'Ctrl+S', run: save },
      { id: 'verify', title: 'Verify: replay and compare', key: 'Ctrl+Shift+V', run: askVerify },
      {
        id: 'race',
        title: 'Race diagram',
        key: 'Ctrl+Shift+C',
        run: () => verbs.show('race', 'Race diagram'),
      },
      ...EXPORTS.filter((name) => name !== 'race').map((name) => {
        const kind: ExportKind = EXPORT_KINDS[name];
        const title = kind.shown ? kind.title : `Export: ${kind.title}`;
        return { id: name, title, key: '', run: () => verbs.show(name, kind.title) };
      }),
    );
    for (const v of big.hello?.variants ?? []) {
      if (v.tag === big.view.summary.cell.variant) continue;
      list.push({
        id: `on-${v.tag}`,
        title: `Run this schedule on ${v.tag}`,
        key: '',
        run: () => runOn(v.tag),
      });
    }
  }
  for (const name of session.recent) {
    list.push({
      id: `recent-${name}`,
      title: `Open recent: ${name}`,
      key: '',
      run: () => openRecent(name),
    });
  }
  for (const g of big.hello?.gallery ?? []) {
    list.push({
      id: `gallery-${g.id}`,
      title: `Gallery: ${g.title}`,
      key: '',
      run: () => openGallery(g.id),
    });
  }
  return list;
}

/** Does a key event mean this chord? */
export function matches(e: KeyboardEvent, key: string): boolean {
  if (key === '') return false;
  const parts = key.split('+');
  const last = parts[parts.length - 1] ?? '';
  const ctrl = e.ctrlKey || e.metaKey;
  if (parts.includes('Ctrl') !== ctrl || parts.includes('Alt') !== e.altKey) return false;
  if (last !== '?' && parts.includes('Shift') !== e.shiftKey) return false;
  const name = last === 'Esc' ? 'escape' : last.toLowerCase();
  return e.key.toLowerCase() === name;
}

/** Keys of the timeline, for the help page. */
export const TIMELINE_KEYS: readonly (readonly [string, string])[] = [
  ['W S', 'zoom in and out (Ctrl+wheel)'],
  ['A D', 'pan (drag, Shift+wheel)'],
  ['F', 'centre the cursor'],
  ['← →', 'one step back, forward'],
  ['Shift+← →', 'same task'],
  ['[ ]', 'cause, effect'],
  ['N Shift+N', 'next, previous problem'],
  ['Home End', 'first, last step'],
];
