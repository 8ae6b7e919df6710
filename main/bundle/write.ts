// Writing a bundle: the same run gives the same bytes. Entries sorted, times fixed, nothing of the
// machine it was made on.
import type { KeptRun, OpinionShape } from '../../preload/contract/shapes';
import { CHOICE_WITHHELD } from '../engine/api';
import { mailReport } from '../export/report';
import { splat } from '../export/splat';
import { timelineOf, vocabulary } from '../timeline/tracks';
import { writeChoices } from './choices';
import { groupDigest, sha256 } from './digests';
import { FORMAT, FORMAT_VERSION, type Manifest, MIMETYPE, roleOf } from './manifest';
import { writeFlows, writeTables } from './tables';
import { writeZip } from './zip-write';

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

function evidence(run: KeptRun): [string, Uint8Array][] {
  const { functions, deltaStart } = run.columns;
  return [
    [
      'evidence/vocabulary.json',
      json({ kinds: vocabulary(), functions, deltaFirst: deltaStart[0] ?? 0 }),
    ],
    ...writeTables(run.columns),
    ['evidence/flows.arrow', writeFlows(timelineOf(run.columns, run.findings).flows)],
    ['evidence/chain.bin', chainBytes(run.columns.chain)],
  ];
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
  readonly onMade?: (done: number, total: number) => void;
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
  const thoughts = options.opinion === undefined ? [] : opinions(options.opinion, options);
  const tables = options.lean ? [] : evidence(run);
  const kept = [...claim(run), ...tables, ...outcome(run), ...thoughts];
  kept.sort(([a], [b]) => (a < b ? -1 : 1));
  let done = 0;
  const tick = (): void => options.onMade?.(++done, 2 * kept.length + 2);
  const digested = (bytes: Uint8Array): string => {
    tick();
    return sha256(bytes);
  };
  const entries: Manifest['entries'] = kept.map(([path, bytes]) => ({
    path,
    bytes: bytes.length,
    sha256: digested(bytes),
    role: roleOf(path),
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
  return writeZip(
    [
      { name: 'mimetype', bytes: encode(MIMETYPE), stored: true },
      { name: 'bundle.json', bytes: json(manifest) },
      ...kept.map(([name, bytes]) => ({ name, bytes })),
    ],
    tick,
  );
}
