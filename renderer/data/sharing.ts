// Saving and sharing the shown run, with what the reader thinks of it.
import type { ShareParts, SharePreview } from '../../preload/contract/calls';
import type { OpinionShape } from '../../preload/contract/shapes';
import { calls, writing } from './lab';
import { download } from './runs';
import { big, session } from './session';

/** Everything: what a bundle holds unless told otherwise. */
export const ALL_PARTS: ShareParts = { evidence: true, notes: true, view: true };

/** Notes and view of the shown run. */
export function opinion(): OpinionShape {
  const { notes, pinned, hidden, settings } = session;
  const { grouping, axis } = settings;
  const plain = notes.map(({ step, to, sort, text }) => ({ step, to, sort, text }));
  return { notes: plain, pinned: [...pinned], hidden: [...hidden], grouping, axis };
}

/** What a bundle with these parts would hold; null when there is no run. */
export async function preview(parts: ShareParts): Promise<SharePreview | null> {
  const id = big.view?.summary.id;
  if (id === undefined) return null;
  return calls.sharing(id, opinion(), { ...parts });
}

/** Save the shown run as a bundle: into the library, and as a download. */
export async function save(parts: ShareParts = ALL_PARTS): Promise<void> {
  const id = big.view?.summary.id;
  if (id === undefined) return;
  await writing('save', async (job) => {
    const { name, bytes } = await calls.save(job, id, opinion(), { ...parts });
    session.recent = await calls.recent();
    download(name, bytes);
    session.info = `saved ${name} (${Math.ceil(bytes.length / 1024)} KB)`;
  });
}
