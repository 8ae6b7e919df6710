// Every action as a command: name, id, key. Palette, help and keyboard read this one table.
import { EXPORT_KINDS, EXPORTS, type ExportKind } from '../../preload/contract/exports';
import { cancel } from '../data/lab';
import { history } from '../data/navigate';
import {
  askVerify,
  compareWith,
  counterpart,
  pinRun,
  runCell,
  runOn,
  stopComparing,
} from '../data/runs';
import { newScratch, openGallery, openScratch } from '../data/scripts';
import { big, type DrawerTab, session } from '../data/session';
import { save } from '../data/sharing';
import { setSettings } from '../data/start';
import { openBundle } from '../data/windows';
import { TIMELINE_KEYS, type TimelineVerbs } from '../timeline/keys';

export interface Command {
  readonly id: string;
  readonly title: string;
  /** Key as shown; the chord is matched by `matches`. Empty for keys of the timeline alone. */
  readonly key: string;
  /** Key that works in the timeline only. */
  readonly timelineKey?: string;
  readonly run: () => unknown;
}

/** What the shell itself can do for commands. */
export interface ShellVerbs {
  palette(): void;
  tracks(): void;
  step(): void;
  help(): void;
  settings(): void;
  /** @param beside open it in this window whatever that holds */
  pickFile(beside: boolean): void;
  share(): void;
  race(): void;
  focus(pane: 'script' | 'timeline' | 'inspector'): void;
  drawer(tab: DrawerTab): void;
  show(exportName: string, title: string): Promise<void>;
  /** Null while there is no timeline. */
  timeline(): TimelineVerbs | null;
}

const DRAWERS: readonly (readonly [DrawerTab, string, string])[] = [
  ['console', 'Go to the console', 'Alt+3'],
  ['events', 'Event table', 'Alt+5'],
  ['choices', 'Open choices, and the tree of forks', 'Alt+6'],
  ['campaign', 'Campaign: search many cells', 'Alt+7'],
  ['summary', 'Summary of the range', 'Alt+8'],
  ['changes', 'State changes between A and B', 'Alt+9'],
  ['splat', 'Splat with links', 'Alt+0'],
  ['notes', 'Notes', ''],
];

function always(v: ShellVerbs): Command[] {
  return [
    {
      id: 'run',
      title: 'Run the experiment on the chosen cell',
      key: 'Ctrl+Enter',
      run: () => runCell(),
    },
    {
      id: 'first',
      title: 'Run, and stop at the first splat',
      key: 'Ctrl+Shift+Enter',
      run: () => runCell(null, true),
    },
    { id: 'palette', title: 'Command palette', key: 'Ctrl+Shift+P', run: v.palette },
    { id: 'help', title: 'Keys', key: '?', run: v.help },
    { id: 'open', title: 'Open a bundle…', key: 'Ctrl+O', run: () => v.pickFile(false) },
    {
      id: 'open-beside',
      title: 'Open a bundle here, beside another, to compare them…',
      key: 'Ctrl+Shift+O',
      run: () => v.pickFile(true),
    },
    { id: 'scratch', title: 'New scratch script', key: 'Ctrl+Alt+N', run: () => newScratch() },
    { id: 'settings', title: 'Settings', key: 'Ctrl+,', run: v.settings },
    {
      id: 'theme',
      title: 'Switch between dark and light',
      key: '',
      run: () => setSettings({ theme: session.theme === 'dark' ? 'light' : 'dark' }),
    },
    {
      id: 'write',
      title: 'Layout: write',
      key: 'Ctrl+1',
      run: () => setSettings({ layout: 'write' }),
    },
    {
      id: 'read',
      title: 'Layout: read',
      key: 'Ctrl+2',
      run: () => setSettings({ layout: 'read' }),
    },
    { id: 'focus-script', title: 'Go to the script', key: 'Alt+1', run: () => v.focus('script') },
    {
      id: 'focus-timeline',
      title: 'Go to the timeline',
      key: 'Alt+2',
      run: () => v.focus('timeline'),
    },
    {
      id: 'focus-inspector',
      title: 'Go to the inspector',
      key: 'Alt+4',
      run: () => v.focus('inspector'),
    },
    ...DRAWERS.map(([tab, title, key]) => ({
      id: `drawer-${tab}`,
      title,
      key,
      run: () => v.drawer(tab),
    })),
    {
      id: 'fold',
      title: 'Fold the drawer, or open it',
      key: 'Q',
      run() {
        session.drawerOpen = !session.drawerOpen;
      },
    },
    { id: 'back', title: 'Back to where you were', key: 'Alt+←', run: () => history(-1) },
    { id: 'forward', title: 'Forward again', key: 'Alt+→', run: () => history(1) },
    {
      id: 'guide',
      title: 'Guided first bug',
      key: '',
      run: () => {
        session.guide = 0;
        setSettings({ guided: false });
      },
    },
  ];
}

function ofRun(v: ShellVerbs): Command[] {
  const { view } = big;
  if (!view) return [];
  const list: Command[] = [
    { id: 'save', title: 'Save this run as a bundle', key: 'Ctrl+S', run: () => save() },
    {
      id: 'share',
      title: 'Share…: choose what goes into the bundle',
      key: 'Ctrl+Shift+S',
      run: v.share,
    },
    { id: 'verify', title: 'Verify: replay and compare', key: 'Ctrl+Shift+V', run: askVerify },
    {
      id: 'race',
      title: 'Race diagram',
      key: 'Ctrl+Shift+C',
      run: v.race,
    },
    { id: 'tracks', title: 'Find a track', key: 'Ctrl+P', run: v.tracks },
    { id: 'step', title: 'Go to a step', key: 'Ctrl+G', run: v.step },
    {
      id: 'moment',
      title: 'Copy the name of this moment',
      key: '',
      async run() {
        const name = `${view.summary.id}#${session.step}`;
        await navigator.clipboard.writeText(name);
        session.info = `${name} is on the clipboard; Ctrl+G goes there`;
      },
    },
    {
      id: 'pin-run',
      title: 'Pin this run, or let it go',
      key: '',
      run: () => pinRun(view.summary.id),
    },
    {
      id: 'compare',
      title: 'Layout: compare with another run',
      key: 'Ctrl+3',
      run() {
        const other = counterpart();
        if (other) void compareWith(other.id);
        else
          session.info =
            'there is only one run: make another, or carry this schedule to another variant';
      },
    },
    ...EXPORTS.filter((name) => name !== 'race').map((name) => {
      const kind: ExportKind = EXPORT_KINDS[name];
      const title = kind.shown ? kind.title : `Export: ${kind.title}`;
      return { id: name, title, key: '', run: () => v.show(name, kind.title) };
    }),
  ];
  if (big.comparison)
    list.push({ id: 'uncompare', title: 'Close the comparison', key: '', run: stopComparing });
  for (const t of big.hello?.variants ?? []) {
    if (t.tag === view.summary.cell.variant) continue;
    list.push({
      id: `on-${t.tag}`,
      title: `Run this schedule on ${t.tag}`,
      key: '',
      run: () => runOn(t.tag),
    });
  }
  for (const k of TIMELINE_KEYS) {
    const run = (): unknown => {
      const verbs = v.timeline();
      return verbs && k.run(verbs);
    };
    list.push({
      id: `key-${k.key}`,
      title: `Timeline: ${k.title}`,
      key: '',
      timelineKey: k.key,
      run,
    });
  }
  return list;
}

/** The commands that make sense now. */
export function commandsOf(v: ShellVerbs): Command[] {
  const list = [...always(v), ...ofRun(v)];
  if (session.running)
    list.push({ id: 'cancel', title: 'Cancel what runs', key: 'Esc', run: cancel });
  for (const name of session.recent) {
    list.push({
      id: `recent-${name}`,
      title: `Open recent: ${name}`,
      key: '',
      run: () => openBundle(name),
    });
  }
  for (const s of big.hello?.scratches ?? []) {
    list.push({
      id: `scratch-${s.name}`,
      title: `Scratch: ${s.name}`,
      key: '',
      run: () => openScratch(s.name),
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

/** Keys by the sign that stands for them. */
const KEYS: Readonly<Record<string, string>> = {
  Esc: 'escape',
  '←': 'arrowleft',
  '→': 'arrowright',
};

/** Does a key event mean this chord? */
export function matches(e: KeyboardEvent, key: string): boolean {
  if (key === '') return false;
  const parts = key.split('+');
  const last = parts[parts.length - 1] ?? '';
  const ctrl = e.ctrlKey || e.metaKey;
  if (parts.includes('Ctrl') !== ctrl || parts.includes('Alt') !== e.altKey) return false;
  if (last !== '?' && parts.includes('Shift') !== e.shiftKey) return false;
  if (/^[0-9]$/.test(last)) return e.code === `Digit${last}`;
  const name = KEYS[last] ?? last.toLowerCase();
  return e.key.toLowerCase() === name;
}
