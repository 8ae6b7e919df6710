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

/** Hands requests to processes, in the order of asking. */
export class Pool {
  private readonly idle: Confined[] = [];
  private readonly busy = new Set<Confined>();
  private readonly waiting: (() => void)[] = [];
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
      this.idle.push(this.start());
    }
  }

  private start(): Confined {
    return new Confined(this.entry, this.polite, this.size);
  }

  /** Has it been told to stop? */
  get stopped(): boolean {
    return this.stopping;
  }

  /**
   * Carry out a request as soon as a process is free.
   * @param always also when the pool has been told to stop
   * @throws Stopped, RunFailed
   */
  async ask(request: RunnerRequest, options: RunnerOptions, always = false): Promise<RunnerReply> {
    while (this.busy.size >= this.size) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    if (this.stopping && !always) {
      this.waiting.shift()?.();
      throw new Stopped();
    }
    const confined = this.idle.pop() ?? this.start();
    this.busy.add(confined);
    try {
      const reply = await confined.ask(request, options);
      this.idle.push(confined);
      return reply;
    } finally {
      this.busy.delete(confined);
      this.waiting.shift()?.();
    }
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
