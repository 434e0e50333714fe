// What clients notice of scrubbing and of a lifecycle pass at their default pace: the time of requests at a fixed rate,
// far from saturation, beside them and without them, over the same objects.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchCase, BenchContext } from '@cairn/bench';
import { cairnWithUpkeep, type Upkeep, type UpkeepServer } from '../servers/cairn-with-upkeep.ts';
import { type ServerKind, send } from '../servers/server.ts';
import { bucket, compare, type Workload } from './compare.ts';
import { fillBucket, numbered } from './fill-bucket.ts';
import { getWorkload, putWorkload } from './object-workloads.ts';

const load = { sizeBytes: 4_096, unit: 'ms p99', connections: 16, ratePerSecond: 1_000 } as const;

export function upkeepCases(ours: ServerKind): readonly BenchCase[] {
  const peer = { ...ours, name: 'without upkeep' };
  const loads = { get: getWorkload(load), put: putWorkload(load) };
  return Object.entries(loads).map(([name, workload]) =>
    compare({
      ...{ name: `${name}-4kib-p99-beside-upkeep`, ours: cairnWithUpkeep, peer, atMost: 1.2 },
      ...{ workload: besideUpkeep(overManyObjects(workload)), peerWorkload: overManyObjects(workload) },
    }),
  );
}

function overManyObjects(workload: Workload): Workload {
  return {
    ...workload,
    prepare: async (server, context) => {
      await workload.prepare?.(server, context);
      await fillBucket(server, {
        ...{ count: countIn(context), body: Buffer.alloc(load.sizeBytes, 'x') },
        target: (index) => `/${bucket}/${expiringPrefix}${numbered(index)}`,
      });
    },
  };
}

/** The server works in the background in its own turns only. */
function besideUpkeep(workload: Workload): Workload {
  return {
    ...workload,
    prepare: async (server, context) => {
      const ours = server as UpkeepServer;
      ours.resume();
      await workload.prepare?.(ours, context);
      ours.pause();
    },
    measure: async (server, context) => {
      const ours = server as UpkeepServer;
      ours.resume();
      await beginUpkeep(ours);
      const before = await ours.upkeep();
      const startMs = performance.now();
      const value = await workload.measure(ours, context);
      const seconds = (performance.now() - startMs) / 1_000;
      checkUpkeep({ before, after: await ours.upkeep(), seconds }, context);
      await endUpkeep(ours);
      return value;
    },
  };
}

/** Expires what the bucket was filled with, and returns when that and the scrubber are at work. */
async function beginUpkeep(server: UpkeepServer): Promise<void> {
  const before = await server.upkeep();
  await send(server, { method: 'PUT', target: lifecycle, body: rules });
  for (const endMs = performance.now() + beginMsMax; ; await sleep(10)) {
    const { scrubbedBytes, expiredObjects } = await server.upkeep();
    if (scrubbedBytes > before.scrubbedBytes && expiredObjects > before.expiredObjects) return;
    assert(performance.now() < endMs, 'scrubbing and the lifecycle pass did not begin');
  }
}

/** The pass ends before the pause: one that stood still in mid-batch would think it slow, and rest for twice as long. */
async function endUpkeep(server: UpkeepServer): Promise<void> {
  await send(server, { method: 'DELETE', target: lifecycle });
  await sleep(passEndsMs);
  server.pause();
}

/** A turn beside a pass that has ended, or a scrubber that rests, would measure nothing. A tiny one is too short for both. */
function checkUpkeep(turn: { before: Upkeep; after: Upkeep; seconds: number }, { tiny }: BenchContext): void {
  const { before, after, seconds } = turn;
  const scrubbed = (after.scrubbedBytes - before.scrubbedBytes) / seconds;
  const expired = (after.expiredObjects - before.expiredObjects) / seconds;
  assert(
    tiny || (scrubbed >= scrubbedPerSecondMin && expired >= expiredPerSecondMin),
    `in a turn, ${Math.round(scrubbed)} bytes a second were scrubbed, and ${Math.round(expired)} objects expired`,
  );
}

const scrubbedPerSecondMin = 100_000;
const expiredPerSecondMin = 50;
const beginMsMax = 30_000;
const passEndsMs = 200;

/** More than expire at 1,000 a second in all turns of a run. */
const countIn = ({ tiny }: BenchContext) => (tiny ? 200 : 40_000);

const lifecycle = `/${bucket}?lifecycle=`;
const expiringPrefix = 'expiring-';
const rules = Buffer.from(
  `<LifecycleConfiguration><Rule><ID>bench</ID><Status>Enabled</Status><Filter><Prefix>${expiringPrefix}</Prefix></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>`,
);
