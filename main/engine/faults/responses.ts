// What can happen to a response on its way to the device: sent twice, lost, or with a wrong index,
// PASID or code.
import { current } from '../core/task';
import { CODE_FAILURE, CODE_INVALID, CODE_SUCCESS } from '../hardware/codes';
import { type Message, responsePolicy } from '../hardware/device';
import { armedOf, type Knobs } from './knobs';

/** How responses are spoilt, by the name of the fault point. */
export const RESPONSE_FAULTS = [
  'duplicate-response',
  'missing-response',
  'wrong-index',
  'wrong-pasid',
  'wrong-code',
] as const;

/** Which responses are spoilt, and how. */
export interface ResponseFaultSpec extends Knobs {
  readonly kind: (typeof RESPONSE_FAULTS)[number];
}

/** Where `arm` keeps them. */
export const RESPONSE_FAULT = 'response-fault';

/** The largest PRG index; stands for one that nobody uses. */
const OTHER_INDEX = 511;

function spoilt(kind: ResponseFaultSpec['kind'], r: Message): Message[] {
  if (kind === 'duplicate-response') return [r, r];
  if (kind === 'missing-response') return [];
  if (kind === 'wrong-index') return [{ ...r, index: OTHER_INDEX }];
  if (kind === 'wrong-pasid') return [{ ...r, pasid: r.pasid + 1 }];
  const code = r.code === CODE_SUCCESS ? CODE_INVALID : CODE_FAILURE;
  return [{ ...r, code }];
}

responsePolicy.deliver = (t, _hw, r) => {
  const m = current.machine;
  for (const a of armedOf<ResponseFaultSpec>(m, RESPONSE_FAULT)) {
    if (a.fires(m, t, a.spec.kind, a.spec.kind)) return spoilt(a.spec.kind, r);
  }
  return [r];
};
