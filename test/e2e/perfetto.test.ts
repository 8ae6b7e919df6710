// end to end: the Perfetto export against Perfetto's own schema and against a trace that Perfetto wrote itself.
// Both come out of Chromium. What the schema there does not cover (packets and track descriptors) is read by one
// reader from both traces.
import type { DescMessage } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, test } from 'vitest';
import { perfetto } from '../../main/export/perfetto';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';
import { type Packet, packetsOf } from '../support/perfetto-reader';
import { decode, type PerfettoOwn, perfettoOwn } from '../support/perfetto-schema';

const STATE_CLEARED = 1;
const BEGIN = 1;
const END = 2;
const INSTANT = 3;
const COUNTER = 4;

let own: PerfettoOwn;
let theirs: Packet[];
let run: KeptRun;
let ours: Packet[];
beforeAll(async () => {
  own = await perfettoOwn(process.env.CHROMIUM ?? '/usr/bin/chromium');
  theirs = packetsOf(own.trace);
  const [, script] = galleryScripts()[0] as [string, string];
  run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  ours = packetsOf(perfetto(run));
});

/** Fields that the schema does not know, of a message and of those in it. */
function unknown(message: unknown): number[] {
  if (Array.isArray(message)) return message.flatMap(unknown);
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return [];
  const { $unknown, ...known } = message as { $unknown?: { no: number }[] };
  return [...($unknown ?? []).map((f) => f.no), ...Object.values(known).flatMap(unknown)];
}

interface TrackEvent {
  readonly type: number;
  readonly trackUuid: bigint;
  readonly nameField: { readonly case?: string; readonly value?: unknown };
  readonly flowIds: readonly bigint[];
  readonly terminatingFlowIds: readonly bigint[];
  readonly counterValueField: { readonly case?: string; readonly value?: unknown };
  readonly debugAnnotations: readonly {
    readonly nameField: { readonly value?: unknown };
    readonly value: { readonly case?: string; readonly value?: unknown };
  }[];
}

const eventOf = (bytes: Uint8Array): TrackEvent =>
  decode(own.trackEvent as DescMessage, bytes) as unknown as TrackEvent;

const events = (packets: Packet[]): TrackEvent[] =>
  own.trackEvent === null ? [] : packets.flatMap((p) => (p.event ? [eventOf(p.event)] : []));

// A process that was just starting or ending may have left something out: a tenth is allowed for.
describe('the reader reads what Perfetto writes', () => {
  test('tracks: processes, parents, counters', () => {
    const tracks = theirs.flatMap((p) => (p.track ? [p.track] : []));
    expect(tracks.some((t) => own.pids.includes(t.pid))).toBe(true);
    const uuids = new Set(tracks.map((t) => t.uuid));
    const children = tracks.filter((t) => t.parent !== 0n);
    expect(children.length).toBeGreaterThan(10);
    expect(children.filter((t) => !uuids.has(t.parent)).length).toBeLessThan(children.length / 10);
    expect(tracks.some((t) => t.counter && t.name !== '')).toBe(true);
  });
  test('packets: times, sequences, where a sequence starts', () => {
    const timed = theirs.filter((p) => p.event !== null);
    expect(timed.length).toBeGreaterThan(100);
    expect(timed.every((p) => p.sequence > 0)).toBe(true);
    expect(theirs.some((p) => (p.flags & STATE_CLEARED) === STATE_CLEARED)).toBe(true);
  });
  test('events: on tracks that are described', () => {
    const uuids = new Set(theirs.flatMap((p) => (p.track ? [p.track.uuid] : [])));
    const placed = events(theirs).filter((e) => e.trackUuid !== 0n);
    if (own.trackEvent !== null) expect(placed.length).toBeGreaterThan(10);
    const lost = placed.filter((e) => !uuids.has(e.trackUuid));
    expect(lost.length).toBeLessThanOrEqual(placed.length / 10);
  });
});

describe('our export, by the same reader', () => {
  test('one sequence that starts once, in order on every track', () => {
    expect(new Set(ours.map((p) => p.sequence))).toEqual(new Set([1]));
    expect(ours.map((p) => p.flags).filter((f) => f !== 0)).toEqual([STATE_CLEARED]);
    expect(ours[0]?.flags).toBe(STATE_CLEARED);
  });
  test('slices lie within each other, on every track', (context) => {
    if (own.trackEvent === null) return context.skip('no schema in this Chromium');
    const byTrack = new Map<bigint, { time: number; type: number }[]>();
    for (const p of ours) {
      if (p.event === null) continue;
      const { type, trackUuid } = eventOf(p.event);
      byTrack.set(trackUuid, [...(byTrack.get(trackUuid) ?? []), { time: p.timestamp, type }]);
    }
    for (const list of byTrack.values()) {
      let depth = 0;
      for (const { type } of list.sort((a, b) => a.time - b.time)) {
        depth += type === BEGIN ? 1 : type === END ? -1 : 0;
        expect([0, 1]).toContain(depth);
      }
      expect(depth).toBe(0);
    }
  });
  test('two processes; every other track has its place below one', () => {
    const tracks = ours.flatMap((p) => (p.track ? [p.track] : []));
    const uuids = new Set(tracks.map((t) => t.uuid));
    expect(uuids.size).toBe(tracks.length);
    const processes = tracks.filter((t) => t.pid > 0);
    expect(processes.map((t) => t.name)).toEqual(['device', 'kernel v6.1']);
    expect(processes.map((t) => t.parent)).toEqual([0n, 0n]);
    const rest = tracks.filter((t) => t.pid === 0);
    expect(rest.every((t) => uuids.has(t.parent) && t.name !== '')).toBe(true);
    for (const t of run.columns.tasks) expect(rest.map((r) => r.name)).toContain(t.name);
  });
});

describe("our events, by Perfetto's schema", () => {
  test('no field that it does not know', (context) => {
    if (own.trackEvent === null) return context.skip('no schema in this Chromium');
    expect(events(ours).flatMap(unknown)).toEqual([]);
  });
  test('an event is a slice with its step; slices end; counters count; findings are instants', (context) => {
    if (own.trackEvent === null) return context.skip('no schema in this Chromium');
    const all = events(ours);
    const of = (type: number): TrackEvent[] => all.filter((e) => e.type === type);
    expect(of(BEGIN)).toHaveLength(of(END).length);
    const stepOf = (e: TrackEvent): unknown =>
      e.debugAnnotations.find((a) => a.nameField.value === 'step')?.value.value;
    const steps = of(BEGIN).flatMap((e) => stepOf(e) ?? []);
    expect(steps.map(Number)).toEqual(Array.from({ length: run.columns.events }, (_, i) => i + 1));
    expect(of(INSTANT).map((e) => e.nameField.value)).toEqual(run.findings.map((f) => f.title));
    expect(of(COUNTER).length).toBeGreaterThan(0);
    expect(new Set(of(COUNTER).map((e) => e.counterValueField.case))).toEqual(
      new Set(['counterValue']),
    );
    const tracks = new Map(ours.flatMap((p) => (p.track ? [[p.track.uuid, p.track]] : [])));
    expect(all.filter((e) => !tracks.has(e.trackUuid))).toEqual([]);
    expect(of(COUNTER).every((e) => tracks.get(e.trackUuid)?.counter)).toBe(true);
  });
  test('every flow that begins ends', (context) => {
    if (own.trackEvent === null) return context.skip('no schema in this Chromium');
    const ids = (field: 'flowIds' | 'terminatingFlowIds'): string[] =>
      events(ours)
        .flatMap((e) => e[field].map(String))
        .sort();
    expect(ids('flowIds').length).toBeGreaterThan(5);
    expect(ids('terminatingFlowIds')).toEqual(ids('flowIds'));
  });
});
