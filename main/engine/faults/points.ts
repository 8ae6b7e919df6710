// The fault points as data: what can be injected, how a script does it, and what it means. A run
// notes the name of each point that fires in it.

/** A way to break things. */
export interface FaultPoint {
  readonly name: string;
  readonly family: 'timing' | 'responses' | 'requests' | 'resources' | 'topology' | 'code';
  /** How a script asks for it. */
  readonly how: string;
  readonly text: string;
}

const rows: [FaultPoint['family'], string, string, string][] = [
  [
    'timing',
    'delay',
    'lab.inject.delay',
    'wait before or after any named step: delayed disable, attach, drain, remove',
  ],
  [
    'timing',
    'late-irq-thread',
    "lab.inject.delay({ in: 'irq_thread' })",
    'the interrupt thread comes late',
  ],
  [
    'timing',
    'stalled-worker',
    "lab.inject.delay({ in: 'process_one_work' })",
    'a worker stands still',
  ],
  [
    'timing',
    'slow-mm',
    'lab.addressSpace(name, { faultNs })',
    'faults of an address space take this long',
  ],
  [
    'timing',
    'stalled-mm',
    'lab.addressSpace(name, { stalled: true })',
    'a userfaultfd range whose server does not answer',
  ],
  [
    'responses',
    'concurrent-responses',
    'queue.respond from two tasks',
    'several tasks answer one fault',
  ],
  ['responses', 'duplicate-response', 'lab.inject.response', 'a response reaches the device twice'],
  ['responses', 'missing-response', 'lab.inject.response', 'a response is lost on its way'],
  [
    'responses',
    'late-response',
    'queue.respond after disable',
    'a response arrives at a disabled interface',
  ],
  ['responses', 'wrong-index', 'lab.inject.response', 'a response carries another PRG index'],
  ['responses', 'wrong-pasid', 'lab.inject.response', 'a response carries another PASID'],
  ['responses', 'wrong-code', 'lab.inject.response', 'a response carries another code'],
  ['responses', 'fault-fd-closed', 'queue.closeFd', 'user space closes the fault descriptor'],
  [
    'responses',
    'user-copy-fails',
    'lab.inject.userCopy',
    'a copy to or from user space fails at record k (space: k)',
  ],
  [
    'responses',
    'user-copy-sleeps',
    'lab.inject.userCopySleeps',
    'a copy sleeps on a page that user space serves',
  ],
  [
    'requests',
    'beyond-credits',
    'dev.access({ rogue: true })',
    'requests beyond the outstanding allocation',
  ],
  ['requests', 'ring-overflow', 'ringSize', 'the request ring is full: PRO'],
  [
    'requests',
    'group-without-last',
    'dev.access({ incomplete: true })',
    'a group whose last page never comes',
  ],
  ['requests', 'stop-marker', 'dev.stopMarker', 'a Stop Marker'],
  [
    'requests',
    'unknown-pasid',
    'dev.access({ blind: true })',
    'a request for a PASID or domain that is not attached',
  ],
  [
    'requests',
    'request-after-disable',
    'dev.access({ rogue: true })',
    'a request from a disabled interface',
  ],
  [
    'requests',
    'index-reuse',
    'lab.device(name, { reuseIndex: true })',
    'the lowest free PRG index again at once',
  ],
  ['resources', 'alloc-failure', 'lab.inject.allocFailure', 'an allocation fails, at any site'],
  [
    'resources',
    'queue-work-refused',
    'lab.inject.queueWork',
    'queue_work says the item is pending already',
  ],
  [
    'resources',
    'invalidation-timeout',
    'lab.inject.invalidationTimeout',
    'an invalidation times out and is resubmitted',
  ],
  ['topology', 'surprise-removal', 'dev.remove', 'the device disappears from the bus'],
  ['topology', 'pasid-reuse', 'lab.driver.bind', 'a PASID is given to another address space'],
  ['topology', 'process-exit', 'mm.exit', 'a process ends, perhaps during its fault'],
  ['topology', 'second-device', 'lab.device twice', 'two devices on one queue'],
  [
    'topology',
    'queue-freed',
    'lab.driver.finishUnit, iopf_queue_free',
    'the IOPF queue of a unit is freed',
  ],
  [
    'code',
    'handler-error',
    'lab.inject.handlerError',
    'the fault handler of a domain returns an error',
  ],
  ['code', 'skip-lock', 'lab.mutate.skipLock', 'a lock is not taken'],
  [
    'code',
    'patched-function',
    'lab.patch',
    'a function is replaced: locks in the other order, a handler that answers at once',
  ],
];

/** Every fault point that exists. */
export const FAULT_POINTS: readonly FaultPoint[] = rows.map(([family, name, how, text]) => ({
  family,
  name,
  how,
  text,
}));
