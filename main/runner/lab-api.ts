// What a script may define: `experiment(title, options, body)`, checked, and turned into programs for
// the cells of its matrix. The `lab` of the body is in `lab-world.ts`.
import { type Machine, type Program, VARIANTS, variantByTag } from '../engine/api';
import { need } from './lab-shared';
import { makeLab } from './lab-world';

export const DRIVERS = ['vt-d', 'smmuv3', 'amd', 'plain', 'mock'] as const;

/** What a script may say about itself; see `experiments/faultline.d.ts` for the meaning. */
export interface ExperimentOptions {
  readonly story?: string;
  readonly variants?: readonly string[];
  readonly drivers?: readonly string[];
  readonly preemptions?: number;
  readonly runs?: number;
  readonly timed?: boolean;
  readonly kcsan?: boolean;
  readonly ringSize?: number;
  readonly maxSteps?: number;
  readonly reach?: readonly string[];
  readonly expected?: Readonly<Record<string, string>>;
  /** Bug zoo: number, sort of evidence, and cells where we disagree with the specification. */
  readonly bug?: string;
  readonly marking?: string;
  readonly disputed?: Readonly<Record<string, string>>;
}

/** A script, loaded. */
export interface Experiment {
  readonly title: string;
  readonly options: ExperimentOptions;
  readonly body: (lab: unknown) => void;
  /** Its tasks share variables of the script, which no search can see (`shared-state.ts`). */
  readonly sharesState: boolean;
  /** Nothing that its functions change outlives them: a run leaves no trace in the script. */
  readonly keepsNothing: boolean;
}

/** Which cell of the matrix to run. */
export interface Cell {
  readonly variant: string;
  readonly driver: string;
}

/** The program that runs an experiment in one cell of its matrix. */
export function experimentProgram(experiment: Experiment, cell: Cell): Program {
  const build = (m: Machine): void => {
    const world = makeLab(m, experiment, cell);
    experiment.body(world.lab);
    world.arm();
  };
  return Object.assign(build, { keepsNothing: experiment.keepsNothing });
}

/** Check what a script passed to `experiment(…)`. */
export function checkExperiment(
  title: unknown,
  options: unknown,
  body: unknown,
  sharesState = false,
  keepsNothing = false,
): Experiment {
  need(typeof title === 'string' && title !== '', 'experiment needs a title first');
  need(typeof options === 'object' && options !== null, 'experiment needs options second');
  need(typeof body === 'function', 'experiment needs a body (lab) => { … } third');
  const o = options as ExperimentOptions;
  for (const v of o.variants ?? []) variantByTag(v);
  for (const d of o.drivers ?? []) {
    need(
      (DRIVERS as readonly string[]).includes(d),
      `there is no IOMMU driver "${d}"; known: ${DRIVERS.join(', ')}`,
    );
  }
  for (const key of Object.keys(o)) {
    need(KNOWN_OPTIONS.includes(key), `experiment has no option "${key}"`);
  }
  for (const key of ['preemptions', 'runs', 'ringSize', 'maxSteps'] as const) {
    const n = o[key];
    const fits = n === undefined || (Number.isInteger(n) && n >= 0);
    need(fits, `the option "${key}" is a whole number, not ${String(n)}`);
  }
  const experiment = {
    title: title as string,
    options: o,
    body: body as Experiment['body'],
    sharesState,
    keepsNothing,
  };
  const cells = cellsOf(experiment).map((c) => `${c.variant} ${c.driver}`);
  for (const name of ['expected', 'disputed'] as const) {
    for (const key of Object.keys(o[name] ?? {})) {
      need(cells.includes(key), `"${name}" names "${key}"; the cells are: ${cells.join(', ')}`);
    }
  }
  const { marking } = o;
  need(
    marking === undefined || MARKINGS.includes(marking),
    `"marking" is one of ${MARKINGS.join(', ')}`,
  );
  return experiment;
}

const MARKINGS = ['documented', 'derived', 'contract'];

const KNOWN_OPTIONS = [
  'story',
  'variants',
  'drivers',
  'preemptions',
  'runs',
  'timed',
  'kcsan',
  'reach',
  'bug',
  'marking',
  'disputed',
  'ringSize',
  'maxSteps',
  'expected',
];

/** Every cell of an experiment's matrix, in order; a variant without a driver has no such cell. */
export function cellsOf(e: Experiment): Cell[] {
  const variants = e.options.variants ?? VARIANTS.map((v) => v.tag);
  const drivers = e.options.drivers ?? ['smmuv3'];
  return variants.flatMap((variant) =>
    drivers
      .filter((d) => d in variantByTag(variant).ops.drivers)
      .map((driver) => ({ variant, driver })),
  );
}
