// An outline of a KUnit test that takes the schedule of a run: a thread for each task, a completion for
// each hand-over. A starting point for whoever knows how to set the device up; it does not compile as it
// is, and says so.
import type { KeptRun, RunColumns } from '../../preload/contract/shapes';
import { eventLabel, placeOf } from '../timeline/labels';
import { ascii } from './splat';

/** Steps of one task without another one in between. */
interface Stretch {
  readonly task: number;
  readonly from: number;
  readonly to: number;
}

/** Ops listed of one stretch. */
const SHOWN = 12;

function stretchesOf(r: RunColumns): Stretch[] {
  const out: Stretch[] = [];
  for (let i = 0; i < r.events; i++) {
    const task = r.task[i] as number;
    const last = out.at(-1);
    if (last?.task === task) out[out.length - 1] = { ...last, to: i };
    else out.push({ task, from: i, to: i });
  }
  return out;
}

const identifier = (name: string): string => name.replace(/\W+/g, '_').toLowerCase();

function comment(text: string): string {
  return text.replace(/\*\//g, '* /');
}

function body(r: RunColumns, s: Stretch, turn: number, last: number): string[] {
  const lines = [`\twait_for_completion(&ctx->turn[${turn}]);`];
  let fn = '';
  const to = Math.min(s.to, s.from + SHOWN - 1);
  for (let i = s.from; i <= to; i++) {
    const place = placeOf(r, i).fn;
    if (place !== fn) lines.push(`\t/* in ${comment(place)}(): */`);
    fn = place;
    lines.push(`\t/*   #${i + 1} ${comment(eventLabel(r, i))} */`);
  }
  if (to < s.to) lines.push(`\t/*   and ${s.to - to} more, up to #${s.to + 1} */`);
  if (turn < last) lines.push(`\tcomplete(&ctx->turn[${turn + 1}]);`);
  return lines;
}

/** The outline as C text. */
export function kunitOutline(run: KeptRun): string {
  const { columns: r } = run;
  const stretches = stretchesOf(r);
  const last = stretches.length - 1;
  const name = identifier(run.title);
  const tasks = [...new Set(stretches.map((s) => s.task))].sort((a, b) => a - b);
  const threads = tasks.flatMap((id) => {
    const label = r.tasks[id]?.name ?? '?';
    return [
      '',
      `/* ${comment(label)} */`,
      `static int ${name}_${identifier(label)}_${id}(void *data)`,
      '{',
      `\tstruct ${name}_ctx *ctx = data;`,
      '',
      ...stretches.flatMap((s, turn) => (s.task === id ? body(r, s, turn, last) : [])),
      '\treturn 0;',
      '}',
    ];
  });
  const starts = tasks.map((id) => {
    const label = identifier(r.tasks[id]?.name ?? '?');
    return `\tkthread_run(${name}_${label}_${id}, ctx, "${label}");`;
  });
  const worst = run.findings[0];
  const lines = [
    '// SPDX-License-Identifier: GPL-2.0',
    '/*',
    ` * A STARTING POINT, made by Faultline; it has been neither compiled nor run.`,
    ` * Experiment: ${comment(run.title)}, ${run.cell.variant}, ${run.cell.driver}`,
    ` * Finding:    ${comment(worst?.title ?? 'none')}`,
    ` *`,
    ` * Every hand-over of the schedule is a completion. To do: set up device and`,
    ` * fault data, call the functions that the comments name, and put the waits`,
    ` * where they say (most lie inside a function: use a hook or a debug patch).`,
    ' */',
    '#include <kunit/test.h>',
    '#include <linux/completion.h>',
    '#include <linux/kthread.h>',
    '',
    `struct ${name}_ctx {`,
    `\tstruct completion turn[${stretches.length}];`,
    '};',
    ...threads,
    '',
    `static void ${name}_test(struct kunit *test)`,
    '{',
    `\tstruct ${name}_ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);`,
    '\tint i;',
    '',
    '\tKUNIT_ASSERT_NOT_NULL(test, ctx);',
    '\tfor (i = 0; i < ARRAY_SIZE(ctx->turn); i++)',
    '\t\tinit_completion(&ctx->turn[i]);',
    ...starts,
    '\tcomplete(&ctx->turn[0]);',
    `\t/* expected here: ${comment(worst?.message ?? run.verdict.sentence)} */`,
    '}',
    '',
    `static struct kunit_case ${name}_cases[] = {`,
    `\tKUNIT_CASE(${name}_test),`,
    '\t{}',
    '};',
    '',
    `static struct kunit_suite ${name}_suite = {`,
    `\t.name = "${name}",`,
    `\t.test_cases = ${name}_cases,`,
    '};',
    `kunit_test_suite(${name}_suite);`,
  ];
  const text = `${lines.join('\n')}\n`;
  // Tabs are what kernel sources are indented with.
  return text.split('\t').map(ascii).join('\t');
}
