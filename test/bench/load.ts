// Our own experiments, loaded without the confinement that strangers' scripts get.
import { at } from '../../main/engine/api';
import { compileScript } from '../../main/runner/compile';
import { checkExperiment, type Experiment } from '../../main/runner/lab-api';

/** The experiment that a script of ours defines. */
export function loadOwn(script: string): Experiment {
  const found: Experiment[] = [];
  const define = new Function(`return ${compileScript(script)}`)();
  define((t: unknown, o: unknown, b: unknown) => {
    found.push(checkExperiment(t, o, b, define.shares === true, define.keepsNothing === true));
  }, at);
  if (found[0] === undefined) throw new Error('no experiment');
  return found[0];
}
