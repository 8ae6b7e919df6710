// Invariants of what passes between device and kernel: I5, I14, I19, I21.
import { ofEach } from '../core/checker';
import type { Checker, Machine } from '../core/machine';
import { ACCEPTED, ACCEPTED_DISABLED } from '../core/response-outcome';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { CODE_INVALID } from '../hardware/codes';
import type { Hw, Message } from '../hardware/device';
import { type PageRequestQueue, PRS_PRO } from '../hardware/page-request-queue';
import { PRI_STOPPED } from '../hardware/pri';
import type { Kernel } from '../kernel/kernel';
import { type Device, FaultEvent, IopfGroup } from '../kernel/objects';
import { broken, deviceOfGroup, devicesOf, inside, kernelOf } from './shared';

const REQUEST = kindId('page_request');
const RESPONSE = kindId('page_response');

/** I14: credits never exceed the allocation, and a disabled idle interface stops. */
function credits(m: Machine, dev: Device): void {
  const { pri, gone } = dev.hw;
  if (gone || dev.is_virtfn) return;
  const { ALLOC_REQ, STATUS } = pri.regs.values;
  const sum = pri.outstanding.reduce((n, g) => n + g.credits, 0);
  if (sum !== pri.credits || (pri.model === 'pri' && sum > ALLOC_REQ)) {
    broken(m, 'I14', null, dev.hw, `${sum} requests outstanding, ${ALLOC_REQ} allowed`);
  }
  const owed = pri.outstanding.some((g) => g.lastSent);
  if (!pri.enabled && owed && !(STATUS & PRI_STOPPED)) {
    broken(m, 'I14', null, dev.hw, `${dev.hw.name} is disabled and never reaches STOPPED`);
  }
}

/** I19: an overflow is acknowledged in the end. */
function overflow(m: Machine, k: Kernel): void {
  for (const { prq } of k.units) {
    if (prq.irqFreed || !(prq.regs.values.PRS & PRS_PRO)) continue;
    broken(m, 'I19', null, prq, `the overflow of ${prq.name} was never acknowledged`);
  }
}

/** Is a request still in the ring, or noted anywhere in the kernel? */
function known(m: Machine, k: Kernel, hw: Hw, group: number): boolean {
  for (const { prq } of k.units) {
    const { PQH, PQT } = prq.regs.values;
    for (let i = PQH; i !== PQT; i = prq.after(i)) {
      if (prq.at(i).hw === hw && prq.at(i).group === group) return true;
    }
  }
  return m.objects.some((o) => {
    if (o.state !== 0) return false;
    if (o instanceof IopfGroup) return o.fault.group === group && deviceOfGroup(o)?.hw === hw;
    return o instanceof FaultEvent && o.fault.group === group;
  });
}

/** I21: what was reported and not answered is pending somewhere. */
function accounted(m: Machine, k: Kernel, dev: Device, answered: (group: number) => boolean): void {
  const { hw } = dev;
  if (hw.gone || m.tasks.some((t) => t.alive && t.context === 'user')) return;
  for (const g of hw.pri.outstanding) {
    if (g.requester !== hw || !g.lastSent || answered(g.group)) continue;
    if (known(m, k, hw, g.group)) continue;
    broken(m, 'I21', null, hw, `the kernel has forgotten index ${g.index} of ${hw.name}`);
  }
}

/** I5, I14, I19, I21 */
export function hardwareInvariants(): Checker {
  let asked: { hw: Hw; r: Message }[] = [];
  /** Groups that the kernel has answered, whatever became of the answer. */
  let answered: { hw: Hw; group: number }[] = [];

  /** I5: a teardown must not cancel what belongs to a translation that is still there. */
  function cancelled(m: Machine, t: Task): void {
    const hw = t.object as Hw;
    const { index, code } = t.value as Message;
    const at = asked.findIndex((a) => a.hw === hw && a.r.index === index);
    const request = asked[at]?.r;
    if (request === undefined) return;
    asked.splice(at, 1);
    if (code !== CODE_INVALID || !inside(t, 'iommufd_answer_waiting')) return;
    const now = hw.entries.get(request.pasid)?.space ?? null;
    if (now === null || now !== request.space) return;
    const text = `index ${index} is cancelled with INVALID although its translation is attached`;
    broken(m, 'I5', t, hw, text);
  }

  return {
    name: 'invariants of the hardware',
    kinds: ['page_request', 'page_response', 'reg_write'],
    remembers: () => [
      ofEach(
        asked,
        (a) => a.hw,
        (a) => a.r,
      ),
      ofEach(
        answered,
        (a) => a.hw,
        (a) => a.group,
      ),
    ],
    save() {
      const [a, b] = [[...asked], [...answered]];
      return () => {
        asked = [...a];
        answered = [...b];
      };
    },
    reset() {
      if (asked.length > 0) asked = [];
      if (answered.length > 0) answered = [];
    },
    after(m, t, result) {
      if (t.kind === REQUEST) {
        const r = t.value as Message;
        if (r.last && !r.marker && result === true) asked.push({ hw: t.object as Hw, r });
      } else if (t.kind === RESPONSE) {
        answered.push({ hw: t.object as Hw, group: (t.value as Message).meantFor });
        if (result === ACCEPTED || result === ACCEPTED_DISABLED) cancelled(m, t);
      } else if (t.field === 'PRS' && (t.value as number) & PRS_PRO) {
        const unit = kernelOf(m)?.units.find((u) => u.prq.regs === t.object);
        const prq: PageRequestQueue | undefined = unit?.prq;
        if (prq !== undefined && prq.used() > 0 && kernelOf(m)?.driver.drains) {
          broken(m, 'I19', t, prq, 'the overflow is cleared while requests are in the ring');
        }
      }
    },
    end(m) {
      const k = kernelOf(m);
      if (k === null) return;
      overflow(m, k);
      for (const d of devicesOf(m)) {
        credits(m, d);
        accounted(m, k, d, (group) => answered.some((a) => a.hw === d.hw && a.group === group));
      }
    },
  };
}
