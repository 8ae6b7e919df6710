// A claim as a token in a mail (`ux.md` C3): the script by its digest when it comes with the lab, else the
// script itself, the cell, the choices, the engine, and the chain hash that a replay must reach. Base32
// between cut lines, with a checksum: what mail programs do to text leaves it alone or is noticed.
import { deflateSync, inflateSync } from 'fflate/browser';
import * as v from 'valibot';
import { SCRIPT_BYTES } from '../../preload/contract/limits';
import type { KeptRun } from '../../preload/contract/shapes';
import { readChoices, writeChoices } from './choices';
import { sha256 } from './digests';
import { BundleError } from './error';
import { FORMAT, FORMAT_VERSION } from './manifest';
import { emptyColumns, type OpenedBundle, strategySchema } from './read';

const MAGIC = 'FLTK';
const VERSION = 1;
const CHECKSUM = 8;
const HEAD = MAGIC.length + 5;
const LINE = 72;
const BEGIN = '----------8<---------- faultline token ----------8<----------';
const END = '---------->8---------- end of token ---------->8----------';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** Text around a token is looked through up to here. */
const LONGEST = 4 * 1024 * 1024;
/** A script, its choices, and what else there is. */
const MOST_BYTES = 2 * SCRIPT_BYTES;

const schema = v.strictObject({
  title: v.pipe(v.string(), v.maxLength(4096)),
  engine: v.pipe(v.string(), v.maxLength(256)),
  variant: v.pipe(v.string(), v.maxLength(256)),
  driver: v.pipe(v.string(), v.maxLength(256)),
  strategy: strategySchema,
  digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  script: v.exactOptional(v.pipe(v.string(), v.maxLength(SCRIPT_BYTES))),
  chain: v.pipe(v.string(), v.regex(/^[0-9a-f]*$/), v.maxLength(64)),
  verdict: v.picklist(['holds', 'fails', 'unknown', 'never reached']),
  line: v.pipe(v.string(), v.maxLength(4096)),
});

/** The script with this digest, if it comes with the lab. */
export type Known = (digest: string) => string | null;

function toBase32(bytes: Uint8Array): string {
  let out = '';
  let bits = 0;
  let held = 0;
  for (const b of bytes) {
    held = (held << 8) | b;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      out += ALPHABET[(held >>> bits) & 31];
    }
    held &= 31;
  }
  return bits > 0 ? out + ALPHABET[(held << (5 - bits)) & 31] : out;
}

function fromBase32(text: string): Uint8Array {
  const out = new Uint8Array((text.length * 5) >>> 3);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const c of text) {
    held = (held << 5) | ALPHABET.indexOf(c);
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out[at++] = held >>> bits;
    held &= (1 << bits) - 1;
  }
  return out;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const checksum = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(
    sha256(bytes)
      .slice(0, CHECKSUM * 2)
      .match(/../g) ?? [],
    (h) => Number.parseInt(h, 16),
  );

function number4(n: number): Uint8Array {
  return Uint8Array.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
}

/** The token of a run, with its cut lines; lines are at most 72 ASCII characters. */
export function writeToken(run: KeptRun, known: Known): string {
  const digest = sha256(run.script);
  const claim = {
    title: run.title,
    engine: run.engine,
    variant: run.cell.variant,
    driver: run.cell.driver,
    strategy: run.strategy,
    digest,
    ...(known(digest) === null ? { script: run.script } : {}),
    chain: run.columns.chain.at(-1) ?? '',
    verdict: run.verdict.verdict,
    line: run.verdict.sentence,
  };
  const json = encode(JSON.stringify(claim));
  const raw = joined(number4(json.length), json, writeChoices(run.choices));
  const packed = deflateSync(raw, { level: 9 });
  const body = joined(encode(MAGIC), Uint8Array.of(VERSION), number4(raw.length), packed);
  const text = toBase32(joined(body, checksum(body)));
  const lines = text.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `${[BEGIN, ...lines, END].join('\n')}\n`;
}

/** What lies between the cut lines, without what mail programs add; null where there is no token. */
function between(text: string): string | null {
  const from = /8<[-\s>]*faultline\s+token[-\s>]*8<-*/.exec(text);
  if (from === null) return null;
  const rest = text.slice(from.index + from[0].length);
  const to = />8[-\s>]*end\s+of\s+token/.exec(rest);
  if (to === null) throw new BundleError('the token is cut short: its last line is missing');
  return rest.slice(0, to.index).replace(/[^A-Z2-7]/g, '');
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes.subarray(0, LONGEST));
}

/** Is there a token in this text? */
export function hasToken(bytes: Uint8Array): boolean {
  return /8<[-\s>]*faultline\s+token/.test(decoded(bytes));
}

function unpack(text: string): Uint8Array {
  const bytes = fromBase32(text);
  const body = bytes.subarray(0, bytes.length - CHECKSUM);
  if (bytes.length < HEAD + CHECKSUM || decoded(body.subarray(0, 4)) !== MAGIC) {
    throw new BundleError('the token is damaged: it does not begin as a token does');
  }
  const sum = checksum(body);
  if (sum.some((b, i) => b !== bytes[body.length + i])) {
    throw new BundleError('the token is damaged: its checksum does not match; copy it again');
  }
  if (body[4] !== VERSION) {
    throw new BundleError(`this token needs a newer Faultline (token version ${body[4]})`);
  }
  const size = new DataView(body.buffer, body.byteOffset + 5, 4).getUint32(0);
  if (size > MOST_BYTES) throw new BundleError('the token holds more than a claim can');
  try {
    const raw = inflateSync(body.subarray(HEAD), { out: new Uint8Array(size) });
    if (raw.length === size) return raw;
  } catch {
    // Told below, like a wrong size.
  }
  throw new BundleError('the token is damaged: it does not unpack to its size');
}

/**
 * Open a token, wherever it is in the text. Executes nothing.
 * @throws BundleError with one sentence that names what is wrong
 */
export function readToken(bytes: Uint8Array, known: Known): OpenedBundle {
  const text = between(decoded(bytes));
  if (text === null) throw new BundleError('there is no Faultline token in this text');
  const raw = unpack(text);
  const length =
    raw.length < 4 ? raw.length : new DataView(raw.buffer, raw.byteOffset).getUint32(0);
  if (length > raw.length - 4)
    throw new BundleError('the token is damaged: its claim is cut short');
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + length)));
  } catch {
    throw new BundleError('the token is damaged: its claim is not JSON');
  }
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const where = issue.path?.map((p) => String(p.key)).join('.') ?? '';
    throw new BundleError(`the token is not a claim: ${where} ${issue.message}`);
  }
  const c = parsed.output;
  const script = c.script ?? known(c.digest);
  if (script === null) {
    throw new BundleError(
      `the token names a script that does not come with this Faultline (${c.digest.slice(0, 12)}): ask for a bundle`,
    );
  }
  if (sha256(script) !== c.digest) {
    throw new BundleError('the token is damaged: its script has another digest');
  }
  const cell = { variant: c.variant, driver: c.driver };
  const id = sha256(raw).slice(0, 12);
  return {
    hasEvidence: false,
    report: '',
    opinion: null,
    ignored: [],
    manifest: {
      format: FORMAT,
      formatVersion: FORMAT_VERSION,
      minReaderVersion: 1,
      title: c.title,
      createdBy: 'token',
      verdictLine: c.line,
      claimDigest: sha256(raw),
      evidenceDigest: '',
      opinionDigest: '',
      entries: [],
      eventCount: 0,
    },
    run: {
      id,
      title: c.title,
      script,
      cell,
      strategy: c.strategy,
      verdict: {
        cell,
        verdict: c.verdict,
        sentence: c.line,
        coverage: 'a token: the claim alone',
        executions: 1,
        found: [],
        neverReached: [],
        fired: [],
        expected: '',
      },
      findings: [],
      columns: emptyColumns(c.chain),
      log: [],
      choices: readChoices(raw.subarray(4 + length)),
      engine: c.engine,
      origin: 'from a token',
    },
  };
}
