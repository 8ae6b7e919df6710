// The I/O page fault path at a step: rings, partial lists, groups, what is outstanding for each PASID, and
// for every page request who answered it, how late, or that nobody ever did.
import type { IopfShape, RequestShape, RunColumns } from '../../preload/contract/shapes';
import { kindName } from './labels';
import type { RunState } from './run-state';

interface Open {
  readonly step: number;
  readonly key: string;
  readonly device: string;
  queuedAt: number;
  answer: { step: number; by: string; code: string; ns: number } | null;
  crossed: number[];
}

const words = (text: string): string[] => text.split(' ');

/** `index 0 pasid 5 last` → the device, index and PASID; requests and responses meet by them. */
function message(run: RunColumns, i: number): { device: string; index: string; pasid: string } {
  const name = run.things[(run.thing[i] as number) - 1]?.name ?? '';
  const w = words(run.strings[run.value[i] as number] ?? '');
  const after = (word: string): string => {
    const at = w.indexOf(word);
    return at < 0 ? '' : (w[at + 1] ?? '');
  };
  return { device: name.replace(/\.pci$/, ''), index: after('index'), pasid: after('pasid') };
}

/** Every page request of a run, with what became of it by its end. */
export function requestsOf(run: RunColumns): RequestShape[] {
  const all: { open: Open; last: boolean; sent: boolean; index: string; pasid: string }[] = [];
  for (let i = 0; i < run.events; i++) {
    const kind = kindName(run, i);
    const text = run.strings[run.value[i] as number] ?? '';
    const result = run.strings[run.result[i] as number] ?? '';
    if (kind === 'page_request') {
      const { device, index, pasid } = message(run, i);
      const open = {
        step: i + 1,
        key: `${device}|${index}`,
        device,
        queuedAt: 0,
        answer: null,
        crossed: [],
      };
      all.push({
        open,
        last: words(text).includes('last'),
        sent: result !== 'false',
        index,
        pasid,
      });
    } else if (kind === 'prq_enqueue') {
      const waiting = all.filter((r) => r.sent && r.open.queuedAt === 0);
      const mine = waiting.find((r) => text.includes(`index ${r.index} pasid ${r.pasid}`));
      if (mine !== undefined && result === 'queued') mine.open.queuedAt = i + 1;
    } else if (kind === 'page_response') {
      const { device, index } = message(run, i);
      const by = run.tasks[run.task[i] as number]?.name ?? '?';
      const code = words(text).at(-1) ?? '';
      const mine = all.filter((r) => r.open.key === `${device}|${index}` && r.open.answer === null);
      for (const r of mine) {
        r.open.answer = { step: i + 1, by, code, ns: run.time[i] as number };
      }
    } else if (kind === 'invalidate') {
      const device = (run.things[(run.thing[i] as number) - 1]?.name ?? '').replace(/\.pci$/, '');
      for (const r of all) {
        if (r.open.device === device && r.open.answer === null) r.open.crossed.push(i + 1);
      }
    }
  }
  return all.map(({ open, last, sent, index, pasid }) => {
    const { step, device, queuedAt, answer, crossed } = open;
    const answeredAt = answer?.step ?? 0;
    return {
      step,
      device,
      index,
      pasid,
      last,
      queuedAt,
      answeredAt,
      answeredBy: answer?.by ?? '',
      code: answer?.code ?? '',
      tookNs: answer === null ? -1 : answer.ns - (run.time[step - 1] as number),
      fate: fateOf({ last, answeredAt, queuedAt }, sent),
      crossed: answer === null ? crossed : crossed.filter((c) => c < answer.step),
    };
  });
}

function fateOf(r: Pick<RequestShape, 'last' | 'answeredAt' | 'queuedAt'>, sent: boolean): string {
  if (!sent) return 'refused';
  if (!r.last) return 'no answer wanted';
  if (r.answeredAt > 0) return 'answered';
  return r.queuedAt === 0 ? 'lost before the ring' : 'never answered';
}

/** The path at a step; requests that came later are left out, answers that came later are outstanding. */
export function iopfAt(
  run: RunColumns,
  state: RunState,
  requests: readonly RequestShape[],
  step: number,
): IopfShape {
  state.seek(step);
  const rings = new Map<string, [string, string][]>();
  const lists: { name: string; entries: string }[] = [];
  const groups = new Map<string, { name: string; state: string; faults: string }>();
  for (const { id, fields } of state.things()) {
    const t = run.things[id - 1];
    if (t === undefined) continue;
    if (t.kind === 'ring') rings.set(t.name, [...fields]);
    if (t.kind === 'registers' && rings.has(t.container || t.name.replace(/\.[^.]*$/, ''))) {
      rings.get(t.container || t.name.replace(/\.[^.]*$/, ''))?.push(...fields);
    }
    if (t.kind === 'list' && /\.(partial|faults|deliver)$/.test(t.name)) {
      const entries = fields.get('entries') ?? '';
      const group = /^(iopf_group#\d+)\.faults$/.exec(t.name)?.[1];
      if (group === undefined) lists.push({ name: t.name, entries });
      else
        groups.set(group, {
          ...(groups.get(group) ?? { name: group, state: '' }),
          faults: entries,
        });
    }
    if (/^iopf_group#\d+$/.test(t.name) && fields.has('state')) {
      const known = groups.get(t.name) ?? { name: t.name, faults: '' };
      groups.set(t.name, { ...known, state: fields.get('state') ?? '' });
    }
  }
  const known = requests
    .filter((r) => r.step <= step)
    .map((r) =>
      r.answeredAt > step || (r.fate === 'never answered' && step < run.events)
        ? { ...r, fate: 'outstanding', answeredBy: r.answeredAt > 0 ? r.answeredBy : '' }
        : r,
    );
  const outstanding = new Map<string, { device: string; pasid: string; count: number }>();
  for (const r of known) {
    if (r.fate !== 'outstanding' && r.fate !== 'never answered') continue;
    const key = `${r.device} ${r.pasid}`;
    const { device, pasid } = r;
    const count = (outstanding.get(key)?.count ?? 0) + 1;
    outstanding.set(key, { device, pasid, count });
  }
  return {
    step,
    rings: [...rings].map(([name, fields]) => ({ name, fields })),
    lists,
    groups: [...groups.values()],
    outstanding: [...outstanding.values()],
    requests: known,
  };
}
