// How the address of a window says which bundle it was opened for, in both shells.

const WAITS = /^#bundle=([0-9a-f-]{36})$/;

/** What follows the lab's address in a window for a bundle. @param key of the bundle, a UUID */
export function addressOf(key: string): string {
  return `#bundle=${key}`;
}

/** The key in such an address; null where a window was opened for no bundle. @param hash from `#` on */
export function keyIn(hash: string): string | null {
  return WAITS.exec(hash)?.[1] ?? null;
}
