// Who made a result: the version of the tool and a hash over the engine's sources, put in by the
// build. Equal hashes mean equal semantics.
declare const __ENGINE_HASH__: string;
declare const __VERSION__: string;

export const VERSION = __VERSION__;
export const ENGINE = `${__VERSION__}+${__ENGINE_HASH__}`;
export const CREATED_BY = `faultline ${__VERSION__}`;
