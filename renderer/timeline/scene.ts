// What one picture of the timeline shows, and its inks.
import type { RunView } from '../../preload/contract/calls';
import type { FlowShape, KindShape, NoteShape } from '../../preload/contract/shapes';
import type { Axis } from './axis';
import type { Row } from './rows';
import type { Window } from './viewport';

export interface Scene {
  readonly view: RunView;
  readonly kinds: readonly KindShape[];
  readonly axis: Axis;
  readonly pinned: readonly Row[];
  readonly rest: readonly Row[];
  readonly window: Window;
  readonly cursor: number;
  /** Id of the row that has the focus. */
  readonly track: string;
  readonly markA: number;
  readonly markB: number;
  readonly range: { readonly from: number; readonly to: number } | null;
  /** By event: 1 for those that are drawn in full; null for all. */
  readonly bright: Uint8Array | null;
  /** Arrows of the cursor's step. */
  readonly flows: readonly FlowShape[];
  /** Orders that the finding needs: this step before that one. */
  readonly orders: readonly (readonly [number, number])[];
  readonly hits: Uint32Array;
  readonly notes: readonly NoteShape[];
  /** Step at which the runs part, or 0. */
  readonly parting: number;
  readonly scroll: number;
  readonly width: number;
  readonly height: number;
  readonly dark: boolean;
}

export interface Ink {
  readonly bg: string;
  readonly panel: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly bad: string;
  readonly good: string;
  readonly warn: string;
  readonly accent: string;
  readonly fill: string;
  readonly onEvent: string;
}

const DARK: Ink = {
  bg: '#14171c',
  panel: '#1a1e25',
  line: '#2a313c',
  text: '#e4e8ef',
  muted: '#9aa5b5',
  bad: '#ff8a5c',
  good: '#4cc9a0',
  warn: '#f0c75e',
  accent: '#56b4e9',
  fill: '#22384f',
  onEvent: '#14171c',
};
const LIGHT: Ink = {
  bg: '#ffffff',
  panel: '#f4f6f9',
  line: '#dde3ea',
  text: '#1b2430',
  muted: '#566273',
  bad: '#a63a08',
  good: '#00704f',
  warn: '#7d5b00',
  accent: '#0b66a8',
  fill: '#cfe4f7',
  onEvent: '#ffffff',
};

export function inkOf(dark: boolean): Ink {
  return dark ? DARK : LIGHT;
}

export const FONT = '11px "DejaVu Sans", system-ui, sans-serif';
/** Mean width of a character in that font: cheaper than measuring. */
const GLYPH = 6.3;

/** Cut a text to a width in pixels. */
export function crop(text: string, width: number): string {
  const room = Math.floor(width / GLYPH);
  if (text.length <= room) return text;
  return room < 3 ? '' : `${text.slice(0, room - 1)}…`;
}
