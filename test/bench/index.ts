// npm run bench: what the engine does in a second (`search.ts`), the counts of traces (`counts.ts`), other
// model checkers beside it (`peers.ts`), what cores bring (`cores.ts`), this build beside another one (`against.ts`).
import { resolve } from 'node:path';
import { printAgainst, serveRow } from './against';
import { printCores, printNothingChosen } from './cores';
import { printCounts } from './counts';
import { printPeers } from './peers';
import { printRow, printSpeed } from './search';

const [what = '', ...rest] = process.argv.slice(2);
if (what === 'counts') process.exitCode = printCounts(Number(rest[0] ?? 60), rest[1] ?? '') ? 0 : 1;
else if (what === 'peers') printPeers();
else if (what === 'cores' && rest[0] === 'auto') await printNothingChosen();
else if (what === 'cores') await printCores();
else if (what === 'against') await printAgainst(resolve(rest[0] ?? 'out/main'), rest[1] ?? '');
else if (what === 'serve') serveRow(rest[0] ?? '', rest[1] === 'races');
else if (what === 'row') printRow(rest[0] ?? '', rest[1] === 'races');
else printSpeed(what);
