// Files are made here and now when they are small, and in a thread of their own when they are large, so that the
// window goes on, sees how far it is, and can call it off.
import { Worker } from 'node:worker_threads';
import type { MadeFile } from '../../preload/contract/calls';
import type { KeptRun, OnMade } from '../../preload/contract/shapes';
import { type FileOrder, made } from './sharing';

/** What the thread says. */
export type ToldByMaker =
  | { readonly done: number; readonly total: number }
  | { readonly file: MadeFile }
  | { readonly error: string };

/** Who waits for a file. */
export interface MakingOptions {
  readonly signal: AbortSignal;
  /** Told now and then how far it is. */
  readonly onMade: OnMade;
}

/** Events from which a file is made in a thread: below, starting one takes longer than the work. */
const LARGE_RUN = 50_000;

/** Does the run take long to write? */
export function isLarge(run: KeptRun): boolean {
  return run.columns.events >= LARGE_RUN;
}

/** Makes files. */
export class Making {
  /** @param entry the built `maker-thread.ts` */
  constructor(private readonly entry: string) {}

  /** @throws Error when it was called off, or the export does not exist */
  async file(order: FileOrder, { signal, onMade }: MakingOptions): Promise<MadeFile> {
    if (!isLarge(order.run)) return made(order);
    const worker = new Worker(this.entry);
    try {
      return await new Promise<MadeFile>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('cancelled')), { once: true });
        if (signal.aborted) reject(new Error('cancelled'));
        worker.on('error', reject);
        worker.on('message', (told: ToldByMaker) => {
          if ('file' in told) resolve(told.file);
          else if ('error' in told) reject(new Error(told.error));
          else onMade(told.done, told.total);
        });
        worker.postMessage(order);
      });
    } finally {
      await worker.terminate();
    }
  }
}
