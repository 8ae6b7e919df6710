// The rules of page responses, judged from what the hardware saw: every last-page request gets
// exactly one response (I1), nothing else gets one (I2), and none arrives at an interface that was
// disabled (I6). The outcome of a `page_response` op is what the device made of it.
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import type { Thing } from '../core/object';
import {
  ACCEPTED_DISABLED,
  IGNORED,
  QUEUED,
  type RequestInfo,
  type ResponseInfo,
  UNEXPECTED,
} from '../core/response-outcome';
import { functionOf, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';

const REQUEST = kindId('page_request');
const RESPONSE = kindId('page_response');
const ENQUEUE = kindId('prq_enqueue');

interface Outstanding {
  readonly device: Thing;
  readonly index: number;
  readonly group: number;
  readonly pasid: number;
  readonly step: number;
}

/** Response rules and lost requests. */
export function responseChecker(): Checker {
  let waiting: Outstanding[] = [];

  function spurious(m: Machine, t: Task, r: ResponseInfo): void {
    report(m, {
      checker: 'response-rules',
      severity: 'warning',
      title: `WARNING: unexpected page group response in ${functionOf(t).name}`,
      message: `${t.name} answers group index ${r.index} of ${t.object?.name}, which has no such \
group outstanding (UPRGI)`,
      identity: `response|unexpected|${functionOf(t).name}`,
      at: t,
      thing: t.object,
    });
  }

  function onResponse(m: Machine, t: Task, result: unknown): void {
    const r = t.value as ResponseInfo;
    if (result === UNEXPECTED) {
      spurious(m, t, r);
      return;
    }
    if (result === IGNORED) return;
    const at = waiting.findIndex((w) => w.device === t.object && w.index === r.index);
    const group = waiting[at];
    if (group === undefined) return;
    waiting.splice(at, 1);
    const related = [{ label: 'page request', step: group.step }];
    if (r.meantFor >= 0 && r.meantFor !== group.group) {
      report(m, {
        checker: 'response-rules',
        severity: 'warning',
        title: `WARNING: response to another group in ${functionOf(t).name}`,
        message: `${t.name} answers index ${r.index} of ${t.object?.name} for an older group; the \
device takes it for its newer group with the same index`,
        identity: `response|wrong-group|${functionOf(t).name}`,
        at: t,
        thing: t.object,
        related,
      });
    }
    if (result === ACCEPTED_DISABLED) {
      report(m, {
        checker: 'response-rules',
        severity: 'warning',
        title: `WARNING: page response after disable in ${functionOf(t).name}`,
        message: `${t.name} answers index ${r.index} of ${t.object?.name} after IOPF was disabled`,
        identity: `response|after-disable|${functionOf(t).name}`,
        at: t,
        thing: t.object,
        related,
      });
    }
  }

  return {
    name: 'response',
    kinds: ['page_request', 'prq_enqueue', 'page_response'],
    reset() {
      if (waiting.length > 0) waiting = [];
    },
    after(m, t, result) {
      if (t.kind === REQUEST) {
        const r = t.value as RequestInfo;
        if (r.last && result !== false) {
          waiting.push({
            device: t.object as Thing,
            index: r.index,
            group: r.group,
            pasid: r.pasid,
            step: m.step,
          });
        }
      } else if (t.kind === ENQUEUE) {
        // The ring was full: hardware has answered a last page itself, a lone page has vanished.
        const slot = t.value as RequestInfo & { readonly hw: Thing };
        if (result !== QUEUED && slot.last) {
          waiting = waiting.filter((w) => w.device !== slot.hw || w.group !== slot.group);
        }
      } else if (t.kind === RESPONSE) {
        onResponse(m, t, result);
      }
    },
    end(m) {
      for (const w of waiting) {
        report(m, {
          checker: 'lost-request',
          severity: 'warning',
          title: `WARNING: page request never answered: ${w.device.name} index ${w.index}`,
          message: `${w.device.name} sent a last-page request (index ${w.index}, PASID ${w.pasid}) \
that nobody ever answers; the device waits for ever`,
          identity: `lost-request|${w.device.name.replace(/[0-9]+$/, '')}`,
          thing: w.device,
          where: 'device',
          related: [{ label: 'page request', step: w.step }],
        });
      }
    },
  };
}
