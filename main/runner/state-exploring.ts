// The rounds of a search of states (`engine/explore/state-rounds.ts`), done by several processes, or by one. Each is told
// what all of them have met before the round, and remembers it.
import type { Dealt, Done, Round, StateRounds } from '../engine/api';
import { allBack, type Pool, Stopped } from './pool';
import type { Progress, RunnerRequest } from './protocol';
import type { Confined } from './runner-host';

type ShareRequest = Extract<RunnerRequest, { kind: 'share' }>;

/** The moment up to which each process knows the states, and of which search. */
const heard = new WeakMap<Confined, { readonly of: StateRounds; readonly moment: number }>();

/** Does rounds. */
export class StateExplorer {
  /** How far those parts are that have not been put together with the others. */
  private readonly live = new Map<Dealt, Progress>();

  /**
   * @param rounds what has been done already
   * @param share what is asked of a process, but for what it is to do
   * @param told how far those parts are that are under way
   */
  constructor(
    private readonly pool: Pool,
    public rounds: StateRounds,
    private readonly share: Omit<ShareRequest, 'part' | 'saved'>,
    private readonly told: (now: readonly Progress[]) => void,
  ) {}

  /**
   * Go on until all is done, or the executions are used up.
   * @param most executions of the whole search
   * @param onRound called after each round
   * @throws Stopped
   */
  async run(most: number, onRound: () => void): Promise<void> {
    const { pool, live } = this;
    const underWay: { readonly round: Round; readonly done: Promise<Done[]> }[] = [];
    const allDone = (): Promise<Done[][]> => allBack(underWay.map(({ done }) => done));
    try {
      for (;;) {
        for (let round = this.rounds.deal(most); round !== null; round = this.rounds.deal(most)) {
          const done = this.doRound(this.rounds, round);
          // It is looked at later whether it has failed.
          done.catch(() => {});
          underWay.push({ round, done });
        }
        const [first] = underWay;
        if (first === undefined) return;
        const done = await first.done;
        // What has come of half a round would be something else the next time.
        if (pool.stopped) throw new Stopped();
        underWay.shift();
        for (const d of first.round.dealt) live.delete(d);
        const before = this.rounds;
        this.rounds = before.note(done);
        if (this.rounds !== before) {
          await allDone();
          underWay.length = 0;
          live.clear();
        }
        onRound();
      }
    } catch (e) {
      pool.stop();
      await allDone();
      throw e;
    }
  }

  /** @returns what has come of the parts of a round, in their order: of all, or up to the first that has a lesson for all */
  private async doRound(rounds: StateRounds, { dealt, moment }: Round): Promise<Done[]> {
    const done = await allBack(dealt.map((d) => this.ask(rounds, d, moment)));
    const lesson = done.findIndex((d) => d.lesson !== null);
    return lesson < 0 ? done : done.slice(0, lesson + 1);
  }

  private async ask(rounds: StateRounds, dealt: Dealt, moment: number): Promise<Done> {
    const { pool } = this;
    const { part, runs } = dealt;
    const request = { ...this.share, runs, part, saved: null, known: rounds.found };
    const tailored = (confined: Confined): ShareRequest => {
      const before = heard.get(confined);
      const news = rounds.news(before?.of === rounds ? before.moment : 0, moment);
      heard.set(confined, { of: rounds, moment });
      return { ...request, news };
    };
    const onProgress = (p: Progress): void => {
      this.live.set(dealt, p);
      this.told([...this.live.values()]);
    };
    try {
      const reply = await pool.ask(request, { onProgress }, false, tailored);
      if (reply.kind !== 'share' || reply.saved === null) {
        throw new Error(`unexpected reply ${reply.kind}`);
      }
      const { saved, met, lesson } = reply;
      return { saved, met: met ?? new Int32Array(), lesson: lesson ?? null };
    } catch (e) {
      pool.stop();
      throw e;
    }
  }
}
