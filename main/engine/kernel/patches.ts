// Upstream patches that fall inside a variant's range of releases. Each variant says which of them
// it has; a tag such as `v6.12~drain-on-teardown` is that variant with the patch taken out where it
// is in, or put in where it is not. Structural differences are ops tables in `../variants/`; these
// are the small ones.

/** One upstream patch. */
export interface Patch {
  /** Its subject line, where it is known word for word. */
  readonly subject?: string;
  /** What it does, where it is not. */
  readonly about?: string;
  /** First release with it, as far as known. */
  readonly since: string;
}

/** Every patch by the name used in tags. */
export const PATCHES = {
  'pro-when-empty': {
    subject: 'iommu/vt-d: Clear PRQ overflow only when PRQ is empty',
    since: '5.12, 5.10.24',
  },
  'response-without-pasid-mutex': {
    about: 'the page response of VT-d stops taking pasid_mutex',
    since: '5.15',
  },
  'drain-drops-pasid-mutex': {
    subject: 'iommu/vt-d: Fix a deadlock in intel_svm_drain_prq()',
    since: '5.15, 5.14.8',
  },
  'drop-stop-markers': { subject: 'iommu/vt-d: Drop stop marker messages', since: '5.18, 5.17.7' },
  'v7-release-lock': {
    about: 'series v7: the lock is released when the iopf handler is called',
    since: 'v7 of the series, Nov 2023',
  },
  'asid-grabs-mm': { subject: 'iommu/arm-smmu-v3-sva: Fix mm use-after-free', since: '5.18.3' },
  'sva-error-paths': {
    subject: 'iommu/vt-d: Fix error handling in sva enable/disable paths',
    since: '6.3, 6.1.16',
  },
  'ack-queue-overflow': {
    subject: 'iommu/arm-smmu-v3: Acknowledge pri/event queue overflow if any',
    since: '6.5',
  },
  'report-under-iopf-lock': {
    subject: 'iommu/vt-d: Use device rbtree in iopf reporting path',
    since: '6.9',
  },
  'restore-lost-return': {
    subject: 'iommu: Restore lost return in iommu_report_device_fault()',
    since: '6.11, 6.10.7',
  },
  'answer-bad-setup': {
    about: 'bad set-ups are answered by iommu_report_device_fault()',
    since: '6.12',
  },
  'fput-once': { subject: 'iommufd: Fix out_fput in iommufd_fault_alloc()', since: '6.12.5' },
  'deliver-spinlock': {
    subject: 'iommufd/fault: Use a separate spinlock to protect fault->deliver list',
    since: '6.12.14, 6.13.2',
  },
  'zeroed-records': {
    subject: 'iommufd: Fix struct iommu_hwpt_pgfault init and padding',
    since: '6.12.14',
  },
  'rid-faults': {
    about: 'VT-d handles page requests without a PASID',
    since: '6.13',
  },
  'drain-on-teardown': {
    subject: 'iommu/vt-d: Drain PRQs when domain removed from RID',
    since: '6.13, 6.12.75',
  },
  'no-drain-in-release': {
    subject: 'iommu/vt-d: Avoid draining PRQ in sva mm release path',
    since: '6.13',
  },
  'drain-on-fpd': {
    subject: 'iommu/vt-d: Draining PRQ in sva unbind path when FPD bit set',
    since: '6.14, 6.12.92',
  },
  'generic-attach-handle': {
    subject: 'iommufd: Make attach_handle generic than fault specific',
    since: '6.15, 6.12.24',
  },
  'nested-lookup-by-domain': {
    about: 'SMMUv3 finds the master domain of the right domain',
    since: '6.16',
  },
  'teardown-before-remove': {
    subject: 'iommu/vt-d: Fix UAF on sva unbind with pending IOPFs',
    since: '6.17',
  },
  'abort-waits-for-file': {
    subject: 'iommufd: Fix race during abort for file descriptors',
    since: '6.17, 6.12.50',
  },
  'sva-mm-list': {
    about: 'address spaces in use are kept on a list',
    since: '6.19',
  },
  'sva-mm-list-order': {
    subject: 'iommu/sva: Fix crash in iommu_sva_unbind_device()',
    since: '2025',
  },
  'x86-sva-off': {
    about: 'SVA is refused on x86 as a policy; in no variant by default',
    since: 'late 6.12 stable',
  },
  'pri-aware-sva': {
    about: 'VT-d manages IOPF for SVA only when PRI is supported',
    since: '2026',
  },
  'rid-count-dropped': {
    about: 'VT-d drops the IOPF count of the old RID domain on attach',
    since: 'not known (specification 7.6)',
  },
  'write-returns-efault': {
    subject: 'iommufd: Fix return value of iommufd_fault_fops_write()',
    since: '6.12.91',
  },
  'whole-group-reads': {
    subject: 'iommufd: Avoid partial fault group delivery in iommufd_fault_fops_read()',
    since: '6.12.101',
  },
  'replace-answers-old-hwpt': {
    subject: 'iommufd: Fix wrong hwpt passed to iommufd_auto_response_faults on replace',
    since: '6.12.105',
  },
  'handle-dev-first': {
    subject: 'iommu/sva: Set handle->dev before the SVA handle is visible',
    since: '6.12.109',
  },
  'mock-report-rwsem': {
    subject: 'iommufd: Fix UAF in selftest IOPF reporting',
    since: '6.12.112',
  },
  'release-loads-first': {
    about: 'the release of a fault file loads its context first',
    since: '6.12.117',
  },
} satisfies Record<string, Patch>;

export type PatchName = keyof typeof PATCHES;

/** Which patches a kernel has. */
export type PatchLevel = Readonly<Record<PatchName, boolean>>;

const NAMES = Object.keys(PATCHES) as PatchName[];

/** The level that has exactly these patches. */
export function levelOf(has: readonly PatchName[]): PatchLevel {
  const level = {} as Record<PatchName, boolean>;
  for (const n of NAMES) level[n] = has.includes(n);
  return level;
}

/** A level with more patches. */
export function plus(base: PatchLevel, ...names: PatchName[]): PatchLevel {
  return levelOf(NAMES.filter((n) => base[n] || names.includes(n)));
}

/** A level with these patches the other way round. */
export function toggled(base: PatchLevel, names: readonly PatchName[]): PatchLevel {
  return levelOf(NAMES.filter((n) => base[n] !== names.includes(n)));
}

/** Is this the name of a patch? */
export function isPatch(name: string): name is PatchName {
  return name in PATCHES;
}
