// What the metrics say of the lag of replication: how many versions wait, and how long the oldest has, while a destination
// is away, when it is back, and after a restart in between.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type { ReplicationDestination } from '../../src/replication/replication-destination.ts';
import { openOnMachine } from '../open-on-machine.ts';
import { replication } from './replicating.ts';

const target = 'arn:cairn:replication:::away';
const minuteMs = 60_000;
/** It is measured every ten seconds. */
const lateSeconds = 15;

/** Takes everything, when it is there. */
function awayServer(state: { isThere: boolean }): ReplicationDestination {
  return {
    objection: async () => undefined,
    abandon: async () => {},
    read: () => Promise.reject(new Error('not asked for')),
    close: () => {},
    replicate: async ({ object }) => {
      if (!state.isThere) throw new Error('not there');
      await object?.open(undefined).then((content) => content.close());
      return {};
    },
  };
}

async function opened(machine: SimulatedMachine, state: { isThere: boolean }) {
  const metrics = createMetrics();
  const storage = await openOnMachine(machine, {
    telemetry: { ...silentTelemetry(), metrics },
    replication: { destinations: { [target]: awayServer(state) } },
  });
  const metric = (name: string): number | undefined => {
    const line = `cairn_object_storage_replication_${name}{target="${target}"} `;
    const found = metrics
      .expose()
      .split('\n')
      .find((each) => each.startsWith(line));
    return found === undefined ? undefined : Number(found.slice(line.length));
  };
  return { storage, metric };
}

async function put(storage: ObjectStorage, key: string): Promise<void> {
  const attributes = { headers: {}, userMetadata: {} };
  await storage.putObject({ bucket: 'source', key, attributes, body: objectBody(Buffer.from(key)) });
}

function assertAge(seconds: number | undefined, sinceMs: number, nowMs: number): void {
  const waitedSeconds = (nowMs - sinceMs) / 1_000;
  assert(
    seconds !== undefined && seconds <= waitedSeconds && seconds > waitedSeconds - lateSeconds,
    `${seconds} s are told, ${waitedSeconds} s it has been`,
  );
}

test('the metrics tell how many versions wait for a destination and how long the oldest has, until none does', () => {
  const simulation = new Simulation({ seed: 1, eventsMax: 10_000_000 });
  const { clock } = simulation;
  return simulation.run(async () => {
    const machine = simulation.machine('storage');
    const state = { isThere: true };
    let { storage, metric } = await opened(machine, state);
    await storage.createBucket({ bucket: 'source', owner: 'me' });
    await storage.setBucketVersioning({ bucket: 'source', versioning: 'enabled' });
    await storage.configureBucket({ bucket: 'source', documents: replication([{ destination: target }]) });
    await put(storage, 'before');
    await clock.sleep(5 * minuteMs);
    assert.deepEqual((await storage.stats()).replication, []);
    assert.equal(metric('replicated_total'), 1);
    assert.equal(metric('waiting') ?? 0, 0);

    state.isThere = false;
    const sinceMs = clock.nowMs();
    await put(storage, 'a');
    await clock.sleep(20 * minuteMs);
    assert.equal(metric('waiting'), 1);
    assertAge(metric('oldest_age_seconds'), sinceMs, clock.nowMs());
    await put(storage, 'b');
    await storage.deleteObject({ bucket: 'source', key: 'a' });
    await clock.sleep(20 * minuteMs);
    assert.equal(metric('waiting'), 3, 'what came later is counted, a delete marker too');
    assertAge(metric('oldest_age_seconds'), sinceMs, clock.nowMs());
    const [queue] = (await storage.stats()).replication;
    assert.deepEqual([queue?.target, queue?.waiting], [target, 3]);
    assert(queue!.oldestMs >= sinceMs && queue!.oldestMs < sinceMs + 1_000);

    await storage.close();
    ({ storage, metric } = await opened(machine, state));
    await clock.sleep(5 * minuteMs);
    assert.equal(metric('waiting'), 3, 'a restart forgets none');
    assertAge(metric('oldest_age_seconds'), sinceMs, clock.nowMs());

    state.isThere = true;
    await clock.sleep(5 * minuteMs);
    assert.deepEqual((await storage.stats()).replication, []);
    assert.deepEqual([metric('waiting'), metric('oldest_age_seconds')], [0, 0]);
    assert.equal(metric('replicated_total'), 3);
    await storage.close();
  });
});
