// Mistakes in scripts, for whoever has to show them: without the compiler, which takes long to load.

/** A mistake in a script. Lines and columns count from 1. */
export interface ScriptProblem {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** The script cannot be run; says why and where. */
export class ScriptError extends Error {
  constructor(readonly problem: ScriptProblem) {
    super(`line ${problem.line}: ${problem.message}`);
    this.name = 'ScriptError';
  }
}
