// The fault points as data, for the command line and the interface.

/** A way to break things, as `lab.inject` offers it. */
export interface FaultPoint {
  readonly name: string;
  readonly family: 'timing' | 'responses' | 'requests' | 'resources';
  readonly text: string;
}

/** Every fault point that exists. */
export const FAULT_POINTS: readonly FaultPoint[] = [
  {
    name: 'delay',
    family: 'timing',
    text: 'delay before or after any named step; delayed disable, stalled worker, late IRQ thread',
  },
  {
    name: 'slowMm',
    family: 'timing',
    text: 'faults in an address space take this long to resolve',
  },
  {
    name: 'allocFailure',
    family: 'resources',
    text: 'an allocation fails: by structure, function, task, number of times',
  },
  {
    name: 'concurrent and late responses',
    family: 'responses',
    text: 'several tasks call user.respond on one fault, or one calls it late',
  },
  {
    name: 'reuseIndex',
    family: 'requests',
    text: 'the device takes the lowest free PRG index again at once',
  },
  {
    name: 'small ring',
    family: 'requests',
    text: 'ringSize smaller than a burst: the ring overflows and PRO is set',
  },
];
