// Attaching and detaching for drivers that write one entry and invalidate: AMD, and the driver
// without a drain.
import type { Gen, modelFile } from '../core/task';
import { NO_PASID } from '../hardware/codes';
import { invalidate } from '../hardware/invalidation-queue';
import { pasid_entry } from '../hardware/pasid-table';
import type { DriverOps, Kernel } from './kernel';
import type { Device, Domain } from './objects';

type Maker = ReturnType<typeof modelFile>;

/** The three entry points, under the names they have in a driver's file. */
export function simpleEntries(
  fn: Maker,
  names: { readonly set: string; readonly remove: string; readonly attach: string },
) {
  const set_dev_pasid = fn(
    names.set,
    function* (_k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<number> {
      yield* pasid_entry(dev.hw, pasid, { space: domain.space, fpd: false });
      return 0;
    },
  );
  const remove_dev_pasid = fn(
    names.remove,
    function* (_k: Kernel, dev: Device, pasid: number): Gen<void> {
      yield* pasid_entry(dev.hw, pasid, null);
      yield* invalidate(dev.hw, pasid);
    },
  );
  const attach_dev = fn(
    names.attach,
    function* (_k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
      const entry = domain === null ? null : { space: domain.space, fpd: false };
      yield* pasid_entry(dev.hw, NO_PASID, entry);
      yield* invalidate(dev.hw, NO_PASID);
      return 0;
    },
  );
  return { set_dev_pasid, remove_dev_pasid, attach_dev } satisfies Partial<DriverOps>;
}
