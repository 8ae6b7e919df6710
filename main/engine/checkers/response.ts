// The rules of page responses, judged from what the hardware saw: every last-page request gets
// exactly one response (I1), nothing else gets one (I2), it matches an outstanding group (I3), and
// none arrives at an interface that was disabled (I6). The outcome of a `page_response` op is what
// the device made of it.
import { ofEach } from '../core/checker';
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import type { Thing } from '../core/object';
import {
  ACCEPTED_DISABLED,
  DUPLICATE,
  GONE,
  IGNORED,
  LOST,
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
const REMOVAL = kindId('surprise_removal');
const FAILURE = 2;

interface Outstanding {
  readonly device: Thing;
  readonly r: RequestInfo;
  readonly step: number;
}

const deviceOf = (o: Outstanding): Thing => o.device;
const requestOf = (o: Outstanding): RequestInfo => o.r;

/** Response rules and lost requests. */
export function responseChecker(): Checker {
  let waiting: Outstanding[] = [];
  /** Requests that must not be answered: pages before the last one, Stop Markers. */
  let silent: Outstanding[] = [];

  function rule(m: Machine, t: Task, what: string, title: string, text: string, step = 0): void {
    report(m, {
      checker: 'response-rules',
      severity: 'warning',
      title: `WARNING: ${title} in ${functionOf(t).name}`,
      message: `${t.name} answers ${text}`,
      identity: `response|${what}|${functionOf(t).name}`,
      at: t,
      thing: t.object,
      related: step > 0 ? [{ label: 'page request', step }] : [],
    });
  }

  function spurious(m: Machine, t: Task, r: ResponseInfo): void {
    const where = `index ${r.index} of ${t.object?.name}`;
    const quiet = silent.find((s) => s.device === t.object && s.r.index === r.index);
    if (quiet === undefined) {
      const text = `group ${where}, which has no such group outstanding (UPRGI)`;
      rule(m, t, 'unexpected', 'unexpected page group response', text);
    } else if (quiet.r.marker) {
      rule(
        m,
        t,
        'stop-marker',
        'response to a Stop Marker',
        `the Stop Marker ${where}`,
        quiet.step,
      );
    } else {
      const text = `${where} before the last page of the group was requested`;
      rule(m, t, 'non-last', 'response to a request that is not the last', text, quiet.step);
    }
  }

  function onResponse(m: Machine, t: Task, result: unknown): void {
    const r = t.value as ResponseInfo;
    if (result === UNEXPECTED) {
      spurious(m, t, r);
      return;
    }
    if (result === IGNORED || result === GONE || result === LOST) return;
    if (result === DUPLICATE) spurious(m, t, r);
    const at = waiting.findIndex((w) => w.device === t.object && w.r.index === r.index);
    const group = waiting[at];
    if (group === undefined) return;
    waiting.splice(at, 1);
    const where = `index ${r.index} of ${t.object?.name}`;
    if (r.meantFor >= 0 && r.meantFor !== group.r.group) {
      const text = `${where} for an older group; the device takes it for its newer group with the \
same index`;
      rule(m, t, 'wrong-group', 'response to another group', text, group.step);
    }
    if (result === ACCEPTED_DISABLED) {
      const text = `${where} after IOPF was disabled`;
      rule(m, t, 'after-disable', 'page response after disable', text, group.step);
    }
    // Response Failure: the device gives up on everything it waits for.
    if (r.code === FAILURE) waiting = waiting.filter((w) => w.device !== t.object);
  }

  function onRequest(m: Machine, t: Task): void {
    const r = t.value as RequestInfo;
    const entry = { device: t.object as Thing, r, step: m.step };
    if (r.marker || !r.last) silent.push(entry);
    else waiting.push(entry);
    if (r.last && !r.marker) {
      silent = silent.filter((s) => s.device !== t.object || s.r.group !== r.group);
    }
  }

  return {
    name: 'response',
    kinds: ['page_request', 'prq_enqueue', 'page_response', 'surprise_removal'],
    // When a request was made says how the state was reached.
    remembers: () => [waiting, silent].map((l) => ofEach(l, deviceOf, requestOf)),
    save() {
      const [w, s] = [[...waiting], [...silent]];
      return () => {
        if (w.length + waiting.length > 0) waiting = [...w];
        if (s.length + silent.length > 0) silent = [...s];
      };
    },
    reset() {
      if (waiting.length > 0) waiting = [];
      if (silent.length > 0) silent = [];
    },
    after(m, t, result) {
      if (t.kind === REQUEST) {
        if (result !== false) onRequest(m, t);
      } else if (t.kind === ENQUEUE) {
        // The ring was full: hardware has answered a last page itself, a lone page has vanished.
        const slot = t.value as RequestInfo & { readonly hw: Thing };
        if (result !== QUEUED && slot.last) {
          waiting = waiting.filter((w) => w.device !== slot.hw || w.r.group !== slot.group);
        }
      } else if (t.kind === RESPONSE) {
        onResponse(m, t, result);
      } else if (t.kind === REMOVAL) {
        waiting = waiting.filter((w) => w.device !== t.object);
      }
    },
    end(m) {
      for (const w of waiting) {
        report(m, {
          checker: 'lost-request',
          severity: 'warning',
          title: `WARNING: page request never answered: ${w.device.name} index ${w.r.index}`,
          message: `${w.device.name} sent a last-page request (index ${w.r.index}, PASID \
${w.r.pasid}) that nobody ever answers; the device waits for ever`,
          identity: `lost-request|${w.device.name.replace(/[0-9]+$/, '')}`,
          thing: w.device,
          where: 'device',
          related: [{ label: 'page request', step: w.step }],
        });
      }
    },
  };
}
