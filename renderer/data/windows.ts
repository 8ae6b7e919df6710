// One window for each bundle. A window that holds one already opens the next in a window of its own, unless the
// two are to be compared.
import { addressOf, keyIn } from '../../preload/contract/address';
import { calls, guarded } from './lab';
import { openHere } from './runs';
import { big, session } from './session';

/** What can be opened: the bytes of a bundle or a token, or the name of a bundle saved earlier. */
export type Bundle = Uint8Array | string;

function openParked(key: string): Promise<void> {
  return openHere(() => calls.openParked(key));
}

/** Open a bundle in a window of its own; here if it is here already, or the browser does not allow one. */
async function openElsewhere(bundle: Bundle): Promise<void> {
  const key = crypto.randomUUID();
  const id = await calls.park(key, bundle);
  if (session.runs.some((r) => r.id === id)) return openParked(key);
  const page = window.open(`${location.origin}/${addressOf(key)}`);
  // Electron opens it itself and says nothing.
  if (page === null && big.hello?.shell === 'browser') await openParked(key);
  else session.info = 'opened in a window of its own; Ctrl+Shift+O opens one here, to compare';
}

/**
 * Open a bundle; nothing in it is executed.
 * @param beside in this window, whatever it holds
 */
export async function openBundle(bundle: Bundle, beside = false): Promise<void> {
  const holdsOne = session.runs.some((r) => r.fromBundle);
  if (beside || !holdsOne) {
    return openHere(() =>
      typeof bundle === 'string' ? calls.openRecent(bundle) : calls.open(bundle),
    );
  }
  await guarded(() => openElsewhere(bundle));
}

/** Open what this window was made for. */
export async function openArrived(): Promise<void> {
  const key = keyIn(location.hash);
  if (key === null) return;
  history.replaceState(null, '', '/');
  await openParked(key);
}
