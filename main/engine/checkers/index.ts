// The checkers that are always on, in the order in which they look at an event.
import type { Checker } from '../core/machine';
import { contextChecker } from './context';
import { dataRaceChecker } from './data-race';
import { deadlockChecker } from './deadlock';
import { isolationChecker } from './isolation';
import { leakChecker } from './leak';
import { lockOrderChecker } from './lock-order';
import { memoryChecker } from './memory';
import { responseChecker } from './response';

/**
 * A fresh set of every checker; a machine keeps its own.
 * @param kcsan also look for data races
 */
export function allCheckers(kcsan = false): Checker[] {
  return [
    memoryChecker(),
    lockOrderChecker(),
    deadlockChecker(),
    contextChecker(),
    responseChecker(),
    isolationChecker(),
    ...(kcsan ? [dataRaceChecker()] : []),
    leakChecker(),
  ];
}
