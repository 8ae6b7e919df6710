// How a machine runs its tasks, and how a run ends.

export interface MachineOptions {
  /** Does the virtual clock order wake-ups? Otherwise a sleeper may wake at any point. */
  readonly timed: boolean;
  /** Ops after which every task has its turn; a run that does not end then is given up. */
  readonly maxSteps: number;
}

/** Default bound on the ops of one run. */
export const DEFAULT_MAX_STEPS = 20_000;

/** How a run ended. */
export type Outcome = 'quiescent' | 'stopped' | 'stuck' | 'step-limit' | 'cut';
