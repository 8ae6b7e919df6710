// token: a claim in a mail survives what mail programs do to text, and anything else is noticed.
import { beforeAll, describe, expect, test } from 'vitest';
import { openClaim } from '../../main/bundle/open';
import { readToken, writeToken } from '../../main/bundle/token';
import { writeBundle } from '../../main/bundle/write';
import { mailReport } from '../../main/export/report';
import { scriptByDigest } from '../../main/ipc/texts';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

let run: KeptRun;
let token: string;
beforeAll(async () => {
  const [, script] = galleryScripts()[0] as [string, string];
  run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  token = writeToken(run, scriptByDigest);
});

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (text: string): KeptRun => readToken(bytes(text), scriptByDigest).run;

function same(other: KeptRun): void {
  expect(other.script).toBe(run.script);
  expect(other.cell).toEqual(run.cell);
  expect(other.strategy).toEqual(run.strategy);
  expect([...other.choices]).toEqual([...run.choices]);
  expect(other.columns.chain.at(-1)).toBe(run.columns.chain.at(-1));
}

describe('round trip', () => {
  test('a script of the gallery is named by its digest; the token is short', () => {
    same(open(token));
    expect(token.length).toBeLessThan(1500);
    for (const line of token.split('\n')) expect(line.length).toBeLessThanOrEqual(72);
  });

  test('another script travels along', () => {
    const mine = { ...run, script: `${run.script}\n// mine\n` };
    const long = writeToken(mine, scriptByDigest);
    expect(readToken(bytes(long), () => null).run.script).toBe(mine.script);
    expect(long.length).toBeLessThan(10_000);
  });

  test('the same run gives the same token', () => {
    expect(writeToken(run, scriptByDigest)).toBe(token);
  });
});

describe('what mail does', () => {
  test.each<[string, (t: string) => string]>([
    ['quoting', (t) => t.replace(/^/gm, '> ')],
    ['quoting of quoting', (t) => t.replace(/^/gm, '>> ')],
    ['format=flowed', (t) => t.replace(/^/gm, ' ').replace(/\n/g, ' \n')],
    ['tabs for spaces', (t) => t.replace(/^/gm, '\t').replace(/ /g, '\t')],
    ['CRLF', (t) => t.replace(/\n/g, '\r\n')],
    ['joined lines', (t) => t.replace(/\n/g, ' ')],
    ['shorter lines', (t) => t.replace(/([A-Z2-7]{40})/g, '$1\n')],
    ['text around it', (t) => `Hello,\nsee below.\n\n${t}\n-- \nBest\n`],
  ])('%s', (_name, damage) => {
    same(open(damage(token)));
  });

  test('the whole mail report opens as the run', () => {
    const mail = mailReport(run, token);
    for (const line of mail.split('\n')) expect(line.length).toBeLessThanOrEqual(75);
    expect(mail).toContain('It needs these orders');
    same(openClaim(bytes(mail), scriptByDigest).run);
  });
});

describe('one sentence', () => {
  const lines = (): string[] => token.trimEnd().split('\n');
  test.each<[string, () => string, RegExp]>([
    ['no token', () => 'nothing here', /no Faultline token/],
    ['no last line', () => lines().slice(0, -1).join('\n'), /cut short: its last line/],
    ['a line missing', () => lines().toSpliced(3, 1).join('\n'), /checksum does not match/],
    [
      'a letter changed',
      () => {
        const l = lines();
        l[4] = `${l[4]?.startsWith('A') ? 'B' : 'A'}${l[4]?.slice(1)}`;
        return l.join('\n');
      },
      /checksum does not match/,
    ],
    ['nothing between', () => [lines()[0], lines().at(-1)].join('\n'), /does not begin/],
    ['other letters', () => [lines()[0], 'ABCDEFGH'.repeat(9), lines().at(-1)].join('\n'), /begin/],
  ])('%s', (_name, text, sentence) => {
    expect(() => open(text())).toThrow(sentence);
  });

  test('a script that is not here', () => {
    expect(() => readToken(bytes(token), () => null)).toThrow(/does not come with this Faultline/);
  });

  test('a script that was changed', () => {
    expect(() => readToken(bytes(token), () => 'other')).toThrow(/its script has another digest/);
  });

  test('any flipped letter is noticed', () => {
    const at = token.indexOf('\n') + 1;
    for (let i = 0; i < 60; i++) {
      const where = at + i * 7;
      const c = token[where] as string;
      if (c === '\n') continue;
      const other = c === 'A' ? 'B' : 'A';
      expect(() => open(token.slice(0, where) + other + token.slice(where + 1))).toThrow();
    }
  });
});

test('a bundle opens as a bundle, also when its report holds a token', () => {
  const report = `${run.title}\n${token}`;
  const opened = openClaim(writeBundle({ ...run, title: report }, 'test'), scriptByDigest);
  expect(opened.hasEvidence).toBe(true);
  same(opened.run);
});
