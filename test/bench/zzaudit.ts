import { allCheckers, allInvariants, Machine, RandomChooser } from '../../main/engine/api';
import { experimentProgram } from '../../main/runner/lab-api';
import { randomLab } from '../programs/random-lab';
import { Audit } from '../support/audit';
const [from, n, runs] = process.argv.slice(2).map(Number) as number[];
const all = new Map<string, [number, string]>();
for (let seed = from as number; seed < (from as number) + (n as number); seed++) {
  const { experiment, cell } = randomLab(seed, 5);
  const program = experimentProgram(experiment, cell);
  const m = new Machine({ timed: false, maxSteps: 20_000 }, [...allCheckers(), ...allInvariants()]);
  m.goesOn = true;
  const audit = new Audit(); const chooser = new RandomChooser();
  audit.start();
  try { for (let s = 0; s < (runs as number); s++) { chooser.reseed(s); for (const g of audit.run(m, program, chooser)) { const k = all.get(g); if (k) k[0]++; else all.set(g, [1, `${seed} ${cell.variant} ${cell.driver}`]); } } } finally { audit.stop(); }
}
for (const [g, [k, w]] of [...all].sort((a, b) => b[1][0] - a[1][0])) console.log(k, g, '   ', w);
