// The keys of the timeline (`ux.md` A5), by place on the keyboard, so that other layouts work. One table:
// the timeline, the key page and the palette read it.
import {
  follow,
  goto,
  mark,
  nextProblem,
  play,
  stepTask,
  toggleCone,
  toggleOrders,
} from '../data/navigate';
import { pinRun } from '../data/runs';
import { big, session } from '../data/session';

/** What only the timeline itself can do. */
export interface TimelineVerbs {
  zoom(factor: number): void;
  pan(share: number): void;
  centre(): void;
  whole(): void;
  trackStep(direction: 1 | -1): void;
  focusTrack(by: 1 | -1): void;
  moveTrack(by: 1 | -1): void;
  pinTrack(): void;
  hideTrack(): void;
  grouping(): void;
  axis(): void;
  search(): void;
  range(): void;
  note(sort: 'note' | 'range' | 'link'): void;
}

/** One key of the timeline. */
export interface TimelineKey {
  /** As shown. */
  readonly key: string;
  readonly title: string;
  /** Physical key; with `shift`, `ctrl`, `alt` as needed. */
  readonly code: string;
  readonly shift?: boolean;
  readonly ctrl?: boolean;
  readonly alt?: boolean;
  readonly run: (v: TimelineVerbs) => unknown;
}

const k = (
  key: string,
  title: string,
  code: string,
  run: TimelineKey['run'],
  more: Partial<TimelineKey> = {},
): TimelineKey => ({ key, title, code, run, ...more });
const SHIFT = { shift: true };

const LAST = (): number => big.view?.columns.events ?? 0;

/** Every key. */
export const TIMELINE_KEYS: readonly TimelineKey[] = [
  k('W', 'Zoom in (Ctrl+wheel)', 'KeyW', (v) => v.zoom(0.7)),
  k('S', 'Zoom out', 'KeyS', (v) => v.zoom(1 / 0.7)),
  k('A', 'Pan left (Shift+drag)', 'KeyA', (v) => v.pan(-0.25)),
  k('D', 'Pan right', 'KeyD', (v) => v.pan(0.25)),
  k('F', 'Centre the cursor or fit the range; again: the whole run', 'KeyF', (v) => v.centre()),
  k('→', 'One step forward', 'ArrowRight', () => goto(session.step + 1, false)),
  k('←', 'One step back', 'ArrowLeft', () => goto(session.step - 1, false)),
  k('Shift+→', 'Next step of this task', 'ArrowRight', () => stepTask(1), SHIFT),
  k('Shift+←', 'Previous step of this task', 'ArrowLeft', () => stepTask(-1), SHIFT),
  k('.', 'Next event on this track', 'Period', (v) => v.trackStep(1)),
  k(',', 'Previous event on this track', 'Comma', (v) => v.trackStep(-1)),
  k('[', 'To the cause', 'BracketLeft', () => follow(-1)),
  k(']', 'To the effect', 'BracketRight', () => follow(1)),
  k('Ctrl+[', 'Choose among causes', 'BracketLeft', () => follow(-1, true), { ctrl: true }),
  k('Ctrl+]', 'Choose among effects', 'BracketRight', () => follow(1, true), { ctrl: true }),
  k('N', 'Next problem: findings, then references not given back', 'KeyN', () => nextProblem(1)),
  k('Shift+N', 'Previous problem', 'KeyN', () => nextProblem(-1), SHIFT),
  k('Home', 'First step', 'Home', () => goto(1)),
  k('End', 'Last step', 'End', () => goto(LAST())),
  k('H', 'Happens-before cone of the cursor', 'KeyH', () => toggleCone()),
  k('O', 'Orders that the finding needs', 'KeyO', () => toggleOrders()),
  k('C', 'Open choices here', 'KeyC', () => {
    session.drawer = 'choices';
    session.drawerOpen = true;
  }),
  k('U', 'Page requests without a response; again: all of them', 'KeyU', () => {
    session.onlyOpen = !(session.onlyOpen && session.inspectorTab === 'iopf');
    session.inspectorTab = 'iopf';
  }),
  k('1', 'Mark A at the cursor', 'Digit1', () => mark('markA')),
  k('2', 'Mark B at the cursor', 'Digit2', () => mark('markB')),
  k('R', 'Range from A to B (or the cursor); again: none', 'KeyR', (v) => v.range()),
  k('M', 'Note on this step', 'KeyM', (v) => v.note('note')),
  k('Shift+M', 'Note on the range', 'KeyM', (v) => v.note('range'), SHIFT),
  k('L', 'Link A to the cursor', 'KeyL', (v) => v.note('link')),
  k('T', 'Group by task, CPU, object', 'KeyT', (v) => v.grouping()),
  k('X', 'Axis of steps or of time', 'KeyX', (v) => v.axis()),
  k('↓', 'Next track', 'ArrowDown', (v) => v.focusTrack(1)),
  k('↑', 'Previous track', 'ArrowUp', (v) => v.focusTrack(-1)),
  k('Alt+↓', 'Move the track down', 'ArrowDown', (v) => v.moveTrack(1), { alt: true }),
  k('Alt+↑', 'Move the track up', 'ArrowUp', (v) => v.moveTrack(-1), { alt: true }),
  k('P', 'Pin the track', 'KeyP', (v) => v.pinTrack()),
  k(
    'Shift+P',
    'Pin this run, or let it go',
    'KeyP',
    () => pinRun(big.view?.summary.id ?? ''),
    SHIFT,
  ),
  k('Delete', 'Hide the track', 'Delete', (v) => v.hideTrack()),
  k('Space', 'Play, pause', 'Space', () => play()),
  k('/', 'Search', 'Slash', (v) => v.search()),
];

/** Carry out a key. @returns whether it was one of ours */
export function timelineKey(e: KeyboardEvent, verbs: TimelineVerbs): boolean {
  if ((e.target as HTMLElement).tagName === 'INPUT') return false;
  const ctrl = e.ctrlKey || e.metaKey;
  const found = TIMELINE_KEYS.find(
    (x) =>
      (x.code === e.code || (x.key === e.key && x.key.length === 1 && !/[a-z]/i.test(x.key))) &&
      (x.shift ?? false) === (e.shiftKey && x.key !== '/') &&
      (x.ctrl ?? false) === ctrl &&
      (x.alt ?? false) === e.altKey,
  );
  if (!found) return false;
  void found.run(verbs);
  return true;
}
