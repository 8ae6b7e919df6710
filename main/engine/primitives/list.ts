// Intrusive doubly linked lists with the kernel's poison. Linking and unlinking touch the
// neighbours, so a list that runs through freed memory is a use-after-free at the neighbour. A
// list whose entries were freed without unlinking keeps pointing at them (3.1, list).
import { report } from '../core/finding';
import { type Footprints, footprint, READ, WRITE } from '../core/footprint';
import type { Machine } from '../core/machine';
import { Embedded, type KObject } from '../core/object';
import { performer } from '../core/performers';
import { announce, functionOf, type Step, type Task } from '../core/task';

/** The place of an entry in a list, embedded in the entry. */
export class ListNode<E extends KObject = KObject> extends Embedded {
  readonly thing = 'node';
  /** null: initialised, on no list. */
  next: ListNode<E> | ListHead<E> | null = null;
  prev: ListNode<E> | ListHead<E> | null = null;
  poisoned = false;
  /** Head of the list it was last added to. */
  home: ListHead<E> | null = null;
  constructor(
    readonly entry: E,
    member: string,
  ) {
    super(entry, member);
  }
}

/** Entries that are followed: a list that was corrupted may go round for ever. */
const SHOWN = 64;

/** The head of a list, embedded in its owner. */
export class ListHead<E extends KObject = KObject> extends Embedded {
  readonly thing = 'list';
  next: ListNode<E> | ListHead<E> = this;
  prev: ListNode<E> | ListHead<E> = this;

  /** Entries from head to tail; stops at the first link that does not lead on. For display. */
  entries(): E[] {
    const out: E[] = [];
    let n = this.next;
    while (n instanceof ListNode && out.length < SHOWN) {
      out.push(n.entry);
      if (n.poisoned || n.next === null) break;
      n = n.next;
    }
    return out;
  }

  /** Is it one of the entries? */
  holds(entry: object): boolean {
    let n = this.next;
    for (let i = 0; n instanceof ListNode && i < SHOWN; i++) {
      if (n.entry === entry) return true;
      if (n.poisoned || n.next === null) return false;
      n = n.next;
    }
    return false;
  }
}

interface AddRequest {
  readonly node: ListNode;
  readonly tail: boolean;
}

function touchNeighbour(m: Machine, t: Task, n: ListNode | ListHead): void {
  if (n.mem.state !== 0) m.memoryAccess(m, t, n);
}

function corruption(m: Machine, t: Task, what: string, node: ListNode): void {
  report(m, {
    checker: 'list-corruption',
    severity: 'fatal',
    title: `kernel BUG: ${what} corruption`,
    message: `${functionOf(t).name} ${what === 'list_del' ? 'unlinks' : 'links'} ${node.name}, \
which is ${what === 'list_del' ? 'on no list any more' : 'already linked'}`,
    identity: `list|${what}|${node.mem.cls.name}|${functionOf(t).name}`,
    at: t,
    thing: node,
  });
}

function shown(m: Machine, head: ListHead, change: () => void): void {
  if (m.recorder === null) {
    change();
    return;
  }
  const before = head.entries();
  change();
  m.recorder.delta(head, 'entries', before, head.entries());
}

const ADD = performer('list_add', (m, t) => {
  const head = t.object as ListHead;
  const { node, tail } = t.value as AddRequest;
  t.value = node;
  if (node.mem.state !== 0) m.memoryAccess(m, t, node);
  const next = tail ? head : head.next;
  const prev = tail ? head.prev : head;
  touchNeighbour(m, t, tail ? prev : next);
  if (m.stopped) return;
  shown(m, head, () => {
    node.next = next as ListNode;
    node.prev = prev as ListNode;
    node.poisoned = false;
    node.home = head;
    (prev as ListHead).next = node;
    (next as ListHead).prev = node;
  });
});

function headOf(node: ListNode): ListHead | null {
  let n: ListNode | ListHead | null = node.next;
  for (let i = 0; n instanceof ListNode && i < 4096; i++) n = n.next;
  return n instanceof ListHead ? n : null;
}

const DEL = performer('list_del', (m, t) => {
  const node = t.object as ListNode;
  if (node.poisoned) {
    corruption(m, t, 'list_del', node);
    return;
  }
  const { next, prev } = node;
  if (next !== null && prev !== null) {
    touchNeighbour(m, t, prev);
    if (!m.stopped) touchNeighbour(m, t, next);
    if (m.stopped) return;
    const change = (): void => {
      (prev as ListHead).next = next;
      (next as ListHead).prev = prev;
    };
    const head = m.recorder === null ? null : headOf(node);
    if (head === null) change();
    else shown(m, head, change);
  }
  node.next = null;
  node.prev = null;
  node.poisoned = t.value !== 'init';
});

const EMPTY = performer('list_empty', (_m, t) => {
  const o = t.object as ListHead | ListNode;
  return o instanceof ListHead ? o.next === o : o.next === null && !o.poisoned;
});

const FIRST = performer('list_first', (_m, t) => {
  const n = (t.object as ListHead).next;
  return n instanceof ListNode ? n : null;
});

const NEXT = performer('list_next', (_m, t) => {
  const n = (t.object as ListNode).next;
  return n instanceof ListNode ? n : null;
});

/** A list is one place, whichever of its nodes an op names; linking also touches the neighbours. */
function touchList(f: Footprints, head: ListHead | null, mode: number): void {
  if (head === null) return;
  f.touch(head.uid, '', mode);
  f.touch(head.mem.uid, 'life', READ);
  for (const e of head.entries()) f.touch(e.uid, 'life', READ);
}

footprint('list_add', (f, _m, _t, head, _field, value) => {
  f.touch((value as AddRequest).node.uid, '', WRITE);
  touchList(f, head as ListHead, WRITE);
});
footprint('list_del', (f, _m, _t, node) => {
  f.touch(node.uid, '', WRITE);
  touchList(f, (node as ListNode).home, WRITE);
});
footprint('list_first', (f, _m, _t, head) => touchList(f, head as ListHead, READ));
footprint('list_next', (f, _m, _t, node) => touchList(f, (node as ListNode).home, READ));

/** list_add: link `node` directly behind the head. */
export function list_add<E extends KObject>(
  node: ListNode<E>,
  head: ListHead<E> | null,
): Step<void> {
  return announce(ADD, 'list_add', head as ListHead, null, { node, tail: false });
}

/** list_add_tail: link `node` at the end. */
export function list_add_tail<E extends KObject>(
  node: ListNode<E>,
  head: ListHead<E> | null,
): Step<void> {
  return announce(ADD, 'list_add', head as ListHead, null, { node, tail: true });
}

/** list_del: unlink and poison. */
export function list_del(node: ListNode | null): Step<void> {
  return announce(DEL, 'list_del', node, null, undefined);
}

/** list_del_init: unlink and make the node an empty list of its own. */
export function list_del_init(node: ListNode | null): Step<void> {
  return announce(DEL, 'list_del', node, null, 'init');
}

/** list_empty of a head, or of a node (true only after initialisation or list_del_init). */
export function list_empty(list: ListHead | ListNode | null): Step<boolean> {
  return announce(EMPTY, 'list_empty', list, null, undefined);
}

/** First node of a list, or null: the start of a walk. */
export function list_first<E extends KObject>(head: ListHead<E> | null): Step<ListNode<E> | null> {
  return announce(FIRST, 'list_first', head as ListHead, null, undefined);
}

/** The node after `node`, or null at the end: reads the node's memory. */
export function list_next<E extends KObject>(node: ListNode<E> | null): Step<ListNode<E> | null> {
  return announce(NEXT, 'list_next', node as ListNode, null, undefined);
}
