// Hardware registers as data: reset value, writable bits, write-1-to-clear bits (`kernel-iopf.md`
// section 2).
import { type Footprints, footprint, WRITE as WRITES } from '../core/footprint';
import { Hardware } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step } from '../core/task';

/** What a register does with a write. */
export interface RegisterSpec {
  readonly reset: number;
  readonly writeMask: number;
  readonly w1cMask: number;
}

/** A block of registers of one piece of hardware; each register is a field. */
export class Registers<N extends string> extends Hardware {
  readonly thing = 'registers';
  readonly values: Record<N, number>;
  constructor(
    readonly name: string,
    private readonly specs: Readonly<Record<N, RegisterSpec>>,
    /** Called after a write, with the value before; side effects of the hardware go here. */
    public written: (register: N, before: number) => void = () => {},
    /** What else a write touches: registers and things that `written` and the checkers look at. */
    public touched: (f: Footprints, register: N, value: number) => void = () => {},
  ) {
    super();
    const values = {} as Record<N, number>;
    for (const r of Object.keys(specs) as N[]) values[r] = specs[r].reset;
    this.values = values;
  }

  /** Apply a software write. */
  write(r: N, value: number): void {
    const spec = this.specs[r];
    const before = this.values[r];
    const kept = before & ~spec.writeMask & ~(value & spec.w1cMask);
    this.values[r] = kept | (value & spec.writeMask);
    this.written(r, before);
  }
}

// biome-ignore lint/suspicious/noExplicitAny: one performer serves every register block
type AnyRegisters = Registers<any>;

const READ = performer('reg_read', (_m, t) => {
  return (t.object as AnyRegisters).values[t.field as string];
});

const WRITE = performer('reg_write', (m, t) => {
  const regs = t.object as AnyRegisters;
  const before = regs.values[t.field as string];
  regs.write(t.field as string, t.value as number);
  m.recorder?.delta(regs, t.field as string, before, regs.values[t.field as string]);
});

footprint('reg_write', (f, _m, _t, regs, register, value) => {
  f.touch(regs.uid, register as string, WRITES);
  (regs as AnyRegisters).touched(f, register as string, value as number);
});

/** readl */
export function reg_read<N extends string>(regs: Registers<N>, register: N): Step<number> {
  return announce(READ, 'reg_read', regs, register, undefined);
}

/** writel */
export function reg_write<N extends string>(
  regs: Registers<N>,
  register: N,
  value: number,
): Step<void> {
  return announce(WRITE, 'reg_write', regs, register, value);
}
