// `faultline list`, `faults` and `deviations`: what there is.
import type { Command } from 'commander';
import { FAULT_POINTS, functions, PATCHES, VARIANTS } from '../engine/api';
import { wrap } from '../export/splat';
import { gallery, zoo } from '../ipc/texts';
import { DRIVERS } from '../runner/lab-api';
import { dim } from './output';

/** A subject line in quotes, or what the patch does. */
function patchText(p: { subject?: string; about?: string }): string {
  return p.subject === undefined ? (p.about ?? '') : `"${p.subject}"`;
}

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
      const bugs = zoo().map(({ id, title, story }) => ({ id, title, story }));
      const variants = VARIANTS.map(({ tag, title, basis, level }) => {
        const patches = Object.keys(PATCHES).filter((p) => level[p as keyof typeof level]);
        return { tag, title, basis, patches };
      });
      const patches = Object.entries(PATCHES).map(([name, p]) => ({ name, ...p }));
      print(flags.json, { experiments, bugs, variants, patches, drivers: DRIVERS }, () => [
        'experiments',
        ...experiments.flatMap((e) => [
          `  experiments/${e.id}.ts  ${e.title}`,
          ...wrap(e.story, '      ').map(dim),
        ]),
        '\nbug zoo (npx faultline zoo)',
        ...bugs.map((b) => `  experiments/zoo/${b.id}.ts  ${dim(b.title)}`),
        '\nkernel variants',
        ...variants.map((v) => `  ${v.tag.padEnd(14)} ${v.title} ${dim(`(${v.basis})`)}`),
        '\npatches: v6.12~name is v6.12 with the patch put in, or taken out where it is in',
        ...patches.map((p) => `  ${p.name.padEnd(29)} ${patchText(p)} ${dim(`(${p.since})`)}`),
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
        FAULT_POINTS.map(
          (p) =>
            `${p.family.padEnd(10)} ${p.name.padEnd(22)} ${p.text}\n${' '.repeat(34)}${dim(p.how)}`,
        ),
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
