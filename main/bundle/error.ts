// Why a file cannot be opened: one sentence naming what is wrong.

/** A bundle is not what it should be. */
export class BundleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BundleError';
  }
}
