// The thread that makes large files: bundles and exports of long runs. It tells how far it is, and is ended to
// cancel it; nothing is written here.
import { parentPort } from 'node:worker_threads';
import type { ToldByMaker } from './making';
import { type FileOrder, made } from './sharing';

const port = parentPort;
port?.once('message', async (order: FileOrder) => {
  const tell = (m: ToldByMaker): void => port.postMessage(m);
  try {
    tell({ file: await made(order, (done, total) => tell({ done, total })) });
  } catch (e) {
    tell({ error: String((e as Error).message ?? e) });
  }
});
