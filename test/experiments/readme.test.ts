// README: its example is a script that runs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, search } from '../support/experiments';

test('the first experiment of the README runs and finds something', async () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const script = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  expect(script).toContain("import { experiment } from 'faultline'");
  const reply = await search(script, { variant: 'v6.12', driver: 'plain' }, { runs: 3000 });
  expect(reply.description.title).toBe('Two faults, one slow');
  expect(reply.found.length).toBeGreaterThan(0);
});
