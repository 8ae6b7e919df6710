// Writing a bundle: the same run gives the same bytes. Entries sorted, times fixed, nothing of the
// machine it was made on.
import type { KeptRun, OnMade, OpinionShape } from '../../preload/contract/shapes';
import { CHOICE_WITHHELD } from '../engine/api';
import { mailReport } from '../export/report';
import { splat } from '../export/splat';
import { flowsOf } from '../timeline/links';
import { vocabulary } from '../timeline/tracks';
import { writeChoices } from './choices';
import { groupDigest, sha256 } from './digests';
import { FORMAT, FORMAT_VERSION, type Manifest, MIMETYPE, roleOf } from './manifest';
import { writeFlows, writeTables } from './tables';
import { pack, packAside, writeZip, type ZipEntry } from './zip-write';

const encode = (s: string): Uint8Array => new TextEncoder().encode(s);
const json = (value: unknown): Uint8Array => encode(`${JSON.stringify(value, null, 2)}\n`);

function claim(run: KeptRun): [string, Uint8Array][] {
  return [
    ['claim/experiment.ts', encode(run.script.replace(/\r\n?/g, '\n'))],
    [
      'claim/config.json',
      json({
        variant: run.cell.variant,
        driver: run.cell.driver,
        strategy: run.strategy,
        events: run.columns.events,
        chain: run.columns.chain.at(-1) ?? '',
      }),
    ],
    ['claim/choices.bin', writeChoices(run.choices)],
    ['claim/engine.json', json({ engine: run.engine, labApi: 1 })],
  ];
}

function chainBytes(chain: readonly string[]): Uint8Array {
  return encode(`${chain.join('\n')}\n`);
}

function* evidence(run: KeptRun): Generator<[string, Uint8Array]> {
  const { functions, deltaStart } = run.columns;
  const deltaFirst = deltaStart[0] ?? 0;
  yield* writeTables(run.columns);
  yield ['evidence/flows.arrow', writeFlows(flowsOf(run.columns, run.findings))];
  yield ['evidence/vocabulary.json', json({ kinds: vocabulary(), functions, deltaFirst })];
  yield ['evidence/chain.bin', chainBytes(run.columns.chain)];
}

/** What was found, for whoever reads it without the evidence. */
function outcome(run: KeptRun): [string, Uint8Array][] {
  return [
    [
      'verdict/verdict.json',
      json({ verdict: run.verdict, findings: run.findings, log: run.log, origin: run.origin }),
    ],
    ...run.findings.map((f, i): [string, Uint8Array] => [
      `verdict/splat-${String(i + 1).padStart(2, '0')}.txt`,
      encode(splat(run, f)),
    ]),
    ['report.txt', encode(mailReport(run))],
  ];
}

function opinions(opinion: OpinionShape, options: WriteOptions): [string, Uint8Array][] {
  const { notes, ...view } = opinion;
  const out: [string, Uint8Array][] = [];
  if (options.notes !== false && notes.length > 0)
    out.push(['opinion/notes.json', json({ notes })]);
  if (options.view !== false) out.push(['opinion/view.json', json(view)]);
  return out;
}

/** How much goes in. */
export interface WriteOptions {
  /** Leave the evidence out: the reader rebuilds it by replaying. */
  readonly lean?: boolean;
  /** What the reader thinks of the run; nothing when left out. */
  readonly opinion?: OpinionShape;
  /** Leave the notes, or the state of the view, out of the opinion. */
  readonly notes?: boolean;
  readonly view?: boolean;
  /** Told how much of it is made: each entry counts twice, once for its digest, once for its packing. */
  readonly onMade?: OnMade;
}

/** Entries whose number is not known before they are made: what `onMade` counts with. */
const ENTRIES = 14;

/** Everything but the manifest, made one entry after the other, the large ones first. */
function* content(run: KeptRun, options: WriteOptions): Generator<[string, Uint8Array]> {
  if (!options.lean) yield* evidence(run);
  yield* claim(run);
  yield* outcome(run);
  if (options.opinion !== undefined) yield* opinions(options.opinion, options);
}

type Kept = Omit<ZipEntry, 'packed'> & { readonly sha256: string };

/** The file around its entries. */
function bundled(run: KeptRun, createdBy: string, kept: (Kept & ZipEntry)[]): Uint8Array {
  kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  const entries: Manifest['entries'] = kept.map(({ name, bytes, sha256: digest }) => ({
    path: name,
    bytes: bytes.length,
    sha256: digest,
    role: roleOf(name),
  }));
  const digest = (role: string): string => groupDigest(entries.filter((e) => e.role === role));
  const manifest: Manifest = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    // A fault that is held back is a choice that format 1 does not know.
    minReaderVersion: run.choices.some((c, i) => i % 3 === 0 && c === CHOICE_WITHHELD) ? 2 : 1,
    title: run.title,
    createdBy,
    verdictLine: run.verdict.sentence,
    claimDigest: digest('claim'),
    evidenceDigest: digest('evidence'),
    opinionDigest: digest('opinion'),
    entries,
    eventCount: run.columns.events,
  };
  const [mimetype, head] = [encode(MIMETYPE), json(manifest)];
  return writeZip([
    { name: 'mimetype', bytes: mimetype, packed: mimetype },
    { name: 'bundle.json', bytes: head, packed: pack(head) },
    ...kept,
  ]);
}

/**
 * A run as the bytes of a `.faultline` file.
 * @param createdBy tool and version, no user name
 */
export function writeBundle(
  run: KeptRun,
  createdBy: string,
  options: WriteOptions = {},
): Uint8Array {
  const kept = Array.from(content(run, options), ([name, bytes]) => ({
    name,
    bytes,
    sha256: sha256(bytes),
    packed: pack(bytes),
  }));
  return bundled(run, createdBy, kept);
}

/**
 * The same bytes as `writeBundle` gives, on two cores: while an entry is made and digested, those before it are
 * packed.
 */
export async function writeLargeBundle(
  run: KeptRun,
  createdBy: string,
  options: WriteOptions = {},
): Promise<Uint8Array> {
  let done = 0;
  const tick = (): void => options.onMade?.(Math.min(++done, 2 * ENTRIES), 2 * ENTRIES);
  const kept: (Kept & { packing: Promise<Uint8Array> })[] = [];
  for (const [name, bytes] of content(run, options)) {
    const packing = packAside(bytes);
    packing.then(tick, () => {});
    kept.push({ name, bytes, sha256: sha256(bytes), packing });
    tick();
  }
  const packed = await Promise.all(
    kept.map(async ({ packing, ...entry }) => ({ ...entry, packed: await packing })),
  );
  return bundled(run, createdBy, packed);
}
