// Loads scripts in this process, without the confinement that the product puts around them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileScript } from '../../main/runner/compile';
import { execute } from '../../main/runner/execute';
import type {
  CellReply,
  RunnerReply,
  RunnerRequest,
  SearchReply,
} from '../../main/runner/protocol';
import { verdictOf } from '../../main/runner/verdict';
import type { CellShape, KeptRun, StrategyShape } from '../../preload/contract/shapes';

export const ROOT = join(import.meta.dirname, '../..');

/** The gallery's scripts by file name. */
export function galleryScripts(): [string, string][] {
  const dir = join(ROOT, 'experiments');
  return readdirSync(dir)
    .filter((f) => /^\d.*\.ts$/.test(f))
    .sort()
    .map((f) => [f, readFileSync(join(dir, f), 'utf8')]);
}

/** The bug zoo's scripts by file name. */
export function zooScripts(): [string, string][] {
  const dir = join(ROOT, 'experiments/zoo');
  return readdirSync(dir)
    .filter((f) => f.endsWith('.ts'))
    .sort()
    .map((f) => [f, readFileSync(join(dir, f), 'utf8')]);
}

/** A script of the zoo by the beginning of its file name. */
export function zooScript(id: string): string {
  const found = zooScripts().find(([f]) => f.startsWith(id));
  if (found === undefined) throw new Error(`the zoo has no ${id}`);
  return found[1];
}

/** Every cell of a script, at most `runs` executions each. */
export async function survey(script: string, runs: number): Promise<CellReply[]> {
  const cells: CellReply[] = [];
  const request = { kind: 'survey' as const, code: compileScript(script), name: 'experiment.ts' };
  await execute({ ...request, runs }, evaluate, async (r) => {
    if (r.kind === 'cell') cells.push(r);
    return true;
  });
  return cells;
}

const evaluate = (code: string): unknown => new Function(`return ${code}`)();

/** Have one request of the confined process carried out; `told` hears what it says on the way. */
export async function ask(
  script: string,
  request: WithoutCode<RunnerRequest>,
  told: (reply: RunnerReply) => void = () => {},
): Promise<RunnerReply> {
  const code = compileScript(script);
  return execute({ ...request, code, name: 'experiment.ts' }, evaluate, async (r) => {
    told(r);
    return true;
  });
}

/** A request, each sort of it for itself, without the script. */
type WithoutCode<R> = R extends unknown ? Omit<R, 'code' | 'name'> : never;

/** Search one cell of a script. */
export async function search(
  script: string,
  cell: CellShape,
  options: { strategy?: StrategyShape; runs?: number } = {},
): Promise<SearchReply> {
  const reply: RunnerReply = await execute(
    {
      kind: 'search',
      code: compileScript(script),
      name: 'experiment.ts',
      cell,
      stopAtFirst: false,
      ...options,
    },
    evaluate,
    async () => true,
  );
  if (reply.kind !== 'search') throw new Error(reply.kind);
  return reply;
}

/** A kept run of one cell, as bundles and exports take it. */
export async function keptRun(script: string, cell: CellShape): Promise<KeptRun> {
  const reply = await search(script, cell);
  return {
    id: 'test',
    title: reply.description.title,
    script,
    cell,
    strategy: reply.strategy,
    verdict: verdictOf(cell, reply),
    findings: reply.run.findings,
    columns: reply.run.columns,
    log: reply.run.log,
    choices: reply.run.choices,
    engine: 'test-engine',
    origin: '',
  };
}
