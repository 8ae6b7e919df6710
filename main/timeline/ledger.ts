// The ledger: what was taken and given back, pair by pair. What was never given back, or given back
// without having been taken, comes first.
import type { LedgerPair, LedgerSide, RunColumns } from '../../preload/contract/shapes';
import { eventLabel, kindName, placeOf } from './labels';

type Sort = LedgerPair['sort'];

const OPENS: Readonly<Record<string, Sort>> = {
  refcount_set: 'reference',
  refcount_inc: 'reference',
  refcount_inc_not_zero: 'reference',
  mutex_lock: 'lock',
  mutex_trylock: 'lock',
  spin_lock: 'lock',
  spin_trylock: 'lock',
  down_read: 'lock',
  down_write: 'lock',
  alloc: 'memory',
  queue_work: 'work',
  page_request: 'request',
  page_map: 'mapping',
  list_add: 'list',
};

const CLOSES: Readonly<Record<string, Sort>> = {
  refcount_dec: 'reference',
  refcount_dec_and_test: 'reference',
  refcount_dec_if_one: 'reference',
  mutex_unlock: 'lock',
  spin_unlock: 'lock',
  up_read: 'lock',
  up_write: 'lock',
  free: 'memory',
  rcu_free: 'memory',
  work_start: 'work',
  page_response: 'request',
  page_unmap: 'mapping',
  list_del: 'list',
};

/** An op that says with this result that it has done nothing. */
const IN_VAIN = 'false';

function side(run: RunColumns, i: number): LedgerSide {
  const task = run.tasks[run.task[i] as number]?.name ?? '?';
  return { step: i + 1, task, fn: placeOf(run, i).fn, op: eventLabel(run, i) };
}

/** What the pair is about: the thing, but for lists and work what is put in, for requests the index. */
function subject(run: RunColumns, i: number, sort: Sort, kind: string): string {
  const thing = run.things[(run.thing[i] as number) - 1]?.name ?? '';
  const value = run.strings[run.value[i] as number] ?? '';
  const result = run.strings[run.result[i] as number] ?? '';
  if (kind === 'alloc') return result;
  if (kind === 'list_add' || kind === 'queue_work') return value;
  if (sort === 'request') return `${thing} ${value.split(' ').slice(0, 4).join(' ')}`;
  if (sort === 'mapping') return `${thing} ${value}`;
  return thing;
}

/** Nothing was taken: a failed allocation or trylock, a count that was 0, a request without an answer. */
function inVain(run: RunColumns, i: number, kind: string): boolean {
  const result = run.strings[run.result[i] as number] ?? '';
  if (kind === 'alloc') return result === '' || result === 'NULL';
  if (kind === 'page_request') {
    const wanted = (run.strings[run.value[i] as number] ?? '').includes('last');
    return !wanted || result === IN_VAIN;
  }
  return kind !== 'refcount_dec_and_test' && result === IN_VAIN;
}

/**
 * Pairs of a run up to a step, unmatched ones first, then by step.
 * @param object only things whose name begins with this; all when empty
 */
export function ledgerOf(run: RunColumns, step: number, object = ''): LedgerPair[] {
  const open = new Map<string, { i: number; task: number }[]>();
  const whole: LedgerPair[] = [];
  const single: LedgerPair[] = [];
  for (let i = 0; i < Math.min(step, run.events); i++) {
    const kind = kindName(run, i);
    const [opens, closes] = [OPENS[kind], CLOSES[kind]];
    const sort = opens ?? closes;
    if (sort === undefined || inVain(run, i, kind)) continue;
    const thing = subject(run, i, sort, kind);
    if (thing === '' || !thing.startsWith(object)) continue;
    const key = `${sort}|${thing}`;
    const list = open.get(key) ?? [];
    open.set(key, list);
    if (opens !== undefined) {
      list.push({ i, task: run.task[i] as number });
      continue;
    }
    // What a task gives back is what it took last, else what was taken first.
    let at = list.length - 1;
    while (at >= 0 && list[at]?.task !== run.task[i]) at--;
    const taken = list.splice(Math.max(0, at), 1)[0];
    const pair = { sort, thing, open: taken ? side(run, taken.i) : null, close: side(run, i) };
    if (taken) whole.push(pair);
    else if (sort !== 'reference' && sort !== 'mapping') single.push(pair);
  }
  for (const [key, list] of open) {
    const [sort, thing] = key.split('|') as [Sort, string];
    for (const { i } of list) single.push({ sort, thing, open: side(run, i), close: null });
  }
  const at = (p: LedgerPair): number => (p.open ?? p.close)?.step ?? 0;
  single.sort((a, b) => at(a) - at(b));
  whole.sort((a, b) => at(a) - at(b));
  return [...single, ...whole];
}
