// How late a delayed record comes on a machine that has nothing else to do, on its virtual clock: the disk and the database
// of a simulation take some milliseconds for each step.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { silentTelemetry } from '@cairn/telemetry';
import { Simulation } from '@cairn/world/simulated';
import { TopicAppends } from '../../src/broker/topic-appends.ts';
import { logPartitions } from '../../src/broker/topics/log-partitions.ts';
import { Topics } from '../../src/broker/topics/topics.ts';
import { delaysOver } from '../../src/delays/open-delays.ts';
import delayStore from '../../src/delays/store/delay-store.ts';
import metadataStore from '../../src/metadata/store.ts';
import { batchOfRecords, produce, untilSeen } from './delay-fixture.ts';

const latenessMsMax = 50;

test('a delayed record appears within some tens of milliseconds of its time, and not before', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const machine = simulation.machine('broker');
    const { world } = machine;
    const metadata = await openSimulatedSql(machine, metadataStore);
    const telemetry = silentTelemetry();
    const { log } = telemetry;
    const topics = await Topics.open({
      ...{ sql: metadata, world, log, leaderEpoch: 0, directory: '/data/partitions' },
      openPartition: logPartitions({ world, log }),
    });
    const sql = await openSimulatedSql(machine, delayStore);
    const delays = await delaysOver(sql, {
      ...{ directory: '/data', metadata, topics, world, telemetry, autoCreateTopics: true },
    });
    const appends = new TopicAppends(async () => delays);
    const topic = await topics.create({ name: 'letters', texts: { 'cairn.delayed': 'true' } });
    const partition = await topics.partition(topic, 0);
    const startMs = Math.ceil(world.clock.nowMs());
    const dueMs = [40, 40, 700, 1_000, 65_536, 3_600_000].map((delayMs) => startMs + delayMs);
    for (const due of dueMs) {
      const headers = { 'cairn-deliver-at': String(due) };
      await produce({ topics, appends }, { topic }, batchOfRecords([{ text: String(due), headers }]));
    }
    for (const [index, due] of dueMs.entries()) {
      await untilSeen(partition, index + 1);
      const lateMs = world.clock.nowMs() - due;
      assert.ok(lateMs >= 0 && lateMs <= latenessMsMax, `${lateMs} ms late after ${due - startMs}`);
    }
    await delays.close();
    await topics.close();
  });
});
