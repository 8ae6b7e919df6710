// The only door of the engine: what the runner, the timeline, bundles, exports and tests may use.
export { allCheckers } from './checkers/index';
export { CHAIN_CHUNK, ChainHash } from './core/chain-hash';
export {
  CHOICE_FAULT,
  CHOICE_TASK,
  CHOICE_WITHHELD,
  type Choice,
  type Chooser,
  steadyChooser,
} from './core/choice';
export { CHECKER_RANK, type Finding, findingRank, type RelatedStep } from './core/finding';
export { Footprints } from './core/footprint';
export { type Checker, DEFAULT_MAX_STEPS, Machine, type Outcome } from './core/machine';
export { birth, KObject, objectClass, type Thing } from './core/object';
export { isReady } from './core/performers';
export type { RecordedTask, RecordedThing, RunTables } from './core/recorder';
export { Rng } from './core/rng';
export {
  at,
  type ContextKind,
  callAs,
  current,
  type FunctionInfo,
  freshUid,
  functions,
  type Gen,
  modelFunction,
  NotWaitedFor,
  registerFunction,
  type Step,
  type Task,
  verb,
} from './core/task';
export { KINDS, type KindInfo, kindId } from './core/vocabulary';
export { type AutoStrategy, STAGES, stageStrategy } from './explore/auto';
export { BoundedSearch } from './explore/bounded';
export {
  byRank,
  Campaign,
  type CampaignOptions,
  isSampled,
  type SavedCampaign,
  type Share,
} from './explore/campaign';
export { TooManyTasks } from './explore/clocks';
export { coverageText, grouped } from './explore/coverage';
export { Dpor } from './explore/dpor';
export { type SavedDpor, StartAgain } from './explore/dpor-state';
export type { Explained } from './explore/explain';
export { type Change, ForkRefused, fork, withhold } from './explore/fork';
export { boundIsAll, joinCoverage, ofStage, spentBy, tracesOf } from './explore/join';
export { needlessParts } from './explore/needless';
export type { OrderSummary } from './explore/order-coverage';
export {
  type Program,
  type RecordedRun,
  RecordingChooser,
  runOnce,
  runRecorded,
} from './explore/program';
export { RandomChooser } from './explore/random';
export { AnchorChooser, FaultNotes, ReplayChooser, segmentsOf } from './explore/replay';
export { Sampling } from './explore/sampling';
export { type Coverage, type Part, STRATEGIES, type Strategy } from './explore/search';
export {
  type Dealt,
  type Done,
  type Round,
  type Sizes,
  StateRounds,
  type StatesNews,
} from './explore/state-rounds';
export { NEW, StateSet, StatesOnTop } from './explore/state-set';
export { type SavedStateful, Stateful } from './explore/stateful';
export { partsOf } from './explore/strategies';
export { type FoundFinding, Tally } from './explore/tally';
export { HashedTrace, RacingTrace } from './explore/trace';
export { UnfitStrategy, unfit } from './explore/unfit';
export { ALLOC_FAILURE, type AllocFailureSpec } from './faults/alloc-failure';
export { armDelays, type DelaySpec } from './faults/delay';
export { Armed, arm, armMore, DEFAULT_KNOBS, type Knobs } from './faults/knobs';
export { armSkippedLocks, type SkipLockSpec } from './faults/mutation';
export { FAULT_POINTS, type FaultPoint } from './faults/points';
export { RESPONSE_FAULT, RESPONSE_FAULTS, type ResponseFaultSpec } from './faults/responses';
export {
  INVALIDATION_TIMEOUT,
  type SleepingCopySpec,
  USER_COPY_FAILS,
  USER_COPY_SLEEPS,
  WORK_REFUSED,
} from './faults/services';
export { CODE_FAILURE, CODE_INVALID, CODE_SUCCESS, NO_PASID } from './hardware/codes';
export {
  type Access,
  device_access,
  device_stop_marker,
  Hw,
  surprise_removal,
} from './hardware/device';
export { PageRequestQueue, ring_wait } from './hardware/page-request-queue';
export { page_map } from './hardware/pasid-table';
export { allInvariants, INVARIANTS } from './invariants/index';
export { idxd_cdev_open, idxd_cdev_release } from './kernel/idxd';
export { iommu_release_device } from './kernel/iommu';
export { iommufd_fault_iopf_handler } from './kernel/iommufd-fault';
export { FaultObject, Hwpt, IommufdCtx } from './kernel/iommufd-objects';
export type { ReadBuffer } from './kernel/iommufd-ops';
export { Kernel, type KernelOps, type UserFault } from './kernel/kernel';
export { mmput } from './kernel/mm';
export { Mm } from './kernel/mm-objects';
export { type AttachHandle, Device, Domain, IommuUnit, IopfQueue } from './kernel/objects';
export { PATCHES } from './kernel/patches';
export { iommufd_test_trigger_iopf } from './kernel/plain-driver';
export { modelModule } from './models';
export { sleepNs } from './primitives/delay';
export * as primitives from './primitives/index';
export { ListHead, ListNode } from './primitives/list';
export { store } from './primitives/memory';
export { expectation, invariant_broken, mark, pr_info } from './primitives/printk';
export { task_join, wait_event, wait_until } from './primitives/wait-queue';
export { VARIANTS, type Variant, variantByTag } from './variants/index';
