// A search of states done in rounds, as processes would do it, by one.
import {
  Campaign,
  type CampaignOptions,
  type Coverage,
  type Dealt,
  type Done,
  type Machine,
  type Outcome,
  type Part,
  type Program,
  type Round,
  type SavedCampaign,
  type SavedStateful,
  type Sizes,
  StartAgain,
  Stateful,
  StateRounds,
  StateSet,
  Tally,
} from '../../main/engine/api';

/** Small enough for small programs to be done by several, each for one execution at a time. */
export const SMALL_SIZES: Sizes = { parts: [3, 3], partPer: 1, quota: [1, 1], quotaPer: 1 };

/** The same for those that take some thousands of executions. */
export const MIDDLE_SIZES: Sizes = { ...SMALL_SIZES, quota: [40, 40] };

/** What a process writes down and another reads. */
function sent<T>(what: T): T {
  return JSON.parse(JSON.stringify(what));
}

/**
 * Do all rounds.
 * @param begun what has been done before
 * @param most executions of all together
 * @param go does a part: knows the states, and what has been found
 * @returns the search, and how often it had to begin
 */
export function allRounds(
  begun: SavedCampaign,
  most: number,
  sizes: Sizes | undefined,
  go: (dealt: Dealt, states: StateSet, found: readonly string[]) => Done,
): { readonly rounds: StateRounds; readonly begun: number } {
  let times = 1;
  let rounds = new StateRounds(sent(begun), sizes);
  let states = new StateSet();
  let moment = 0;
  const underWay: Round[] = [];
  for (;;) {
    for (let r = rounds.deal(most); r !== null; r = rounds.deal(most)) underWay.push(r);
    const round = underWay.shift();
    if (round === undefined) return { rounds, begun: times };
    for (const t of rounds.news(moment, round.moment).triples) states.putAll(t);
    moment = round.moment;
    const done: Done[] = [];
    for (const dealt of round.dealt) {
      done.push(go(sent(dealt), states, rounds.found));
      if (done.at(-1)?.lesson !== null) break;
    }
    const before = rounds;
    rounds = before.note(done);
    if (rounds === before) continue;
    times++;
    underWay.length = 0;
    states = new StateSet();
    moment = 0;
  }
}

/** Does a part as a campaign of its own. */
export function partOf(make: () => Machine, program: Program, options: CampaignOptions) {
  return ({ part, runs }: Dealt, states: StateSet, known: readonly string[]): Done => {
    const c = new Campaign(make(), program, { ...options, budget: runs, part, states, known });
    try {
      while (!c.slice(runs));
    } catch (e) {
      if (!(e instanceof StartAgain)) throw e;
      return { saved: sent(c.save()), met: new Int32Array(), lesson: sent(e.lesson) };
    }
    return { saved: sent(c.save()), met: c.met() as Int32Array, lesson: null };
  };
}

/** A campaign in rounds, from the second execution on. */
export function inRounds(
  make: () => Machine,
  program: Program,
  options: CampaignOptions,
  sizes?: Sizes,
) {
  const begun = new Campaign(make(), program, { ...options, budget: 1 });
  begun.slice(1);
  return allRounds(begun.save(), options.budget, sizes, partOf(make, program, options));
}

/** Nothing is known of the program; local steps are taken as all others are: which states there are depends on no order. */
const AT_FIRST: SavedStateful = {
  stack: [],
  keys: [],
  places: { fields: [], places: [], looksAtAll: false, looksAtState: false, watched: [] },
  knowsLocal: false,
  visited: [],
  transitions: 0,
};

/**
 * Go over all states, in one piece.
 * @param onRun called after each execution
 */
export function allStates(
  m: Machine,
  program: Program,
  onRun: (outcome: Outcome) => void,
  knowsLocal = true,
): Stateful {
  const search = new Stateful();
  search.load({ ...AT_FIRST, knowsLocal });
  for (;;) {
    const outcome = search.run(m, program);
    onRun(outcome);
    if (!search.next(m, outcome)) return search;
  }
}

/** The same in rounds. */
export function allStatesInRounds(
  m: Machine,
  program: Program,
  sizes: Sizes,
  onRun: (outcome: Outcome) => void,
  knowsLocal = true,
): StateRounds {
  const part = (search: Stateful, runs: number): Done => {
    const tally = new Tally();
    let lesson: unknown = null;
    let goesOn = true;
    try {
      while (goesOn && tally.executions < runs) {
        const outcome = search.run(m, program);
        onRun(outcome);
        tally.executions++;
        goesOn = search.next(m, outcome);
      }
    } catch (e) {
      if (!(e instanceof StartAgain)) throw e;
      lesson = e.lesson;
    }
    const coverage = search.covered() as Coverage;
    const rest = { strategy: { kind: 'stateful' }, coverage, over: !goesOn } as const;
    const saved = { ...tally.saveTally(), ...rest, search: search.save() };
    return { saved, met: search.met(), lesson };
  };
  const first = new Stateful();
  first.load({ ...AT_FIRST, knowsLocal });
  const { saved } = part(first, 1);
  const { rounds } = allRounds(saved, Number.POSITIVE_INFINITY, sizes, (dealt, states) => {
    const search = new Stateful(states);
    search.load((dealt.part as Extract<Part, { kind: 'states' }>).saved);
    return part(search, dealt.runs);
  });
  return rounds;
}
