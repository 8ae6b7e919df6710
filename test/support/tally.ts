// One line for each thing that is wrong with a program, and one for all of them: what a test of many programs reads.

/** What became of one program. */
export interface Judged {
  readonly wrong: readonly string[];
  readonly traces: number;
  readonly givenUp: number;
}

/**
 * Judge programs one after the other, and say what came out. The process fails where something is wrong.
 * @param judge null for a program that is too large
 * @param what names them, with the seeds
 */
export function tally(
  from: number,
  wanted: number,
  judge: (seed: number) => Judged | null,
  what: (seeds: string) => string,
): void {
  let traces = 0;
  let givenUp = 0;
  let seed = from;
  for (let done = 0; done < wanted; seed++) {
    const judged = judge(seed);
    if (judged === null) continue;
    done++;
    traces += judged.traces;
    givenUp += judged.givenUp;
    if (judged.wrong.length > 0) process.exitCode = 1;
    for (const line of judged.wrong) console.log(line);
  }
  const programs = what(`seeds ${from} to ${seed - 1}`);
  console.log(`${wanted} ${programs}, ${traces} traces, ${givenUp} given up`);
}
