// Columns that may be of different widths, compared.
import type { RunColumns } from '../../preload/contract/shapes';

/** Columns as plain numbers: in a file they are as wide as they need to be. */
export function plain(run: RunColumns): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(run).map(([name, column]) => [
      name,
      ArrayBuffer.isView(column) ? Array.from(column as Uint8Array) : column,
    ]),
  );
}
