// First contact, and settings.
import type { SettingsShape } from '../../preload/contract/calls';
import { calls, fail, guarded } from './lab';
import { openGallery, openScratch } from './scripts';
import { big, session } from './session';

/** The theme that the settings and the platform come to. */
export function applyTheme(): void {
  const { theme } = session.settings;
  const light = window.matchMedia('(prefers-color-scheme: light)').matches;
  session.theme = theme === 'system' ? (light ? 'light' : 'dark') : theme;
  document.documentElement.dataset.theme = session.theme;
}

/** Change settings, and have them remembered. */
export function setSettings(change: Partial<SettingsShape>): void {
  session.settings = { ...session.settings, ...change };
  applyTheme();
  calls.saveSettings({ ...session.settings }).catch(fail);
}

let begun: () => void = () => {};
/** Resolves when the lab has been asked, and there is a script that can be run, or has failed to. */
export const started = new Promise<void>((resolve) => {
  begun = resolve;
});

/** Gallery, typings, settings, and a script that can be run at once. */
export function start(): Promise<boolean> {
  const asked = guarded(async () => {
    const hello = await calls.hello();
    big.hello = hello;
    session.settings =
      hello.settings.layout === 'compare' ? { ...hello.settings, layout: 'write' } : hello.settings;
    applyTheme();
    session.guide = hello.settings.guided ? -1 : 0;
    session.recent = await calls.recent();
    session.recovered = [...hello.recovered];
    const first = hello.gallery[0];
    if (first) await openGallery(first.id);
    else if (hello.scratches[0]) await openScratch(hello.scratches[0].name);
  });
  return asked.finally(begun);
}
