// What the parts of the script API share: complaints, and functions that come from a script.
import { type FunctionInfo, registerFunction, type Thing } from '../engine/api';

const SCRIPT_FILE = 'experiment.ts';
const scriptInfos = new Map<string, FunctionInfo>();

/** A function of the script, registered once per name. */
export function scriptInfo(name: string): FunctionInfo {
  let info = scriptInfos.get(name);
  if (info === undefined) {
    info = registerFunction({ name, file: SCRIPT_FILE, upstream: '', deviates: '', script: true });
    scriptInfos.set(name, info);
  }
  return info;
}

/**
 * Complain about a script unless a condition holds.
 * @throws TypeError with the message
 */
export function need(condition: boolean, message: string): void {
  if (!condition) throw new TypeError(message);
}

/**
 * What a script names: a structure or a part of one, or what the lab has made around a structure.
 * @throws TypeError where it is something else
 */
export function thingOf(named: unknown): Thing {
  const thing = (named as { struct?: unknown } | null)?.struct ?? named;
  const { uid } = (thing ?? {}) as { uid?: unknown };
  if (typeof uid === 'number') return thing as Thing;
  const was = thing === null ? 'null' : typeof thing;
  throw new TypeError(
    `lab.until: after the condition come the structures and parts of structures that it looks at, not ${was}`,
  );
}
