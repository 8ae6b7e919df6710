// Notes and view state of a bundle: data of a stranger, checked, clamped, and never part of the claim.
import * as v from 'valibot';
import type { OpinionShape } from '../../preload/contract/shapes';

/** Notes of a bundle at most, and characters of one. */
const MOST_NOTES = 1000;
const LONGEST_NOTE = 4000;
const MOST_TRACKS = 1000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const text = v.pipe(v.string(), v.maxLength(LONGEST_NOTE, 'is longer than 4,000 characters'));
const tracks = v.optional(v.pipe(v.array(text), v.maxLength(MOST_TRACKS)), []);

const notes = v.pipe(
  v.array(v.object({ step: count, to: count, sort: v.picklist(['note', 'range', 'link']), text })),
  v.maxLength(MOST_NOTES, 'are more than 1,000'),
);

/** `opinion/notes.json`. Fields that are not known are dropped. */
export const notesSchema = v.object({ notes });

/** `opinion/view.json`. */
export const viewSchema = v.object({
  pinned: tracks,
  hidden: tracks,
  grouping: v.optional(v.picklist(['task', 'cpu', 'object']), 'task'),
  axis: v.optional(v.picklist(['step', 'time']), 'step'),
});

/** An opinion as a call brings it. */
export const opinionSchema = v.object({ notes, ...viewSchema.entries });

/** No notes, and the view as it is at first. */
export const NO_OPINION: OpinionShape = {
  notes: [],
  pinned: [],
  hidden: [],
  grouping: 'task',
  axis: 'step',
};
