// Confined processes that share the work of a search, one for each core.
import type { RunnerReply, RunnerRequest } from './protocol';
import { Confined, type RunnerOptions } from './runner-host';

/** The search was stopped before this request was begun. */
export class Stopped extends Error {
  constructor() {
    super('stopped');
    this.name = 'Stopped';
  }
}

/** A request that no process has yet. */
interface Waiting {
  readonly about: string;
  readonly go: (confined: Confined) => void;
}

/** Something that processes can help with when they have nothing else to do. */
export interface Help {
  readonly about: string;
  /** Begin, in a process that is stopped when it is needed. @returns whether this is of no more use */
  begin(confined: Confined): Promise<boolean>;
}

/** The cell a request is about. */
export function aboutOf(request: RunnerRequest): string {
  return 'cell' in request ? `${request.cell.variant} ${request.cell.driver}` : '';
}

/**
 * Hands requests to processes. Who has begun a cell goes on with it as long as something of it is left, and
 * takes one then that nobody is at: a process that goes from kernel to kernel and back compiles the engine for all
 * of them at once. That takes it twice as long, and what comes of it is slower.
 */
export class Pool {
  private readonly idle: Confined[] = [];
  private readonly busy = new Set<Confined>();
  private readonly waiting: Waiting[] = [];
  /** The cell each process was at last. */
  private readonly at = new Map<Confined, string>();
  private readonly helped = new Set<Help>();
  /** Processes that help, and with what. */
  private readonly helping = new Map<Confined, Help>();
  private dealing = false;
  private stopping = false;

  /**
   * @param entry the built `runner.js`
   * @param size processes at most
   * @param polite they give way to the window
   */
  constructor(
    private readonly entry: string,
    readonly size: number,
    private readonly polite = false,
  ) {}

  /** Start the processes: there is something to do for them soon. */
  prepare(): void {
    while (this.idle.length + this.busy.size + this.helping.size < this.size) {
      this.idle.push(new Confined(this.entry, this.polite, true));
    }
  }

  /** Has it been told to stop? */
  get stopped(): boolean {
    return this.stopping;
  }

  /**
   * Carry out a request as soon as a process is free.
   * @param always also when the pool has been told to stop
   * @param onBegun told which process has it
   * @throws Stopped, RunFailed
   */
  async ask(
    request: RunnerRequest,
    options: RunnerOptions,
    always = false,
    onBegun: (confined: Confined) => void = () => {},
  ): Promise<RunnerReply> {
    const about = aboutOf(request);
    const confined = await new Promise<Confined>((go) => {
      this.waiting.push({ about, go });
      this.dealSoon();
    });
    // One that has failed is ended, and another is started in its place.
    let fit = true;
    try {
      if (this.stopping && !always) throw new Stopped();
      this.at.set(confined, about);
      fit = false;
      onBegun(confined);
      const reply = await confined.ask(request, options);
      fit = true;
      return reply;
    } finally {
      this.busy.delete(confined);
      if (fit) this.idle.push(confined);
      else this.at.delete(confined);
      this.dealSoon();
    }
  }

  /** Not at once: who has just been answered asks again, and is to find the same process. */
  private dealSoon(): void {
    if (this.dealing) return;
    this.dealing = true;
    setImmediate(() => {
      this.dealing = false;
      this.deal();
    });
  }

  private deal(): void {
    const { waiting, idle, busy, helping, at } = this;
    while (waiting.length > 0 && busy.size + helping.size < this.size) {
      this.prepare();
      const same = idle.findIndex((c) => waiting.some((w) => w.about === at.get(c)));
      const [confined] = idle.splice(Math.max(0, same), 1) as [Confined];
      const [next] = waiting.splice(this.best(confined), 1) as [Waiting];
      busy.add(confined);
      next.go(confined);
    }
    let needed = waiting.length;
    for (const c of helping.keys()) if (needed-- > 0) c.stop();
    if (waiting.length === 0 && !this.stopping) this.lend();
  }

  /** Help with this as long as there are processes that have nothing else to do. */
  help(work: Help): void {
    this.helped.add(work);
    this.dealSoon();
  }

  /** Help is not wanted any more. */
  helpNoMore(work: Help): void {
    this.helped.delete(work);
    for (const [c, what] of this.helping) if (what === work) c.stop();
  }

  /** Every process that has nothing to do helps with what the fewest help with. */
  private lend(): void {
    const { helped, helping, busy } = this;
    while (helped.size > 0 && busy.size + helping.size < this.size) {
      this.prepare();
      const count = (work: Help): number => [...helping.values()].filter((h) => h === work).length;
      const work = [...helped].reduce((a, b) => (count(b) < count(a) ? b : a));
      const same = this.idle.findIndex((c) => this.at.get(c) === work.about);
      const [confined] = this.idle.splice(Math.max(0, same), 1) as [Confined];
      helping.set(confined, work);
      this.at.set(confined, work.about);
      void this.lent(confined, work);
    }
  }

  private async lent(confined: Confined, work: Help): Promise<void> {
    try {
      if (await work.begin(confined)) this.helped.delete(work);
      this.idle.push(confined);
    } catch {
      // What a helper fails at, who is helped fails at, too, and says so. This process is ended.
      this.helped.delete(work);
      this.at.delete(confined);
    } finally {
      this.helping.delete(confined);
      this.dealSoon();
    }
  }

  /** Which of the requests that wait suits a process best. */
  private best(confined: Confined): number {
    const { waiting, busy, at } = this;
    const mine = waiting.findIndex((w) => w.about === at.get(confined));
    if (mine >= 0) return mine;
    const taken = new Set([...busy].map((c) => at.get(c)));
    return Math.max(
      0,
      waiting.findIndex((w) => !taken.has(w.about)),
    );
  }

  /** Let the requests that run give back what they have, and begin no other. */
  stop(): void {
    this.stopping = true;
    for (const c of [...this.busy, ...this.helping.keys()]) c.stop();
  }

  /** End all processes. */
  close(): void {
    for (const c of [...this.idle, ...this.busy, ...this.helping.keys()]) c.close();
  }
}
