// What a checker says when something broke. A finding is plain data; the recorded run it belongs
// to holds the stacks and states that its steps point at.
import type { Machine } from './machine';
import type { KObject, Thing } from './object';
import { functionOf, type Task } from './task';

/** `fatal` stops the run (the machine's memory or progress is gone); a `warning` does not. */
export type Severity = 'fatal' | 'warning';

/** A link from a finding to a step of the run. */
export interface RelatedStep {
  readonly label: string;
  readonly step: number;
}

export interface Finding {
  /** The checker's name, for example `use-after-free`. */
  readonly checker: string;
  readonly severity: Severity;
  /** Heading in the kernel's own words: `BUG: KASAN: slab-use-after-free in mutex_unlock`. */
  readonly title: string;
  /** One sentence for people. */
  readonly message: string;
  /** Step at which it was noticed; the last step of the run for findings at the end. */
  readonly step: number;
  readonly task: string;
  /** Function the finding is attributed to. */
  readonly where: string;
  /** Name of the object involved, or empty. */
  readonly object: string;
  readonly related: readonly RelatedStep[];
  /** Extra lines for the splat, for example a lock chain. */
  readonly details: readonly string[];
  /** Equal for findings with the same cause, whatever the schedule. */
  readonly identity: string;
}

/** Checkers in the order in which their findings are reported first. */
export const CHECKER_RANK: readonly string[] = [
  'use-after-free',
  'double-free',
  'invalid-free',
  'null-dereference',
  'list-corruption',
  'refcount',
  'deadlock',
  'livelock',
  'lost-wakeup',
  'hung-task',
  'pasid-isolation',
  'lost-request',
  'response-rules',
  'data-race',
  'lock-order',
  'atomic-sleep',
  'lock-held-at-exit',
  'suspicious-rcu',
  'leak',
  'invariant',
  'expectation',
  'warning',
  'step-limit',
];

/** Sort key of a finding: the worse comes first. */
export function findingRank(f: Finding): number {
  const name = f.checker.startsWith('invariant') ? 'invariant' : f.checker;
  const at = CHECKER_RANK.indexOf(name);
  return at < 0 ? CHECKER_RANK.length : at;
}

/** Class name of the object a thing belongs to, plus the member: `iommu_fault_param.lock`. */
export function kindOf(thing: Thing): string {
  const mem = thing.mem;
  if (mem === null) return thing.name.replace(/[0-9]+$/, '');
  const member = (thing as { member?: string }).member;
  return member === undefined ? mem.cls.name : `${mem.cls.name}.${member}`;
}

/** The steps of an object's life that a report links to. */
export function lifeSteps(o: KObject): RelatedStep[] {
  const out: RelatedStep[] = [{ label: 'allocated', step: o.allocStep }];
  if (o.rcuStep > 0) out.push({ label: 'kfree_rcu', step: o.rcuStep });
  if (o.state !== 0) out.push({ label: 'freed', step: o.freeStep });
  return out;
}

/** Report something; stops the run when it is fatal. Where it goes on, only what each task finds first is kept. */
export function report(
  m: Machine,
  f: Omit<Finding, 'step' | 'task' | 'where' | 'details' | 'related' | 'object'> & {
    readonly at?: Task | null;
    readonly where?: string;
    readonly thing?: Thing | null;
    readonly related?: readonly RelatedStep[];
    readonly details?: readonly string[];
  },
): void {
  const t = f.at ?? null;
  const { broken } = m;
  const known = broken ? m.later : m.findings;
  const by = t?.name ?? '';
  if (known.some((x) => x.identity === f.identity && (!broken || x.task === by))) return;
  known.push({
    checker: f.checker,
    severity: f.severity,
    title: f.title,
    message: f.message,
    identity: f.identity,
    step: m.step,
    task: by,
    where: f.where ?? (t ? functionOf(t).name : ''),
    object: f.thing?.name ?? '',
    related: f.related ?? [],
    details: f.details ?? [],
  });
  if (f.severity !== 'fatal') return;
  if (m.goesOn) m.broken = true;
  else m.stopped = true;
}
