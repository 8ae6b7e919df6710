// What the parts of the script API share: complaints, and functions that come from a script.
import { type FunctionInfo, registerFunction } from '../engine/api';

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
