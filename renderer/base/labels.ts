// Words for events, from a run's columns and the vocabulary that came with it.
import type {
  KindShape,
  StrategyShape,
  VerdictWord,
  ViewColumns,
} from '../../preload/contract/shapes';

/** One line for the event of a step: `mutex_lock iommu_fault_param#1.lock`. */
export function eventText(run: ViewColumns, kinds: readonly KindShape[], step: number): string {
  const i = step - 1;
  if (i < 0 || i >= run.events) return '';
  const kind = kinds[run.kind[i] ?? 0]?.name ?? '?';
  const field = run.strings[run.field[i] ?? 0] ?? '';
  const thing = run.thing[i] ? (run.things[(run.thing[i] ?? 1) - 1]?.name ?? '') : '';
  const value = run.strings[run.value[i] ?? 0] ?? '';
  const result = run.strings[run.result[i] ?? 0] ?? '';
  const target = thing === '' ? field : field === '' ? thing : `${thing}.${field}`;
  const parts = [kind];
  if (target !== '') parts.push(target);
  if (value !== '' && value !== target) parts.push(`(${value})`);
  if (result !== '') parts.push(`= ${result}`);
  return parts.join(' ');
}

/** Nanoseconds as people read them. */
export function timeText(ns: number): string {
  const abs = Math.abs(ns);
  if (abs >= 1e9) return `${+(ns / 1e9).toFixed(3)} s`;
  if (abs >= 1e6) return `${+(ns / 1e6).toFixed(3)} ms`;
  if (abs >= 1e3) return `${+(ns / 1e3).toFixed(3)} µs`;
  return `${Math.round(ns)} ns`;
}

/** How a run was searched for, as short as can be. */
export function howText(s: StrategyShape): string {
  switch (s.kind) {
    case 'bounded':
    case 'delay':
      return `${s.kind}, ${s.bound}`;
    case 'dpor':
    case 'stateful':
      return s.kind;
    default:
      return `${s.kind}, seed ${s.seed}`;
  }
}

/** The mark and the class of a verdict: shape and colour say the same. */
export const VERDICTS: Readonly<
  Record<VerdictWord, { readonly mark: string; readonly css: string }>
> = {
  holds: { mark: '✔', css: 'good' },
  fails: { mark: '▼', css: 'bad' },
  unknown: { mark: '?', css: 'warn' },
  'never reached': { mark: '?', css: 'warn' },
};
