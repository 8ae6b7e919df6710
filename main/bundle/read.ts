// Opening a bundle: digests are checked, nothing is executed.
import * as v from 'valibot';
import { SCRIPT_BYTES } from '../../preload/contract/limits';
import type {
  CellVerdict,
  FindingShape,
  KeptRun,
  OpinionShape,
  RunColumns,
} from '../../preload/contract/shapes';
import { readChoices } from './choices';
import { groupDigest, sha256 } from './digests';
import { BundleError, NewerBundle } from './error';
import { FORMAT_VERSION, type Manifest, MIMETYPE, parseManifest, roleOf } from './manifest';
import { NO_OPINION, notesSchema, viewSchema } from './opinion';
import { readTables } from './tables';
import { upgraded } from './upgrade';
import { readLargeZip, readZip } from './zip-limits';

/** An opened bundle. */
export interface OpenedBundle {
  readonly manifest: Manifest;
  readonly run: KeptRun;
  /** False for a lean bundle: the timeline appears after a replay. */
  readonly hasEvidence: boolean;
  readonly report: string;
  /** Null when nothing came along. */
  readonly opinion: OpinionShape | null;
  /** Entries that are not part of the format and were ignored. */
  readonly ignored: readonly string[];
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
/** How a run was searched for. */
export const strategySchema = v.variant('kind', [
  v.object({ kind: v.literal('auto'), seed: count, bound: count }),
  v.object({ kind: v.picklist(['random', 'urw', 'pos']), seed: v.number() }),
  v.object({ kind: v.literal('pct'), seed: count, depth: count }),
  v.object({ kind: v.picklist(['bounded', 'delay']), bound: count }),
  v.object({ kind: v.literal('stateful') }),
  v.object({ kind: v.literal('dpor'), counts: v.boolean() }),
]);

const configSchema = v.object({
  variant: v.string(),
  driver: v.string(),
  strategy: strategySchema,
  events: count,
  chain: v.string(),
});
const engineSchema = v.object({ engine: v.string(), labApi: v.number() });
const findingSchema = v.object({
  checker: v.string(),
  severity: v.picklist(['fatal', 'warning']),
  title: v.string(),
  message: v.string(),
  step: count,
  task: v.string(),
  where: v.string(),
  object: v.string(),
  related: v.array(v.object({ label: v.string(), step: count })),
  details: v.array(v.string()),
  identity: v.string(),
});
const verdictSchema = v.object({
  verdict: v.object({
    cell: v.object({ variant: v.string(), driver: v.string() }),
    verdict: v.picklist(['holds', 'fails', 'unknown', 'never reached']),
    sentence: v.string(),
    coverage: v.string(),
    executions: count,
    neverReached: v.array(v.string()),
    fired: v.array(v.string()),
    found: v.array(
      v.object({
        finding: findingSchema,
        firstAt: count,
        count,
        preemptions: v.pipe(v.number(), v.integer(), v.minValue(-1)),
        shrunk: v.exactOptional(
          v.object({
            preemptions: v.pipe(v.number(), v.integer(), v.minValue(-1)),
            faults: count,
            steps: count,
            minimal: v.boolean(),
          }),
        ),
        orders: v.exactOptional(v.array(v.tuple([v.string(), v.string()]))),
        orderSteps: v.exactOptional(v.array(v.tuple([count, count]))),
        cause: v.exactOptional(v.string()),
      }),
    ),
    expected: v.string(),
    asExpected: v.optional(v.boolean()),
  }),
  findings: v.array(findingSchema),
  log: v.array(v.object({ step: count, level: v.string(), text: v.string() })),
  origin: v.string(),
});
const vocabularySchema = v.object({
  functions: v.array(
    v.object({
      id: count,
      name: v.string(),
      file: v.string(),
      upstream: v.string(),
      deviates: v.string(),
      script: v.boolean(),
    }),
  ),
  deltaFirst: count,
});

type Files = ReadonlyMap<string, Uint8Array>;

function need(files: Files, path: string): Uint8Array {
  const bytes = files.get(path);
  if (bytes === undefined) throw new BundleError(`the entry ${path} is missing`);
  return bytes;
}

function parse<S extends v.GenericSchema>(files: Files, path: string, schema: S): v.InferOutput<S> {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder().decode(need(files, path)));
  } catch (e) {
    if (e instanceof BundleError) throw e;
    throw new BundleError(`${path} is not valid JSON`);
  }
  const r = v.safeParse(schema, raw);
  if (r.success) return r.output;
  const where = r.issues[0].path?.map((p) => String(p.key)).join('.') ?? '';
  throw new BundleError(`${path} is not what it should be: ${where} ${r.issues[0].message}`);
}

/** Some tools wrap everything in one more folder. */
function unwrap(files: Map<string, Uint8Array>): Files {
  if (files.has('bundle.json')) return files;
  const tops = new Set([...files.keys()].map((p) => p.split('/')[0]));
  const top = [...tops][0];
  if (tops.size !== 1 || !files.has(`${top}/bundle.json`)) return files;
  return new Map([...files].map(([p, b]) => [p.slice((top ?? '').length + 1), b]));
}

type DigestOf = (bytes: Uint8Array) => string;

function checkDigests(files: Files, manifest: Manifest, digestOf: DigestOf): string[] {
  for (const e of manifest.entries) {
    const bytes = need(files, e.path);
    if (bytes.length !== e.bytes || digestOf(bytes) !== e.sha256) {
      throw new BundleError(`the entry ${e.path} was altered: its digest does not match`);
    }
    if (roleOf(e.path) !== e.role) throw new BundleError(`the entry ${e.path} has a wrong role`);
  }
  for (const role of ['claim', 'evidence', 'opinion'] as const) {
    const digest = groupDigest(manifest.entries.filter((e) => e.role === role));
    if (digest !== manifest[`${role}Digest`]) {
      throw new BundleError(`the ${role} digest in bundle.json does not match its entries`);
    }
  }
  const known = new Set(['mimetype', 'bundle.json', ...manifest.entries.map((e) => e.path)]);
  return [...files.keys()].filter((p) => !known.has(p));
}

function opinionOf(files: Files): OpinionShape | null {
  const [notes, view] = ['opinion/notes.json', 'opinion/view.json'];
  if (!files.has(notes) && !files.has(view)) return null;
  return {
    ...NO_OPINION,
    ...(files.has(view) ? parse(files, view, viewSchema) : {}),
    ...(files.has(notes) ? parse(files, notes, notesSchema) : {}),
  };
}

/** Columns of a run without evidence. */
export function emptyColumns(chain: string): RunColumns {
  const none = new Uint32Array(0);
  return {
    events: 0,
    time: new Float64Array(0),
    task: new Uint16Array(0),
    kind: new Uint8Array(0),
    thing: none,
    field: none,
    value: none,
    result: none,
    stack: none,
    scriptLine: none,
    open: none,
    deltaStart: new Uint32Array(1),
    deltaThing: none,
    deltaField: none,
    deltaOld: none,
    deltaNew: none,
    strings: [''],
    things: [],
    tasks: [],
    stacks: [],
    functions: [],
    chain: [chain],
  };
}

/** The manifest of a bundle alone. @throws BundleError */
export function readManifest(bytes: Uint8Array): Manifest {
  return parseManifest(need(unwrap(readZip(bytes, /(^|\/)bundle\.json$/)), 'bundle.json'));
}

/**
 * Open the bytes of a `.faultline` file. Executes nothing.
 * @throws BundleError with one sentence that names what is wrong
 */
export function readBundle(bytes: Uint8Array): OpenedBundle {
  return readEntries(readZip(bytes));
}

/**
 * The same for one that is large, on two cores: entries are unpacked beside one another, and hashed meanwhile.
 * @throws BundleError with one sentence that names what is wrong
 */
export async function readLargeBundle(bytes: Uint8Array): Promise<OpenedBundle> {
  const entries = await readLargeZip(bytes);
  const digests = new Map([...entries.values()].map((e) => [e.data, e.sha256]));
  const unpacked = new Map([...entries].map(([name, e]) => [name, e.data]));
  return opened(unpacked, (data) => digests.get(data) ?? sha256(data));
}

/**
 * The same for entries that were unpacked by somebody else.
 * @throws BundleError, or NewerBundle with its report
 */
export function readEntries(unpacked: Map<string, Uint8Array>): OpenedBundle {
  return opened(unpacked, sha256);
}

function opened(unpacked: Map<string, Uint8Array>, digestOf: DigestOf): OpenedBundle {
  const packed = unwrap(unpacked);
  if (!packed.has('bundle.json')) {
    throw new BundleError('this ZIP file is not a Faultline bundle: it has no bundle.json');
  }
  const mimetype = packed.get('mimetype');
  if (mimetype && new TextDecoder().decode(mimetype) !== MIMETYPE) {
    throw new BundleError('the mimetype entry names another kind of file');
  }
  const manifest = parseManifest(need(packed, 'bundle.json'));
  const report = new TextDecoder().decode(packed.get('report.txt') ?? new Uint8Array(0));
  if (manifest.minReaderVersion > FORMAT_VERSION) {
    const { minReaderVersion, title, verdictLine } = manifest;
    const needs = `this bundle needs a newer Faultline (format ${minReaderVersion})`;
    throw new NewerBundle(`${needs}: "${title}", ${verdictLine}`, report);
  }
  const ignored = checkDigests(packed, manifest, digestOf);
  const files = upgraded(packed, manifest.formatVersion);
  const script = need(files, 'claim/experiment.ts');
  if (script.length > SCRIPT_BYTES)
    throw new BundleError('claim/experiment.ts is larger than 1 MB');
  const config = parse(files, 'claim/config.json', configSchema);
  const { engine } = parse(files, 'claim/engine.json', engineSchema);
  const told = parse(files, 'verdict/verdict.json', verdictSchema);
  const hasEvidence = files.has('evidence/events.arrow');
  let columns = emptyColumns(config.chain);
  if (hasEvidence) {
    const words = parse(files, 'evidence/vocabulary.json', vocabularySchema);
    const chain = new TextDecoder().decode(need(files, 'evidence/chain.bin')).trim().split('\n');
    columns = readTables((p) => need(files, p), words.functions, words.deltaFirst, chain);
    if (columns.events !== manifest.eventCount || columns.events !== config.events) {
      throw new BundleError('evidence/events.arrow has another number of events than the manifest');
    }
    if (chain.at(-1) !== config.chain) {
      throw new BundleError('evidence/chain.bin does not end in the claimed chain hash');
    }
  }
  return {
    manifest,
    hasEvidence,
    report,
    opinion: opinionOf(files),
    ignored,
    run: {
      id: manifest.claimDigest.slice(0, 12),
      title: manifest.title,
      script: new TextDecoder().decode(script),
      cell: { variant: config.variant, driver: config.driver },
      strategy: config.strategy,
      verdict: told.verdict as CellVerdict,
      findings: told.findings as FindingShape[],
      columns,
      log: told.log,
      choices: readChoices(need(files, 'claim/choices.bin')),
      engine,
      origin: told.origin,
    },
  };
}
