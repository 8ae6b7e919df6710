// drivers/pci/ats.c: switching the Page Request Interface of a function (2.1).
import { type Gen, modelFile } from '../core/task';
import { PRI_ENABLE, PRI_RESET, PRI_STOPPED } from '../hardware/pri';
import { reg_read, reg_write } from '../hardware/registers';
import { WARN_ON } from '../primitives/printk';
import { type Device, EBUSY, EINVAL } from './objects';

const fn = modelFile('engine/kernel/pci-ats.ts', 'drivers/pci/ats.c');

/** Page requests that VT-d asks for. */
export const PRQ_DEPTH = 2048;

/** pci_reset_pri: clears credits and pending state; only while disabled. */
export const pci_reset_pri = fn('pci_reset_pri', function* (dev: Device): Gen<number> {
  if (dev.is_virtfn) return 0;
  const enabled = ((yield* reg_read(dev.hw.regs, 'CTRL')) & PRI_ENABLE) !== 0;
  yield* WARN_ON(enabled, 'pci_reset_pri while PRI is enabled');
  if (enabled) return -EBUSY;
  if (!dev.pri_supported) return -EINVAL;
  yield* reg_write(dev.hw.regs, 'CTRL', PRI_RESET);
  return 0;
});

/** pci_enable_pri: refuses an interface that is still draining. */
export const pci_enable_pri = fn(
  'pci_enable_pri',
  function* (dev: Device, requests?: number): Gen<number> {
    const enabled = ((yield* reg_read(dev.hw.regs, 'CTRL')) & PRI_ENABLE) !== 0;
    if (dev.is_virtfn) return enabled ? 0 : -EINVAL;
    yield* WARN_ON(enabled, 'pci_enable_pri while PRI is enabled');
    if (enabled) return -EBUSY;
    if (!dev.pri_supported) return -EINVAL;
    if (!((yield* reg_read(dev.hw.regs, 'STATUS')) & PRI_STOPPED)) return -EBUSY;
    const capacity = yield* reg_read(dev.hw.regs, 'MAX_REQ');
    yield* reg_write(dev.hw.regs, 'ALLOC_REQ', Math.min(capacity, requests ?? PRQ_DEPTH));
    yield* reg_write(dev.hw.regs, 'CTRL', PRI_ENABLE);
    return 0;
  },
);

/** pci_disable_pri: stops new requests; what is outstanding stays so. */
export const pci_disable_pri = fn('pci_disable_pri', function* (dev: Device): Gen<void> {
  if (dev.is_virtfn) return;
  const enabled = ((yield* reg_read(dev.hw.regs, 'CTRL')) & PRI_ENABLE) !== 0;
  yield* WARN_ON(!enabled, 'pci_disable_pri while PRI is disabled');
  if (enabled) yield* reg_write(dev.hw.regs, 'CTRL', 0);
});
