// What each call accepts: one tuple schema per method of the contract. The router refuses anything
// that is not in this table.
import * as v from 'valibot';
import type { LabCalls } from '../../preload/contract/calls';
import { BUNDLE_BYTES, MOST_SEEDS, SCRIPT_BYTES } from '../../preload/contract/limits';
import { opinionSchema } from '../bundle/opinion';
import { settingsSchema } from './settings';

const id = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, 'is not an id'));
const script = v.pipe(v.string(), v.maxLength(SCRIPT_BYTES, 'is larger than 1 MB'));
const word = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,140}$/, 'is not a name'));
/** A variant's tag, perhaps with patches: `v6.12~drain-on-teardown,rid-faults`. */
const tag = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._~,-]{1,200}$/, 'is not a variant'));
const cell = v.object({ variant: tag, driver: word });
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
const strategy = v.nullable(
  v.variant('kind', [
    v.object({ kind: v.literal('auto'), seed: count, bound: v.pipe(count, v.maxValue(16)) }),
    v.object({
      kind: v.picklist(['bounded', 'delay']),
      bound: v.pipe(count, v.maxValue(16)),
    }),
    v.object({ kind: v.picklist(['random', 'urw', 'pos']), seed: count }),
    v.object({
      kind: v.literal('pct'),
      seed: count,
      depth: v.pipe(count, v.minValue(1), v.maxValue(16)),
    }),
    v.object({ kind: v.literal('stateful') }),
    v.object({ kind: v.literal('dpor'), counts: v.boolean() }),
  ]),
);
const file = v.pipe(v.string(), v.regex(/^engine\/[a-z0-9./-]{1,120}\.ts$/, 'is not a model file'));

const flag = v.boolean();
const parts = v.object({ evidence: flag, notes: flag, view: flag });
const change = v.variant('kind', [
  v.object({ kind: v.literal('task'), step: count, task: count, keeps: flag }),
  v.object({ kind: v.literal('no-fault'), step: count }),
]);
const seeds = v.pipe(v.array(count), v.minLength(1, 'names no seed'), v.maxLength(MOST_SEEDS));
const order = v.object({
  script,
  cells: v.pipe(v.array(cell), v.minLength(1, 'names no cell'), v.maxLength(500)),
  strategy: v.unwrap(strategy),
  seeds,
  runs: v.pipe(count, v.minValue(1)),
  resume: flag,
});
const ask = v.object({
  by: v.picklist(['task', 'cpu']),
  columns: v.nullable(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(4))),
  steps: v.nullable(v.pipe(v.array(count), v.maxLength(1000))),
  range: v.nullable(v.object({ from: count, to: count })),
});
const diagram = v.pipe(v.string(), v.maxLength(100_000, 'is longer than 100,000 characters'));
const line = v.pipe(v.string(), v.maxLength(4096, 'is longer than 4,096 characters'));
const noId = v.union([v.literal(''), id]);

const key = v.pipe(v.string(), v.uuid());
const bundle = v.pipe(
  v.instance(Uint8Array),
  v.check((b) => b.length <= BUNDLE_BYTES, 'is larger than 2 GB'),
);

/** Schemas by method. */
export const SCHEMAS: Record<keyof LabCalls, v.GenericSchema<unknown[]>> = {
  hello: v.tuple([]),
  check: v.tuple([script]),
  run: v.tuple([id, script, cell, strategy, flag]),
  cancel: v.tuple([id]),
  explore: v.tuple([id, order]),
  resumable: v.tuple([script, v.unwrap(strategy), seeds]),
  runOn: v.tuple([id, id, tag]),
  fork: v.tuple([id, id, change]),
  view: v.tuple([id, v.nullable(count)]),
  look: v.tuple([id, count]),
  links: v.tuple([id, count, v.picklist([-1, 1])]),
  cone: v.tuple([id, count]),
  difference: v.tuple([id, count, count]),
  ledger: v.tuple([id, count]),
  iopf: v.tuple([id, count]),
  compare: v.tuple([id, id]),
  sharing: v.tuple([id, opinionSchema, parts]),
  save: v.tuple([id, id, opinionSchema, parts]),
  open: v.tuple([bundle]) as never,
  park: v.tuple([key, v.union([bundle, word])]) as never,
  openParked: v.tuple([key]),
  openRecent: v.tuple([word]),
  recent: v.tuple([]),
  verify: v.tuple([id, id]),
  export: v.tuple([id, id, word]),
  race: v.tuple([id, ask]),
  readRace: v.tuple([id, diagram]),
  source: v.tuple([file]),
  patch: v.tuple([script, file, word]),
  autosave: v.tuple([word, script]),
  discard: v.tuple([word]),
  saveSettings: v.tuple([settingsSchema]),
  debug: v.tuple([id, line, noId, count]),
  complete: v.tuple([line, noId, count]),
};
