// The one router of calls: validates, runs, times. Only own keys of the schema table can be
// called; birpc alone would also call inherited ones.
import { createBirpc } from 'birpc';
import * as v from 'valibot';
import type { LabCalls, LabEvents } from '../../preload/contract/calls';
import { SCHEMAS } from './schemas';

export interface Channel {
  readonly post: (message: unknown) => void;
  readonly on: (listener: (message: unknown) => void) => void;
  readonly serialize?: (message: unknown) => unknown;
  readonly deserialize?: (message: unknown) => unknown;
}

/** Calls slower than this are written to the log. */
const SLOW_MS = 2000;
/** Calls that are long because they search or replay. */
const LONG: ReadonlySet<string> = new Set(['run', 'explore', 'debug', 'verify', 'save', 'export']);

/** Serve `host` on a channel; returns what sends events to the window. */
export function serveCalls(
  makeHost: (events: () => LabEvents) => LabCalls,
  channel: Channel,
  log: (line: string) => void,
): void {
  let events: LabEvents | null = null;
  const host = makeHost(() => events as LabEvents);
  const rpc = createBirpc<LabEvents, LabCalls>(host, {
    post: channel.post,
    on: channel.on,
    ...(channel.serialize ? { serialize: channel.serialize } : {}),
    ...(channel.deserialize ? { deserialize: channel.deserialize } : {}),
    timeout: -1,
    eventNames: ['progress', 'making', 'campaign', 'opening', 'report'],
    resolver(name) {
      if (!Object.hasOwn(SCHEMAS, name)) return undefined;
      const method = name as keyof LabCalls;
      return async (...args: unknown[]) => {
        const parsed = v.safeParse(SCHEMAS[method], args);
        if (!parsed.success) {
          const issue = parsed.issues[0];
          const where = issue.path?.map((p) => String(p.key)).join('.') ?? '';
          throw new Error(`call ${name}: argument ${where} ${issue.message}`);
        }
        const start = performance.now();
        try {
          return await (host[method] as (...a: unknown[]) => Promise<unknown>)(...parsed.output);
        } finally {
          const ms = Math.round(performance.now() - start);
          if (ms > SLOW_MS && !LONG.has(method)) log(`call ${name} took ${ms} ms`);
        }
      };
    },
  });
  events = {
    progress: (job, n, found) => void rpc.progress.asEvent(job, n, found),
    making: (job, done, total) => void rpc.making.asEvent(job, done, total),
    campaign: (job, cells) => void rpc.campaign.asEvent(job, cells),
    opening: (title, line) => void rpc.opening.asEvent(title, line),
    report: (text) => void rpc.report.asEvent(text),
  };
}
