// The choices that were open after a step: which tasks could have run, and why the others could not.
import type {
  InspectorState,
  LogLine,
  OpenChoices,
  RunColumns,
} from '../../preload/contract/shapes';

/** The task that runs what a script sets up; it is over before the others of the script start. */
const SET_UP = 'setup';

/** Why a task that waits for its next op has to wait. */
function reasonOf(
  run: RunColumns,
  task: InspectorState['tasks'][number],
  state: InspectorState,
): string {
  const [op = '', target = ''] = splitOp(task.next);
  if (task.state === 'ended') return 'it has ended';
  if ((run.tasks[task.id]?.bornAt ?? 0) > state.step) return 'nobody has started it yet';
  const setsUp = state.tasks.some((t) => t.name === SET_UP && t.state !== 'ended');
  const inTurn = 'in the set-up, who can go on first does';
  if (op === 'task_start' || op === '') {
    return task.name === SET_UP || !setsUp ? inTurn : 'it starts once the set-up is over';
  }
  const lock = state.locks.find((l) => l.name === target);
  if (lock !== undefined && lock.owner !== '') {
    return lock.owner === task.name ? `it holds ${target} itself` : `${lock.owner} holds ${target}`;
  }
  if (WAITS[op] !== undefined) return `${WAITS[op]} ${target}`.trim();
  return setsUp ? inTurn : `${op} cannot go on yet`;
}

const WAITS: Readonly<Record<string, string>> = {
  ring_wait: 'it waits for a request in',
  wait_response: 'it waits for a response to',
  wait_for_completion: 'it waits for the completion',
  wait_event: 'it waits for its condition on',
  task_join: 'it waits for the end of',
  work_start: 'it waits for work of',
  flush_wait: 'it waits for work queued before the flush of',
  grace_period: 'it waits for the end of the grace period',
  rcu_free: 'readers are still in their sections before',
  user_copy: 'user space does not answer',
  hw_drain: 'it waits for requests in',
  device_idle: 'it waits until the device is idle:',
  schedule: 'nobody has woken it on',
  udelay: 'it sleeps',
};

function splitOp(next: string): [string, string] {
  const at = next.indexOf(' ');
  return at < 0 ? [next, ''] : [next.slice(0, at), next.slice(at + 1)];
}

/** What could have happened after `state.step` events. */
export function choicesAt(
  run: RunColumns,
  log: readonly LogLine[],
  state: InspectorState,
): OpenChoices {
  const { step } = state;
  const over = step >= run.events;
  return {
    step,
    taken: over ? -1 : (run.task[step] as number),
    tasks: state.tasks.map((t) => {
      const { id, name, context } = t;
      const next = t.next === '' && t.state === 'not started' ? 'task_start' : t.next;
      // A task above the mask's width ran all the same when it is the one that was taken.
      const runnable = t.runnable || (!over && run.task[step] === id);
      const reason = runnable ? '' : over ? 'the run is over' : reasonOf(run, t, state);
      return { id, name, context, next, runnable, reason };
    }),
    faults: log
      .filter((l) => l.level === 'fault' && l.step === step + 1)
      .map((l) => ({ step: l.step, text: l.text.replace('FAULT_INJECTION: ', '') })),
  };
}
