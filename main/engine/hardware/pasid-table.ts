// What the IOMMU hardware consults for a function: one entry per PASID (0 for the requester id
// alone), each leading to a page table; and the translation request of ATS, whose answers the
// device keeps in its address translation cache (2.2).
import { COUNT, footprint, READ, WRITE } from '../core/footprint';
import { Embedded, type KObject } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step } from '../core/task';
import { PAGE_BYTES } from './codes';
import type { Hw } from './device';

/** A page table, embedded in the structure that owns it: an mm, or a domain of its own. */
export class PageTable extends Embedded {
  readonly thing = 'page-table';
  /** Numbers of the pages that are present. */
  readonly pages = new Set<number>();
  /** Pages that were present at any time. */
  private readonly ever = new Set<number>();
  constructor(mem: KObject) {
    super(mem, 'pgd');
  }

  /** Is every page of a range present? */
  covers(addr: number, pages: number): boolean {
    const first = Math.floor(addr / PAGE_BYTES);
    for (let i = 0; i < pages; i++) if (!this.pages.has(first + i)) return false;
    return true;
  }

  /** Was every page of a range made present at some time? What SUCCESS claims. */
  resolved(addr: number, pages: number): boolean {
    const first = Math.floor(addr / PAGE_BYTES);
    for (let i = 0; i < pages; i++) if (!this.ever.has(first + i)) return false;
    return true;
  }

  /** Make a page present. */
  add(page: number): void {
    this.pages.add(page);
    this.ever.add(page);
  }
}

/** A PASID table entry. `fpd`: not present, and faults are not even logged (2.3). */
export interface PasidEntry {
  readonly space: PageTable | null;
  readonly fpd: boolean;
}

/** What a translation came to. */
export type Translation = 'hit' | 'fault' | 'blocked' | 'stale hit';

const SET = performer('pasid_entry', (m, t) => {
  const hw = t.object as Hw;
  const { pasid, entry } = t.value as { pasid: number; entry: PasidEntry | null };
  const before = entryText(hw.entries.get(pasid));
  if (entry === null) hw.entries.delete(pasid);
  else hw.entries.set(pasid, entry);
  m.recorder?.delta(hw, `pasid ${pasid}`, before, entryText(entry ?? undefined));
});

function entryText(e: PasidEntry | undefined): string {
  if (e === undefined) return '';
  return e.space === null ? 'not present, FPD' : e.space.mem.name;
}

const TRANSLATE = performer('ats_translate', (_m, t): Translation => {
  const hw = t.object as Hw;
  const { pasid, addr, pages } = t.value as TranslateRequest;
  if (hw.gone) return 'blocked';
  const space = hw.entries.get(pasid)?.space ?? null;
  const cached = hw.atc.get(pasid);
  if (cached?.covers(addr, pages)) return cached === space || space === null ? 'hit' : 'stale hit';
  if (space === null) return 'blocked';
  if (!space.covers(addr, pages)) return 'fault';
  hw.atc.set(pasid, space);
  return 'hit';
});

interface TranslateRequest {
  readonly name: string;
  readonly pasid: number;
  readonly addr: number;
  readonly pages: number;
}

const MAP = performer('page_map', (m, t) => {
  const table = t.object as PageTable;
  const { addr, pages } = t.value as { addr: number; pages: number };
  const before = table.pages.size;
  for (let i = 0; i < pages; i++) table.add(Math.floor(addr / PAGE_BYTES) + i);
  m.recorder?.delta(table, 'present', before, table.pages.size);
});

const UNMAP = performer('page_unmap', (m, t) => {
  const table = t.object as PageTable;
  const before = table.pages.size;
  table.pages.clear();
  m.recorder?.delta(table, 'present', before, 0);
});

footprint('pasid_entry', (f, _m, _t, hw, _field, value) => {
  f.touch(hw.uid, `entry ${(value as { pasid: number }).pasid}`, WRITE);
  f.touch(hw.uid, 'entries', COUNT);
});
footprint('ats_translate', (f, _m, _t, object, _field, value, result) => {
  const hw = object as Hw;
  const { pasid } = value as TranslateRequest;
  const space = hw.entries.get(pasid)?.space;
  const cached = hw.atc.get(pasid);
  f.touch(hw.uid, 'gone', READ);
  f.touch(hw.uid, `entry ${pasid}`, READ);
  // A hit may have put the translation there.
  f.touch(hw.uid, `atc ${pasid}`, result === 'hit' && cached === space ? WRITE : READ);
  if (space) f.touch(space.uid, '', READ);
  if (cached !== undefined && cached !== space) f.touch(cached.uid, '', READ);
});

/** Write the PASID table entry of a function; null makes it not present. */
export function pasid_entry(hw: Hw, pasid: number, entry: PasidEntry | null): Step<void> {
  const name = `pasid ${pasid} ${entry === null ? 'cleared' : entryText(entry)}`;
  return announce(SET, 'pasid_entry', hw, null, { name, pasid, entry });
}

/** ATS translation request; answers are cached in the device. */
export function ats_translate(
  hw: Hw,
  pasid: number,
  addr: number,
  pages: number,
): Step<Translation> {
  const name = `pasid ${pasid} page ${Math.floor(addr / PAGE_BYTES)}`;
  const value: TranslateRequest = { name, pasid, addr, pages };
  return announce(TRANSLATE, 'ats_translate', hw, null, value);
}

/** Make pages present. */
export function page_map(table: PageTable, addr: number, pages: number): Step<void> {
  const name = `page ${Math.floor(addr / PAGE_BYTES)}${pages > 1 ? ` and ${pages - 1} more` : ''}`;
  return announce(MAP, 'page_map', table, null, { name, addr, pages });
}

/** Take every page away: the address space ends. */
export function page_unmap(table: PageTable): Step<void> {
  return announce(UNMAP, 'page_unmap', table, null, undefined);
}
