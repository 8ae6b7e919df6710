// Steps as the statements that a kernel developer would write into a race diagram.
import type { RunColumns } from '../../preload/contract/shapes';
import { eventLabel, kindName, targetName } from '../timeline/labels';

/** Names without what a reader of a diagram knows anyway. */
export function shortName(name: string): string {
  return name.replace(/\biommu_(?=fault_|attach_|domain)/g, '').replace(/#1\b/g, '');
}

/** Kinds that read as a call with what they touch. */
const CALLS = /lock|refcount|^down_|^up_|^flush|complet|synchronize_rcu|^wait_event|wake/;

/** One event as a statement. */
export function raceStatement(run: RunColumns, i: number): string {
  const kind = kindName(run, i);
  const target = shortName(targetName(run, i));
  const value = shortName(run.strings[run.value[i] as number] ?? '');
  const result = shortName(run.strings[run.result[i] as number] ?? '');
  const gives = result === '' ? '' : ` = ${result}`;
  switch (kind) {
    case 'mark':
      return `/* ${value} */`;
    case 'free':
      return `kfree(${target})`;
    case 'rcu_free':
      return `kfree(${target}) after RCU`;
    case 'kfree_rcu':
      return `kfree_rcu(${target})`;
    case 'alloc':
      return `${result || 'NULL'} = kzalloc()`;
    case 'load':
    case 'read_once':
    case 'rcu_dereference':
      return `${target}${gives === '' ? '' : ` is ${result}`}`;
    case 'store':
    case 'write_once':
      return `${target} = ${value}`;
    case 'rcu_assign_pointer':
      return `rcu_assign_pointer(${target}, ${value})`;
    case 'list_add':
      return `list_add(${value}, ${target})`;
    case 'list_del':
    case 'list_empty':
    case 'list_first':
    case 'list_next':
      return `${kind}(${target})${gives}`;
    case 'xa_store':
    case 'xa_erase':
    case 'xa_load':
    case 'xa_alloc':
      return `${kind}(${target}, ${value.replace(/^\[(.*?)\] = /, '$1, ').replace(/^\[(.*)\]$/, '$1')})`;
    case 'queue_work':
      return `queue_work(${target}, ${value})`;
    case 'page_request':
      return `page request (${value})`;
    case 'page_response':
      return `page response (${value})`;
    case 'assert':
      return 'WARN_ON()';
    default:
      return CALLS.test(kind) ? `${kind}(${target})` : shortName(eventLabel(run, i));
  }
}
