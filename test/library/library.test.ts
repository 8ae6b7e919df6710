// library: a save that was cut off leaves what the run can be rebuilt from, and the file that was there before.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openClaim } from '../../main/bundle/open';
import { bundleOf } from '../../main/ipc/sharing';
import { scriptByDigest } from '../../main/ipc/texts';
import { Library } from '../../main/library/library';
import type { OpinionShape } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

const opinion: OpinionShape = { notes: [], pinned: [], hidden: [], grouping: 'task', axis: 'step' };

test('what a cut-off save left is a bundle that can be opened and verified', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-library-'));
  const [, script] = galleryScripts()[0] as [string, string];
  const run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  const parts = { evidence: false, notes: true, view: true };
  const lean = bundleOf(run, opinion, parts);
  const before = new Library(folder);
  before.saveBundle(lean.name, new Uint8Array([1, 2, 3]));
  before.spool(lean.name, lean.bytes);

  // The lab died here.
  const after = new Library(folder);
  const [name = ''] = after.recover();
  expect(name).toMatch(/-recovered\.faultline$/);
  expect(after.recent()).toContain(name);
  const opened = openClaim(after.readBundle(name), scriptByDigest);
  expect(opened.run.choices).toEqual(run.choices);
  expect([...after.readBundle(lean.name)]).toEqual([1, 2, 3]);
  expect(after.recover()).toEqual([]);

  // It dies once more: what was recovered before stays.
  after.spool(lean.name, lean.bytes);
  expect(after.recover(), 'a save that goes on').toEqual([]);
  expect(new Library(folder).recover()).toEqual([name.replace('recovered', 'recovered-2')]);
});

test('a save that came to its end leaves nothing to recover', () => {
  const library = new Library(mkdtempSync(join(tmpdir(), 'faultline-library-')));
  library.spool('a.faultline', new Uint8Array([1]));
  library.saveBundle('a.faultline', new Uint8Array([2]));
  library.unspool('a.faultline');
  expect(library.recover()).toEqual([]);
  expect([...library.readBundle('a.faultline')]).toEqual([2]);
});
