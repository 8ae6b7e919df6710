// drivers/iommu/intel/pasid.c: entries of the PASID table, programmed and torn down (2.3).
import { type Gen, modelFile } from '../core/task';
import { invalidate } from '../hardware/invalidation-queue';
import { pasid_entry } from '../hardware/pasid-table';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import { intel_drain_pasid_prq } from './intel-prq';
import type { Kernel } from './kernel';
import type { Device, Domain } from './objects';

const fn = modelFile('engine/kernel/intel-pasid.ts', 'drivers/iommu/intel/pasid.c (v6.12)');

/** intel_pasid_setup_first_level and its kin. */
export const intel_pasid_setup = fn(
  'intel_pasid_setup_first_level',
  function* (dev: Device, pasid: number, domain: Domain): Gen<void> {
    yield* spin_lock(dev.unit.lock);
    yield* pasid_entry(dev.hw, pasid, { space: domain.space, fpd: false });
    yield* spin_unlock(dev.unit.lock);
  },
  'one step for every kind of entry; a present entry is replaced in place',
);

/**
 * intel_pasid_tear_down_entry. Who drains: from 6.13 (6.12.75) this function, unless faults are to
 * be ignored; before, its callers.
 * @param fault_ignore keep quiet about later faults: the entry keeps its FPD bit, nothing drains
 */
export const intel_pasid_tear_down_entry = fn(
  'intel_pasid_tear_down_entry',
  function* (k: Kernel, dev: Device, pasid: number, fault_ignore: boolean): Gen<void> {
    const always = !k.level['no-drain-in-release'];
    const drains = k.level['drain-on-teardown'] && (always || !fault_ignore);
    yield* spin_lock(dev.unit.lock);
    const entry = dev.hw.entryOf(pasid);
    if (entry === undefined || entry.space === null) {
      const quiet = entry !== undefined;
      if (quiet && k.level['drain-on-fpd']) yield* pasid_entry(dev.hw, pasid, null);
      yield* spin_unlock(dev.unit.lock);
      if (quiet && k.level['drain-on-fpd'] && drains) yield* intel_drain_pasid_prq(k, dev, pasid);
      return;
    }
    const left = fault_ignore ? { space: null, fpd: true } : null;
    yield* pasid_entry(dev.hw, pasid, left);
    yield* spin_unlock(dev.unit.lock);
    yield* invalidate(dev.hw, pasid);
    if (drains) yield* intel_drain_pasid_prq(k, dev, pasid);
  },
);
