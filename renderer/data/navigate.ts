// Moving through a run: steps, tracks, causes and effects, problems, history, play.
import type { LookShape, RunView } from '../../preload/contract/calls';
import type { ChangedField, FlowShape } from '../../preload/contract/shapes';
import { lowerBound } from '../base/search';
import { calls, fail, guarded } from './lab';
import { problemAfter } from './problems';
import { big, session } from './session';

/** Steps that were visited, for going back. */
const trail: { run: string; step: number }[] = [];
let place = -1;
const LONGEST_TRAIL = 500;

let asked = 0;

/**
 * What is known of the steps of the view: it does not change, so that it can be asked for beforehand. A run that is
 * rebuilt from its claim keeps its id and gets another view.
 */
const known = { view: null as RunView | null, looks: new Map<number, Promise<LookShape>>() };
/** Steps that are remembered. */
const KNOWN_STEPS = 64;

/** What there is to see at a step; asked for once. */
function lookAt(view: RunView, step: number): Promise<LookShape> {
  const { looks } = known;
  if (known.view !== view) {
    known.view = view;
    looks.clear();
  }
  const kept = looks.get(step);
  if (kept !== undefined) return kept;
  const answer = calls.look(view.summary.id, step);
  // What failed is asked for again, by whoever wants it next.
  answer.catch(() => looks.delete(step));
  looks.set(step, answer);
  for (const old of looks.keys()) {
    if (looks.size <= KNOWN_STEPS) break;
    looks.delete(old);
  }
  return answer;
}

/** Who steps on finds the next step known. */
function lookAhead(view: RunView, step: number): void {
  for (const next of [step + 1, step - 1]) {
    if (next >= 0 && next <= view.columns.events) void lookAt(view, next).catch(() => {});
  }
}

/** Ask for everything that belongs to the cursor's place. */
async function look(): Promise<void> {
  const { view } = big;
  if (!view) return;
  const mine = ++asked;
  const { id } = view.summary;
  const { step } = session;
  const place = ({ state, choices }: RunView['start']): void => {
    big.inspector = state;
    big.choices = choices;
    big.flows = [];
    big.links = [];
  };
  const arrived = step === view.start.state.step;
  if (arrived) place(view.start);
  try {
    const answer = await lookAt(view, step);
    if (mine !== asked) return;
    if (!arrived) place(answer);
    big.flows = answer.flows;
    lookAhead(view, step);
    if (session.coneOn) {
      const cone = await calls.cone(id, step);
      if (mine === asked) big.cone = cone;
    }
  } catch (e) {
    fail(e);
  }
}

/** Move the cursor; step 0 is the beginning. Small steps do not fill the history. */
export async function goto(step: number, jump = true): Promise<void> {
  const { view } = big;
  if (!view) return;
  const to = Math.max(0, Math.min(step, view.columns.events));
  if (jump) remember(session.step);
  session.step = to;
  if (jump) remember(to);
  await look();
}

function remember(step: number): void {
  const run = big.view?.summary.id ?? '';
  const here = trail[place];
  if (here?.run === run && here.step === step) return;
  trail.length = place + 1;
  trail.push({ run, step });
  if (trail.length > LONGEST_TRAIL) trail.shift();
  place = trail.length - 1;
}

let showRun: (id: string, step: number) => Promise<void> = async () => {};

/** How history shows a run that is not the one in view. */
export function historyShows(show: typeof showRun): void {
  showRun = show;
}

/** Back (-1) or forward (1) in the history of places, over runs. */
export async function history(by: -1 | 1): Promise<void> {
  const to = trail[place + by];
  if (!to) {
    session.info = by < 0 ? 'this is where you began' : 'this is the last place you were at';
    return;
  }
  place += by;
  if (to.run !== big.view?.summary.id) return showRun(to.run, to.step);
  session.step = to.step;
  await look();
}

/** The cursor is where a run that has just been shown wants it. */
export async function arrive(step: number): Promise<void> {
  session.step = step;
  remember(step);
  await look();
}

/** Next or previous step of the same task. */
export async function stepTask(direction: 1 | -1): Promise<void> {
  const run = big.view?.columns;
  if (!run) return;
  const task = run.task[session.step - 1];
  for (let s = session.step + direction; s >= 1 && s <= run.events; s += direction) {
    if (run.task[s - 1] === task) return goto(s, false);
  }
}

/** Next or previous of some ascending steps. */
export async function stepAmong(steps: Uint32Array, direction: 1 | -1): Promise<void> {
  const at = lowerBound(steps, direction > 0 ? session.step + 1 : session.step);
  const to = direction > 0 ? steps[at] : steps[at - 1];
  if (to) await goto(to, false);
}

function targetOf(f: FlowShape, direction: 1 | -1): number {
  return direction < 0 ? f.from : f.to;
}

/** Causes (-1) or effects (1) of the cursor's step. */
export async function linksHere(direction: 1 | -1): Promise<readonly FlowShape[]> {
  const id = big.view?.summary.id;
  if (id === undefined || session.step === 0) return [];
  return calls.links(id, session.step, direction);
}

/** Follow the most telling cause (-1) or effect (1); with `choose`, offer all of them. */
export async function follow(direction: 1 | -1, choose = false): Promise<void> {
  await guarded(async () => {
    const links = await linksHere(direction);
    const first = links[0];
    if (!first) {
      session.info = direction < 0 ? 'no earlier cause is known' : 'no later effect is known';
    } else if (choose && links.length > 1) big.links = links;
    else await goto(targetOf(first, direction));
  });
}

/** Next (1) or previous (-1) finding. */
export async function nextProblem(direction: 1 | -1): Promise<void> {
  const { view } = big;
  if (!view) return;
  await guarded(async () => {
    const found = [...new Set(view.findings.map((f) => f.step))].sort((a, b) => a - b);
    // To go through the ledger of a long run takes a while: only where no finding comes next.
    const more = found.some((s) => (direction > 0 ? s > session.step : s < session.step));
    const taken = left.view === view || !more ? await leftOpen(view) : [];
    const all = [...found, ...taken.map((p) => p.step)];
    const to = problemAfter(all, found.length, session.step, direction);
    if (to < 0) {
      session.info = 'no finding, and every reference is given back';
      return;
    }
    await goto(all[to] as number);
    const reference = taken[to - found.length];
    if (reference) {
      const { thing } = reference;
      session.info = `a reference on ${thing} is taken here and not given back in this run`;
    }
  });
}

/** References that are never given back in a run: where each was taken. Asked for once. */
async function leftOpen(view: RunView): Promise<typeof left.taken> {
  if (left.view === view) return left.taken;
  const pairs = await calls.ledger(view.summary.id, view.columns.events);
  left.taken = pairs.flatMap(({ sort, thing, open, close }) =>
    sort === 'reference' && open !== null && close === null ? [{ step: open.step, thing }] : [],
  );
  left.view = view;
  return left.taken;
}

const left = {
  view: null as RunView | null,
  taken: [] as { readonly step: number; readonly thing: string }[],
};

/** The happens-before cone of the cursor, on or off. */
export async function toggleCone(): Promise<void> {
  session.coneOn = !session.coneOn;
  big.cone = null;
  if (session.coneOn) await look();
}

/** The orders that the worst finding of the shown run needs, as its steps; none for a run that was not searched. */
export function neededOrders(): readonly (readonly [number, number])[] {
  const worst = big.view?.summary.verdict.found[0];
  const here = big.view?.findings.some((f) => f.identity === worst?.finding.identity);
  return here ? (worst?.orderSteps ?? []) : [];
}

/** Draw the orders that the worst finding needs, or leave them out. */
export function toggleOrders(): void {
  session.ordersOn = !session.ordersOn;
  const n = neededOrders().length;
  if (session.ordersOn && n === 0)
    session.info = 'no orders are known that a finding of this run needs';
}

/** Mark the cursor's step as A or B; the same step again takes the mark away. */
export function mark(which: 'markA' | 'markB'): void {
  session[which] = session[which] === session.step ? 0 : session.step;
}

/** What differs in the state between the marks, or between the cursor and the mark there is. */
export async function changes(): Promise<{ a: number; b: number; fields: ChangedField[] } | null> {
  const id = big.view?.summary.id;
  if (id === undefined) return null;
  const ends = [session.markA || session.step, session.markB || session.step];
  const [a, b] = [Math.min(...ends), Math.max(...ends)];
  const from = a === b ? Math.max(0, a - 1) : a;
  return { a: from, b, fields: [...(await calls.difference(id, from, b))] };
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Play from here, or stop. */
export function play(): void {
  session.playing = !session.playing;
  clearTimeout(timer);
  if (session.playing) tick();
}

function tick(): void {
  const events = big.view?.columns.events ?? 0;
  if (!session.playing || session.step >= events) {
    session.playing = false;
    return;
  }
  void goto(session.step + 1, false);
  timer = setTimeout(tick, 1000 / session.speed);
}
