// Bounds that both sides know, each with its reason.

/** Longest script, in bytes: larger ones are not scripts. */
export const SCRIPT_BYTES = 1024 * 1024;
/** Executions of a search when nobody says otherwise: some ten seconds. */
export const DEFAULT_RUNS = 200_000;
/** Preemption bound when nobody says otherwise: most bugs need 1 or 2. */
export const DEFAULT_PREEMPTIONS = 2;
/** A bundle, in bytes, expanded. */
export const BUNDLE_BYTES = 2 * 1024 * 1024 * 1024;
/** Wall-clock milliseconds a confined script may take for one request; it can be cancelled. */
export const RUN_DEADLINE_MS = 3_600_000;
/** Milliseconds without a sign of life after which a script is taken for an endless loop. */
export const SILENCE_MS = 10_000;
/** Resident bytes at which a confined script is stopped. */
export const RUN_MEMORY_BYTES = 1024 * 1024 * 1024;
/** Seeds of one campaign at most. */
export const MOST_SEEDS = 32;
