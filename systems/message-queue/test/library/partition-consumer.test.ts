// A consumer of one partition, on a partition that does what a test wants.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@cairn/telemetry';
import { Simulation } from '@cairn/world/simulated';
import type { OpenPartition } from '../../src/broker/topics/topic.ts';
import type { LibraryTopics } from '../../src/library/library-topics.ts';
import { PartitionConsumer } from '../../src/library/subscribe/partition-consumer.ts';
import { Turn } from '../../src/library/subscribe/turn.ts';
import type { Fetched, ReadRequest } from '../../src/partition/partition.ts';

const place = { topic: 'events', partition: 0 };
const ends = { highWatermark: 5, lastStableOffset: 5, startOffset: 0 };
const nothing: Fetched = { ...ends, records: [], sizeBytes: 0, abortedTransactions: [] };

/** Runs a consumer for a while of virtual time. */
function consume(read: (request: ReadRequest) => Promise<Fetched>): Promise<readonly number[]> {
  const simulation = new Simulation({ seed: 1, eventsMax: 10_000 });
  return simulation.run(async () => {
    const { clock } = simulation;
    const handled: number[] = [];
    const ending = new AbortController();
    const partition = { ...ends, read, onAdvance: () => () => {} } as unknown as OpenPartition;
    const all = { find: () => ({ partitionCount: 1 }), partition: () => partition };
    const request = { handle: () => {}, group: 'g', uncommitted: false } as never;
    const consumer = new PartitionConsumer(place, 1, {
      ...{ request, topics: { all } as unknown as LibraryTopics, clock, log: silentLog },
      ...{ turn: new Turn(clock), produce: async () => [], bytesMax: 1_000 },
      onHandled: (_place, offset) => void handled.push(offset),
      ...{ ending: ending.signal, lost: new AbortController().signal },
    });
    const running = consumer.run();
    await clock.sleep(20_000);
    ending.abort();
    await running;
    return handled;
  });
}

test('where nothing is left of what was there it goes on behind it, and asks once', async () => {
  const asked: number[] = [];
  const handled = await consume(async ({ offset }) => {
    asked.push(offset);
    return nothing;
  });
  assert.deepEqual([asked, handled], [[1], [5]]);
});

test('a partition that cannot be read is looked up and read again', async () => {
  let attempts = 0;
  const handled = await consume(async () => {
    if (++attempts < 3) throw new Error('the disk failed');
    return nothing;
  });
  assert.deepEqual([attempts, handled], [3, [5]]);
});
