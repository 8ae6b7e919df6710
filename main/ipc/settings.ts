// What the window wants remembered between sessions.
import * as v from 'valibot';
import type { SettingsShape } from '../../preload/contract/calls';

/** Unknown fields are dropped; what is missing or wrong is as it is at first. */
export const settingsSchema = v.object({
  theme: v.fallback(v.picklist(['system', 'dark', 'light']), 'system'),
  layout: v.fallback(v.picklist(['write', 'read', 'compare']), 'write'),
  grouping: v.fallback(v.picklist(['task', 'cpu', 'object']), 'task'),
  axis: v.fallback(v.picklist(['step', 'time']), 'step'),
  guided: v.fallback(v.boolean(), false),
});

/** Settings from the text of their file. */
export function readSettings(text: string): SettingsShape {
  let raw: unknown = {};
  try {
    raw = JSON.parse(text === '' ? '{}' : text);
  } catch {
    raw = {};
  }
  const parsed = v.safeParse(settingsSchema, raw);
  return parsed.success ? parsed.output : v.parse(settingsSchema, {});
}
