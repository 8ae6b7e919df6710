// The line to the lab: its calls, and what is shown while one runs or when one fails.
import type { CampaignCell, LabCalls } from '../../preload/contract/calls';
import { connect } from './rpc';
import { session } from './session';

let serial = 0;
let onCampaign: (job: string, cells: readonly CampaignCell[]) => void = () => {};

/** Who wants to know how a campaign goes on. */
export function hearCampaign(listener: typeof onCampaign): void {
  onCampaign = listener;
}

export const calls: LabCalls = connect(
  {
    progress(name, executions, findings) {
      if (session.running?.job !== name) return;
      session.running.executions = executions;
      session.running.findings = findings;
    },
    making(name, done, total) {
      if (session.running?.job === name) session.running.share = done / total;
    },
    campaign: (job, cells) => onCampaign(job, cells),
    report(text) {
      session.report = text;
    },
    opening(title, verdictLine) {
      session.opening = `${title}: ${verdictLine}`;
    },
  },
  () => {
    session.lost = true;
  },
);

/** Say what went wrong. */
export function fail(e: unknown): void {
  session.error = String((e as Error).message ?? e);
}

/** What was said before is not said any more: the user does something else. */
export function hush(): void {
  session.error = '';
  session.info = '';
}

/** Do something that may fail; the failure is shown. Resolves to whether it worked. */
export function guarded(work: () => Promise<void>): Promise<boolean> {
  hush();
  return aside(work);
}

/** The same for what nobody asked for: what was said last stays. */
export async function aside(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (e) {
    fail(e);
    return false;
  }
}

/** A name for a job that the lab has not heard yet. */
export function jobName(): string {
  return `job-${++serial}`;
}

/** Do something long that can be cancelled; one at a time. */
export async function withJob(
  label: string,
  work: (name: string) => Promise<void>,
): Promise<boolean> {
  if (session.running) return false;
  const name = jobName();
  session.running = {
    job: name,
    label,
    executions: 0,
    findings: 0,
    share: 0,
    since: performance.now(),
  };
  const ok = await guarded(() => work(name));
  session.running = null;
  return ok;
}

/** Write a file. While something else runs that can be cancelled, it is done all the same, without a place of its own. */
export function writing(label: string, work: (name: string) => Promise<void>): Promise<boolean> {
  return session.running ? guarded(() => work(jobName())) : withJob(label, work);
}

/** Cancel what runs. */
export async function cancel(): Promise<void> {
  if (session.running) await calls.cancel(session.running.job);
}
