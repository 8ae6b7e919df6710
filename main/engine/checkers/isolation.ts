// PASID isolation (I4, I5): SUCCESS says that every page of the group is there, in the address space
// that the PASID named when the request was sent; and a device must not use a cached translation of
// an address space that the PASID has left.
import { ofEach } from '../core/checker';
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import {
  ACCEPTED,
  ACCEPTED_DISABLED,
  DUPLICATE,
  QUEUED,
  type RequestInfo,
  type ResponseInfo,
} from '../core/response-outcome';
import { functionOf, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';

const REQUEST = kindId('page_request');
const ENQUEUE = kindId('prq_enqueue');
const TRANSLATE = kindId('ats_translate');
const SUCCESS = 0;
/** Stands for `overflowed` in footprints. */
const OVERFLOW = { uid: -3e12 };

/** Isolation of address spaces. */
export function isolationChecker(): Checker {
  let asked: { readonly device: object; readonly r: RequestInfo }[] = [];
  /** The ring overflowed: pages were dropped, here or from partial lists; devices ask again. */
  let overflowed = false;

  function onSuccess(m: Machine, t: Task, r: ResponseInfo): void {
    const at = asked.findIndex((a) => a.device === t.object && a.r.index === r.index);
    const request = asked[at]?.r;
    if (request === undefined) return;
    asked.splice(at, 1);
    const { space, addr, pages } = request;
    m.looks(OVERFLOW);
    if (space !== null) m.looks(space);
    if (overflowed) return;
    if (space === null || space.resolved(addr, pages)) return;
    report(m, {
      checker: 'pasid-isolation',
      severity: 'warning',
      title: `WARNING: SUCCESS for pages that are not there in ${functionOf(t).name}`,
      message: `${t.name} answers SUCCESS for PASID ${request.pasid}, whose pages at \
0x${addr.toString(16)} were never resolved in ${space.name.replace(/\.pgd$/, '')}, the address \
space it named when the request was sent`,
      identity: `isolation|success|${functionOf(t).name}`,
      at: t,
      thing: t.object,
    });
  }

  return {
    name: 'isolation',
    kinds: ['page_request', 'prq_enqueue', 'page_response', 'ats_translate'],
    remembers: () => [
      ofEach(
        asked,
        (a) => a.device,
        (a) => a.r,
      ),
      overflowed,
    ],
    save() {
      const [a, o] = [[...asked], overflowed];
      return () => {
        if (a.length + asked.length > 0) asked = [...a];
        overflowed = o;
      };
    },
    reset() {
      if (asked.length > 0) asked = [];
      overflowed = false;
    },
    after(m, t, result) {
      if (t.kind === REQUEST) {
        const r = t.value as RequestInfo;
        if (r.last && !r.marker && result !== false) asked.push({ device: t.object as object, r });
      } else if (t.kind === ENQUEUE) {
        if (result !== QUEUED) {
          m.changes(OVERFLOW);
          overflowed = true;
        }
      } else if (t.kind === TRANSLATE) {
        if (result !== 'stale hit') return;
        report(m, {
          checker: 'pasid-isolation',
          severity: 'warning',
          title: `WARNING: ${t.object?.name} uses a stale translation`,
          message: `${t.object?.name} hits a cached translation of an address space that the PASID \
has left`,
          identity: 'isolation|stale',
          at: t,
          thing: t.object,
        });
      } else if (result === ACCEPTED || result === ACCEPTED_DISABLED || result === DUPLICATE) {
        const r = t.value as ResponseInfo;
        if (r.code === SUCCESS) onSuccess(m, t, r);
        else asked = asked.filter((a) => a.device !== t.object || a.r.index !== r.index);
      }
    },
  };
}
