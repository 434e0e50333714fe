// A transaction over partitions as they are, whose broker dies between the decision and the last marker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { silentTelemetry } from '@cairn/telemetry';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import metadataStore from '../../src/metadata/store.ts';
import { IndexCache } from '../../src/partition/index-cache.ts';
import { openPartition } from '../../src/partition/open-partition.ts';
import { openTransactionCoordinator } from '../../src/transactions/transaction-coordinator.ts';
import { batchOf, config, readAll } from '../partition/partition-fixture.ts';
import { topics } from './coordinator-fixture.ts';
import { FakeOffsets, fakeGroups } from './fake-groups.ts';

/** `find` decides what becomes of who looks for a partition to mark it. */
async function start(
  machine: SimulatedMachine,
  { starts, onMark }: { starts: number; onMark: (topic: string) => Promise<void> },
) {
  const { world } = machine;
  const { log } = silentTelemetry();
  const opened = topics.map(async (topic) => {
    const parts = { world, directory: `/data/${topic}`, leaderEpoch: starts, config, log };
    return [
      topic,
      await openPartition({ ...parts, indexes: new IndexCache(8), onFailed: () => {} }),
    ] as const;
  });
  const partitions = new Map<string, Awaited<ReturnType<typeof openPartition>>>(await Promise.all(opened));
  const coordinator = await openTransactionCoordinator({
    sql: await openSimulatedSql(machine, metadataStore),
    ...{ world, log, coordinatorEpoch: starts, compilePattern: () => undefined },
    groups: fakeGroups(new FakeOffsets(), async () => {}),
    partitions: {
      has: ({ topic }) => partitions.has(topic),
      find: async ({ topic }) => {
        await onMark(topic);
        return partitions.get(topic);
      },
    },
  });
  return { coordinator, partitions };
}

for (const committed of [true, false]) {
  const end = committed ? 'committed' : 'aborted';
  test(`a transaction that is ${end} when the broker dies is so in all its partitions after the next start`, () => {
    const simulation = new Simulation({ seed: 3 });
    return simulation.run(async () => {
      const machine = simulation.machine('broker');
      const dying = new Promise<void>(() => {});
      const onMark = (topic: string) => (topic === 'b' ? dying : Promise.resolve());
      const before = await start(machine, { starts: 1, onMark });
      const { coordinator } = before;
      const asked = {
        transactionalId: 'id',
        transactionTimeoutMs: 60_000,
        producerId: -1,
        producerEpoch: -1,
      };
      const { producerId = -1, producerEpoch } = await coordinator.initProducerId(
        { ...asked, enable2Pc: false, keepPreparedTxn: false },
        { version: 4 },
      );
      const producer = { producerId, producerEpoch };
      for (const topic of topics) {
        const records = batchOf([topic], { isTransactional: true, ...producer, baseSequence: 0 });
        const request = { transactionalId: 'id', version: 12 };
        assert.deepEqual(await coordinator.guard.ensure(request, [{ topic, partition: 0, records }]), [
          undefined,
        ]);
        await before.partitions.get(topic)!.append({ records, transactionalId: 'id' });
      }
      const { errorCode } = await coordinator.endTxn(
        { transactionalId: 'id', ...producer, committed },
        { version: 4 },
      );
      assert.equal(errorCode, 0);
      machine.crash();
      machine.restart();
      const after = await start(machine, { starts: 2, onMark: async () => {} });
      await simulation.clock.sleep(1_000);
      for (const topic of topics) {
        const partition = after.partitions.get(topic)!;
        const seen = await readAll(partition, { committed: true });
        assert.deepEqual(
          seen.map(({ text }) => text),
          committed ? [topic] : [],
        );
        // One record and one marker: the partition that had its marker did not get another.
        assert.deepEqual([partition.endOffset, partition.lastStableOffset], [2, 2]);
        await partition.close();
      }
      await after.coordinator.close();
    });
  });
}
