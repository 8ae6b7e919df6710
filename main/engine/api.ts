// The only door of the engine: what the runner, the timeline, bundles, exports and tests may use.
export { allCheckers } from './checkers/index';
export { CHAIN_CHUNK, ChainHash } from './core/chain-hash';
export { CHOICE_FAULT, CHOICE_TASK, type Choice, type Chooser, steadyChooser } from './core/choice';
export { CHECKER_RANK, type Finding, findingRank, type RelatedStep } from './core/finding';
export { type Checker, DEFAULT_MAX_STEPS, Machine, type Outcome } from './core/machine';
export { KObject, objectClass, type Thing } from './core/object';
export type { RecordedTask, RecordedThing, RunTables } from './core/recorder';
export { Rng } from './core/rng';
export {
  at,
  type ContextKind,
  callAs,
  current,
  type FunctionInfo,
  functions,
  type Gen,
  modelFunction,
  NotWaitedFor,
  registerFunction,
  type Step,
  type Task,
} from './core/task';
export { KINDS, type KindInfo, kindId } from './core/vocabulary';
export { BoundedSearch } from './explore/bounded';
export {
  Campaign,
  type Coverage,
  coverageText,
  type FoundFinding,
  type Strategy,
} from './explore/campaign';
export { type Program, type RecordedRun, runOnce, runRecorded } from './explore/program';
export { RandomChooser } from './explore/random';
export { AnchorChooser, ReplayChooser, segmentsOf } from './explore/replay';
export { type AllocFailureSpec, armAllocFailures } from './faults/alloc-failure';
export { armDelays, type DelaySpec } from './faults/delay';
export { FAULT_POINTS, type FaultPoint } from './faults/points';
export { CODE_FAILURE, CODE_INVALID, CODE_SUCCESS, device_access, Hw } from './hardware/device';
export { PageRequestQueue, ring_wait } from './hardware/page-request-queue';
export { Kernel, type KernelOps, type UserFault } from './kernel/kernel';
export { Device, FaultObject, IommuUnit, IopfQueue, Mm } from './kernel/objects';
export { sleepNs } from './primitives/delay';
export * as primitives from './primitives/index';
export { ListHead, ListNode } from './primitives/list';
export { expectation, mark, pr_info } from './primitives/printk';
export { task_join, wait_event } from './primitives/wait-queue';
export { VARIANTS, type Variant, variantByTag } from './variants/index';
