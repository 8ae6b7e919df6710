// The programs of `shared/explore.md` section 2, on the engine's own primitives, with the number of
// traces each has. `L` and `U` are spinlocks: releasing a contended mutex takes a step more, which is
// seen or not seen, and so has traces of its own.
import {
  type Gen,
  KObject,
  type Machine,
  objectClass,
  type Program,
  primitives,
  registerFunction,
  type Task,
  task_join,
} from '../../main/engine/api';

const { atomic_cmpxchg, atomic_rmw, read_once, spin_lock, spin_unlock, spinlock, write_once } =
  primitives;

const info = registerFunction({
  name: 'program',
  file: 'test/programs/table.ts',
  upstream: '',
  deviates: '',
  script: true,
});

const cellClass = objectClass('cell', 64);

/** A variable, and a lock. */
export class Cell extends KObject {
  v = 0;
  readonly lock: ReturnType<typeof spinlock>;
  constructor(label: string) {
    super(cellClass, label);
    this.lock = spinlock(this, 'lock', `cell.${label}`);
  }
}

export type Body = (join: Task[]) => Gen<unknown>;

/** A program from the bodies of its tasks; `build` makes what they share. */
export function tasks(build: () => Body[]): Program {
  return (m: Machine) => {
    const started: Task[] = [];
    build().forEach((body, i) => {
      started.push(m.spawn(`t${i}`, 'process', false, info, () => body(started)));
    });
  };
}

export const R = (c: Cell) => read_once(c, 'v');
export const W = (c: Cell, v: number) => write_once(c, 'v', v);
export const M = (c: Cell) => atomic_rmw(c, 'v', (n) => n + 1);
export const L = (c: Cell) => spin_lock(c.lock);
export const U = (c: Cell) => spin_unlock(c.lock);

const times = <T>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));
const cells = (n: number, name: string): Cell[] => times(n, (i) => new Cell(`${name}${i}`));

export const readers = (n: number): Program =>
  tasks(() => {
    const x = new Cell('x');
    return [
      function* () {
        yield* W(x, 1);
      },
      ...times(
        n,
        () =>
          function* (): Gen<void> {
            yield* R(x);
          },
      ),
    ];
  });

export const lastWrite = (n: number): Program =>
  tasks(() => {
    const x = new Cell('x');
    return [
      ...times(
        n,
        (i) =>
          function* (): Gen<void> {
            yield* W(x, i);
          },
      ),
      function* (all: Task[]): Gen<void> {
        for (const t of all.slice(0, n)) yield* task_join(t);
        yield* R(x);
      },
    ];
  });

export const floatingRead = (n: number): Program =>
  tasks(() => {
    const x = new Cell('x');
    return [
      ...times(
        n,
        (i) =>
          function* (): Gen<void> {
            yield* W(x, i);
          },
      ),
      function* (): Gen<void> {
        yield* R(x);
      },
    ];
  });

export const lastZero = (n: number): Program =>
  tasks(() => {
    const a = cells(n + 1, 'a');
    return [
      function* (): Gen<void> {
        for (let i = n; i >= 0; i--) if ((yield* R(a[i] as Cell)) === 0) return;
      },
      ...times(
        n,
        (k) =>
          function* (): Gen<void> {
            const v: number = yield* R(a[k] as Cell);
            yield* W(a[k + 1] as Cell, v + 1);
          },
      ),
    ];
  });

export const indexer = (n: number): Program =>
  tasks(() => {
    const table = cells(128, 'h');
    return times(
      n,
      (t) =>
        function* (): Gen<void> {
          for (let m = 1; m <= 4; m++) {
            const w = m * 11 + t;
            let slot = (w * 7) % 128;
            while ((yield* atomic_cmpxchg(table[slot] as Cell, 'v', 0, w)) !== 0) {
              slot = (slot + 1) % 128;
            }
          }
        },
    );
  });

export const filesystem = (n: number): Program =>
  tasks(() => {
    const inodes = cells(32, 'i');
    const blocks = cells(26, 'b');
    return times(
      n,
      (t) =>
        function* (): Gen<void> {
          const i = t % 32;
          const inode = inodes[i] as Cell;
          yield* L(inode);
          if ((yield* R(inode)) === 0) {
            let b = (i * 2) % 26;
            for (;;) {
              const block = blocks[b] as Cell;
              yield* L(block);
              if ((yield* R(block)) === 0) {
                yield* W(block, 1);
                yield* W(inode, b + 1);
                yield* U(block);
                break;
              }
              yield* U(block);
              b = (b + 1) % 26;
            }
          }
          yield* U(inode);
        },
    );
  });

export const incrementers = (n: number): Program =>
  tasks(() => {
    const x = new Cell('x');
    return times(
      n,
      () =>
        function* (): Gen<void> {
          yield* M(x);
        },
    );
  });

export const twoCounters = (n: number): Program =>
  tasks(() => {
    const [x, y] = cells(2, 'x') as [Cell, Cell];
    return times(
      n,
      () =>
        function* (): Gen<void> {
          yield* M(x);
          yield* M(y);
        },
    );
  });

export const twoWriters = (n: number): Program =>
  tasks(() => {
    const x = new Cell('x');
    return times(
      2,
      (t) =>
        function* (): Gen<void> {
          for (let i = 0; i < n; i++) yield* W(x, t * n + i);
        },
    );
  });

/** One mutex for all, or one for each task. */
export const sections = (n: number, k: number, shared: boolean): Program =>
  tasks(() => {
    const locks = cells(n, 'm');
    return times(
      n,
      (t) =>
        function* (): Gen<void> {
          const lock = locks[shared ? 0 : t] as Cell;
          for (let i = 0; i < k; i++) {
            yield* L(lock);
            yield* U(lock);
          }
        },
    );
  });

function* nested(first: Cell, second: Cell): Gen<void> {
  yield* L(first);
  yield* L(second);
  yield* U(second);
  yield* U(first);
}

export const abba = (): Program =>
  tasks(() => {
    const [a, b] = cells(2, 'm') as [Cell, Cell];
    return [() => nested(a, b), () => nested(b, a)];
  });

export const philosophers = (n: number, ordered: boolean): Program =>
  tasks(() => {
    const forks = cells(n, 'f');
    return times(n, (i) => () => {
      const left = forks[i] as Cell;
      const right = forks[(i + 1) % n] as Cell;
      return ordered && i === n - 1 ? nested(right, left) : nested(left, right);
    });
  });

export const mpat = (k: number): Program =>
  tasks(() => {
    const a = cells(k, 'a');
    const m = new Cell('m');
    return [
      ...a.map(
        (x) =>
          function* (): Gen<void> {
            yield* L(x);
            yield* U(x);
          },
      ),
      ...a.map(
        (x) =>
          function* (): Gen<void> {
            yield* L(m);
            yield* L(x);
            yield* U(x);
            yield* U(m);
          },
      ),
    ];
  });

export const ssb = (k: number): Program =>
  tasks(() => {
    const a = cells(k, 'a');
    const i = new Cell('i');
    const m = new Cell('m');
    return [
      ...a.map(
        (x) =>
          function* (): Gen<void> {
            yield* L(x);
            yield* U(x);
          },
      ),
      function* (): Gen<void> {
        for (let x = 1; x < k; x++) {
          yield* L(m);
          yield* W(i, x);
          yield* U(m);
        }
      },
      function* (): Gen<void> {
        yield* L(m);
        const at = yield* R(i);
        yield* U(m);
        yield* L(a[at] as Cell);
        yield* U(a[at] as Cell);
      },
    ];
  });

export const triangle = (): Program =>
  tasks(() => {
    const [x, y, z] = cells(3, 'v') as [Cell, Cell, Cell];
    return [
      function* (): Gen<void> {
        yield* W(x, 1);
      },
      function* (): Gen<void> {
        yield* R(y);
        yield* R(x);
      },
      function* (): Gen<void> {
        yield* R(z);
        yield* R(x);
      },
    ];
  });

/**
 * The legacy seed scenario as a program over variables: freeing is an ordinary write, which the table
 * counts by (`seed.ts` has the one that really frees).
 */
export const legacySeed = (r: number, p: number, d: number): Program =>
  tasks(() => {
    const [a, b, ptr, obj] = ['A', 'B', 'ptr', 'obj'].map((n) => new Cell(n)) as [
      Cell,
      Cell,
      Cell,
      Cell,
    ];
    ptr.v = 1;
    const user = function* (): Gen<void> {
      yield* L(a);
      const seen = yield* R(ptr);
      yield* U(a);
      if (seen === 0) return;
      yield* L(b);
      yield* W(obj, 1);
      yield* U(b);
    };
    const disabler = function* (): Gen<void> {
      yield* L(a);
      const seen = yield* R(ptr);
      yield* W(ptr, 0);
      yield* U(a);
      if (seen !== 0) yield* W(obj, 2);
    };
    return [...times(r + p, () => user), ...times(d, () => disabler)];
  });
