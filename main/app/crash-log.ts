// What went wrong while nobody looked, in a file of the user's lab. Nothing leaves the machine.
import { appendFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes after which a new file is begun; the old one is kept. */
const LONGEST = 1024 * 1024;

/** A writer of lines into `crash.log`, which also goes to the terminal. Never throws. */
export function crashLog(folder: string): (line: string) => void {
  const path = join(folder, 'crash.log');
  return (line) => {
    console.error(`faultline: ${line}`);
    try {
      mkdirSync(folder, { recursive: true });
      if (existsSync(path) && statSync(path).size > LONGEST) renameSync(path, `${path}.1`);
      appendFileSync(path, `${new Date().toISOString()} ${line}\n`);
    } catch {
      // A log that cannot be written must not take the lab down.
    }
  };
}
