// `faultline list`, `faults` and `deviations`: what there is.
import type { Command } from 'commander';
import { FAULT_POINTS, functions, VARIANTS } from '../engine/api';
import { wrap } from '../export/splat';
import { gallery } from '../ipc/texts';
import { DRIVERS } from '../runner/lab-api';
import { dim } from './output';

function print(json: boolean | undefined, data: unknown, lines: () => string[]): void {
  console.log(json ? JSON.stringify(data, null, 2) : lines().join('\n'));
}

/** Add the listing commands. */
export function registerLists(program: Command): void {
  program
    .command('list')
    .description('experiments, kernel variants and IOMMU drivers')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) => {
      const experiments = gallery().map(({ id, title, story }) => ({ id, title, story }));
      const variants = VARIANTS.map(({ tag, title }) => ({ tag, title }));
      print(flags.json, { experiments, variants, drivers: DRIVERS }, () => [
        'experiments',
        ...experiments.flatMap((e) => [
          `  experiments/${e.id}.ts  ${e.title}`,
          ...wrap(e.story, '      ').map(dim),
        ]),
        '\nkernel variants',
        ...variants.map((v) => `  ${v.tag.padEnd(12)} ${v.title}`),
        '\nIOMMU drivers',
        `  ${DRIVERS.join(', ')}`,
      ]);
    });
  program
    .command('faults')
    .description('what can be injected')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) =>
      print(flags.json, FAULT_POINTS, () =>
        FAULT_POINTS.map((p) => `${p.family.padEnd(10)} ${p.name.padEnd(30)} ${p.text}`),
      ),
    );
  program
    .command('deviations')
    .description('where the models are known to differ from the kernel')
    .option('--json', 'machine-readable output')
    .action((flags: { json?: boolean }) => {
      const rows = functions()
        .filter((f) => f.deviates !== '')
        .map(({ name, file, upstream, deviates }) => ({ name, file, upstream, deviates }));
      print(flags.json, rows, () =>
        rows.map((r) => `${r.name}  ${dim(r.upstream || r.file)}\n    ${r.deviates}`),
      );
    });
}
