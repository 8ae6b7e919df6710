// The invariants of the specification (section 6): who judges which.
import type { Checker } from '../core/machine';
import { attachmentInvariants } from './attachments';
import { faultDataInvariants } from './fault-data';
import { hardwareInvariants } from './hardware';
import { userInvariants } from './user';

/** Invariant → the checker whose findings it shows up in. */
export const INVARIANTS: Readonly<Record<string, { text: string; judgedBy: string }>> = {
  I1: {
    text: 'every last-page request gets exactly one response',
    judgedBy: 'lost-request, response-rules',
  },
  I2: { text: 'no response to a non-last request or a Stop Marker', judgedBy: 'response-rules' },
  I3: { text: 'a response matches an outstanding group', judgedBy: 'response-rules' },
  I4: {
    text: 'pages are handled in the address space the PASID named',
    judgedBy: 'pasid-isolation',
  },
  I5: { text: 'SUCCESS and INVALID only for a reason', judgedBy: 'pasid-isolation, invariant I5' },
  I6: { text: 'no response after disable', judgedBy: 'response-rules' },
  I7: { text: 'fault data is freed only when unpublished', judgedBy: 'invariant I7' },
  I8: { text: 'after removal nothing finds the fault data', judgedBy: 'invariant I8' },
  I9: { text: 'a group has one owner and is freed once', judgedBy: 'double-free, invalid-free' },
  I10: { text: 'a queue is freed empty', judgedBy: 'invariant I10' },
  I11: { text: 'no work of a PASID after its detach', judgedBy: 'invariant I11' },
  I12: { text: 'no group refers to a freed handle', judgedBy: 'invariant I12' },
  I13: { text: 'iopf_refcount counts the attached domains', judgedBy: 'invariant I13' },
  I14: { text: 'credits stay within the allocation', judgedBy: 'invariant I14' },
  I15: { text: 'nothing is left at the end', judgedBy: 'leak, invariant I15' },
  I16: {
    text: 'no lock cycle, no hang, no sleep in atomic context',
    judgedBy: 'lock-order, deadlock, hung-task, atomic-sleep',
  },
  I17: { text: 'the interrupt thread does not wait for user space', judgedBy: 'invariant I17' },
  I18: { text: 'read gives whole groups with valid cookies', judgedBy: 'invariant I18' },
  I19: { text: 'an overflow is acknowledged at the right time', judgedBy: 'invariant I19' },
  I20: { text: 'enable, disable, enable works', judgedBy: 'invariant I20' },
  I21: { text: 'what is not answered is pending somewhere', judgedBy: 'invariant I21' },
};

/** A fresh set of the monitors that need to know kernel structures. */
export function allInvariants(): Checker[] {
  return [faultDataInvariants(), attachmentInvariants(), hardwareInvariants(), userInvariants()];
}
