// The realm of the confined process is locked down, once, before anything of a stranger's is evaluated.
import 'ses';

declare const repairIntrinsics: (options: Record<string, string>) => void;
declare const hardenIntrinsics: () => void;

/** What every array inherits from. */
const OF_ARRAYS: readonly object[] = [Array.prototype, Object.prototype];

/**
 * Freeze what arrays inherit from so that storing into an array stays fast. V8 marks the elements of an object that is
 * frozen as read-only, though there are none; where anything that an array inherits from has read-only elements, it
 * looks each store up anew: four times slower within an array, twenty times at its end. An object that has just had an
 * attribute of a property changed keeps its properties in a table, and those are frozen without that mark. To be made
 * the prototype of something brings the properties back from the table, so that calls of methods can be compiled in.
 */
function freezeWhatArraysInherit(): void {
  for (const prototype of OF_ARRAYS) {
    Object.defineProperty(prototype, 'toString', { configurable: false });
    Object.freeze(prototype);
    Object.create(prototype);
  }
}

/** Lock the realm down: what the language brings can no longer be changed, and reaches nothing outside. */
export function lockDown(): void {
  repairIntrinsics({
    errorTaming: 'unsafe',
    // Properties that can still be overridden by assignment are accessors, which are slow for arrays and maps.
    overrideTaming: 'min',
    stackFiltering: 'verbose',
    errorTrapping: 'none',
    consoleTaming: 'unsafe',
    unhandledRejectionTrapping: 'none',
  });
  freezeWhatArraysInherit();
  hardenIntrinsics();
}
