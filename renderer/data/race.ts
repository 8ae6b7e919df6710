// Race diagrams: asked for, and read back.
import type { RaceAsk, RaceShape } from '../../preload/contract/race';
import { calls, guarded } from './lab';
import { goto } from './navigate';
import { big, session } from './session';

/** The diagram of the shown run; null when there is no run. */
export async function race(ask: RaceAsk): Promise<RaceShape | null> {
  const id = big.view?.summary.id;
  return id === undefined ? null : calls.race(id, ask);
}

/** The range that was chosen, or lies between the marks; null for none. */
export function chosenRange(): { from: number; to: number } | null {
  const { range, markA, markB } = session;
  if (range) return { from: range.from, to: range.to };
  if (markA === 0 || markB === 0) return null;
  return { from: Math.min(markA, markB), to: Math.max(markA, markB) };
}

/** Search for the steps of a diagram; the cursor goes to the last. */
export async function selectRace(text: string): Promise<boolean> {
  const id = big.view?.summary.id;
  if (id === undefined) return false;
  return guarded(async () => {
    const { order, strangers } = await calls.readRace(id, text);
    const n = order.steps.length;
    if (n === 0) throw new Error('no line of this diagram fits a step of the shown run');
    session.search = `step:${order.steps.join(',')}`;
    await goto(order.steps[n - 1] as number);
    const lost = strangers.map((s) => `line ${s.line} (${s.text})`).join(', ');
    const also = lost === '' ? '' : `; not of this run: ${lost}`;
    session.info = `the search holds the ${n} steps of the diagram: / and Enter walk them${also}`;
  });
}
