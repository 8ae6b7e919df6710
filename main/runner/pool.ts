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

/**
 * Wait for all of them.
 * @throws what one has failed with; `Stopped` where that is all
 */
export async function allBack<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const back = await Promise.allSettled(asked);
  const failed = back.flatMap((b) => (b.status === 'rejected' ? [b.reason] : []));
  // Where one fails, the others are stopped.
  if (failed.length > 0) throw failed.find((e) => !(e instanceof Stopped)) ?? failed[0];
  return back.flatMap((b) => (b.status === 'fulfilled' ? [b.value] : []));
}

/** A request that no process has yet. */
interface Waiting {
  readonly about: string;
  readonly go: (confined: Confined) => void;
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
    while (this.idle.length + this.busy.size < this.size) {
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
   * @param tailored the request for the process that has it
   * @throws Stopped, RunFailed
   */
  async ask(
    request: RunnerRequest,
    options: RunnerOptions,
    always = false,
    tailored: (confined: Confined) => RunnerRequest = () => request,
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
      const reply = await confined.ask(tailored(confined), options);
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
    const { waiting, idle, busy, at } = this;
    while (waiting.length > 0 && busy.size < this.size) {
      this.prepare();
      const same = idle.findIndex((c) => waiting.some((w) => w.about === at.get(c)));
      const [confined] = idle.splice(Math.max(0, same), 1) as [Confined];
      const [next] = waiting.splice(this.best(confined), 1) as [Waiting];
      busy.add(confined);
      next.go(confined);
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
    for (const c of this.busy) c.stop();
  }

  /** End all processes. */
  close(): void {
    for (const c of [...this.idle, ...this.busy]) c.close();
  }
}
