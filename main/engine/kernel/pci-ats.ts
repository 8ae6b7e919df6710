// drivers/pci/ats.c: switching the Page Request Interface of a function (2.1).
import { type Gen, modelFunction } from '../core/task';
import { PRI_ENABLE, PRI_RESET, PRI_STOPPED } from '../hardware/device';
import { reg_read, reg_write } from '../hardware/registers';
import { WARN_ON } from '../primitives/printk';
import { type Device, EBUSY } from './objects';

const FILE = 'engine/kernel/pci-ats.ts';
const UPSTREAM = 'drivers/pci/ats.c';

/** pci_reset_pri: clears credits and pending state; only while disabled. */
export const pci_reset_pri = modelFunction(
  { name: 'pci_reset_pri', file: FILE, upstream: UPSTREAM, deviates: 'virtual functions left out' },
  function* (dev: Device): Gen<number> {
    const enabled = ((yield* reg_read(dev.hw.regs, 'CTRL')) & PRI_ENABLE) !== 0;
    yield* WARN_ON(enabled, 'pci_reset_pri while PRI is enabled');
    if (enabled) return -EBUSY;
    yield* reg_write(dev.hw.regs, 'CTRL', PRI_RESET);
    return 0;
  },
);

/** pci_enable_pri: refuses an interface that is still draining. */
export const pci_enable_pri = modelFunction(
  {
    name: 'pci_enable_pri',
    file: FILE,
    upstream: UPSTREAM,
    deviates: 'virtual functions left out',
  },
  function* (dev: Device): Gen<number> {
    const enabled = ((yield* reg_read(dev.hw.regs, 'CTRL')) & PRI_ENABLE) !== 0;
    yield* WARN_ON(enabled, 'pci_enable_pri while PRI is enabled');
    if (enabled) return -EBUSY;
    if (!((yield* reg_read(dev.hw.regs, 'STATUS')) & PRI_STOPPED)) return -EBUSY;
    yield* reg_write(dev.hw.regs, 'CTRL', PRI_ENABLE);
    return 0;
  },
);

/** pci_disable_pri: stops new requests; what is outstanding stays so. */
export const pci_disable_pri = modelFunction(
  {
    name: 'pci_disable_pri',
    file: FILE,
    upstream: UPSTREAM,
    deviates: 'virtual functions left out',
  },
  function* (dev: Device): Gen<void> {
    const enabled = ((yield* reg_read(dev.hw.regs, 'CTRL')) & PRI_ENABLE) !== 0;
    yield* WARN_ON(!enabled, 'pci_disable_pri while PRI is disabled');
    if (enabled) yield* reg_write(dev.hw.regs, 'CTRL', 0);
  },
);
