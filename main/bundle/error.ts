// Why a file cannot be opened: one sentence naming what is wrong.

/** A bundle is not what it should be. */
export class BundleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BundleError';
  }
}

/** A bundle of a later format: what its frozen core says, and its report, can be shown all the same. */
export class NewerBundle extends BundleError {
  constructor(
    message: string,
    readonly report: string,
  ) {
    super(message);
    this.name = 'NewerBundle';
  }
}
