// One search of the seed scenario, in a process of its own: `node out/main/once.js counted 2,2,1
// '{"kind":"stateful"}'`. Prints what it came to and how long the search took.
import { performance } from 'node:perf_hooks';
import { allCheckers, Campaign, coverageText, Machine, type Strategy } from '../../main/engine/api';
import { lockDown } from '../../main/runner/lock-down';
import { seed } from '../programs/seed';

const [form, size, strategy] = process.argv.slice(2) as ['legacy' | 'counted', string, string];
const [r, p, d] = size.split(',').map(Number) as [number, number, number];
const m = new Machine({ timed: false, maxSteps: 20_000 }, allCheckers());
const how = JSON.parse(strategy) as Strategy;
const c = new Campaign(m, seed(form, r, p, d), {
  strategy: how,
  budget: 5_000_000,
  stopAtFirst: form === 'legacy',
});
lockDown();
const begun = performance.now();
while (!c.slice(1000)) {}
const seconds = (performance.now() - begun) / 1000;
const worst = c.findings()[0];
const came = worst === undefined ? coverageText(how, c.coverage) : `run ${worst.firstAt}`;
console.log(JSON.stringify({ seconds, came }));
