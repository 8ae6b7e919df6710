// How the compiler of a process that searches is set: it may put more of the engine into one function
// than it would by itself. A step passes a dozen small functions; a random search of the seed scenario is 15 %
// faster for it (`npm run bench`).

/** Flags of V8, as arguments of a process that searches. */
export const ENGINE_FLAGS: readonly string[] = [
  '--max-inlined-bytecode-size=1500',
  '--max-inlined-bytecode-size-cumulative=4000',
  '--min-inlining-frequency=0.01',
];
