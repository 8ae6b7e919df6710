// Bundles on their way to a window of their own: each is left here by one window, or by the shell, and fetched
// by another, once.

/** Bundles that wait at most; the oldest goes first. */
const MOST = 64;

/** What waits to be fetched. */
export class Parked {
  private readonly waiting = new Map<string, Uint8Array>();

  /** Leave a bundle. @param key names it; nobody can guess it */
  park(key: string, bytes: Uint8Array): void {
    this.waiting.set(key, bytes);
    for (const old of this.waiting.keys()) {
      if (this.waiting.size <= MOST) break;
      this.waiting.delete(old);
    }
  }

  /** Fetch a bundle. @throws Error when it is not there, or not any more */
  fetch(key: string): Uint8Array {
    const bytes = this.waiting.get(key);
    if (bytes === undefined) {
      throw new Error('the bundle that this window was opened for is gone: open it again');
    }
    this.waiting.delete(key);
    return bytes;
  }
}
