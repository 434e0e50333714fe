// Members of a group in the process of the broker are under its filter as those behind a connection are.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, createMetrics } from '@cairn/telemetry';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { openMessageQueue } from '../../src/index.ts';
import { setFilter } from './filtered-group.ts';

test('a subscription of the library is under the filter of its group, also when it changes', async (t) => {
  const metrics = createMetrics();
  const log = createLog({ level: 'error', clock: realWorld().clock, destination: process.stderr });
  const queue = await openMessageQueue({
    directory: await temporaryDirectory(t),
    groups: { initialRebalanceDelayMs: 0 },
    telemetry: { log, metrics },
  });
  cleanUpAfter(t, () => queue.close());
  const record = (value: string, tags: string) => ({
    value,
    headers: [{ key: 'cairn-tags', value: Buffer.from(tags) }],
  });
  await setFilter(queue, 'painters', 'red');
  const values: string[] = [];
  let wake = () => {};
  await queue.subscribe({
    topics: ['paints'],
    group: 'painters',
    from: 'earliest',
    handle: ({ value }) => {
      values.push(Buffer.from(value!).toString());
      wake();
    },
  });
  const produce = (...records: readonly ReturnType<typeof record>[]) =>
    queue.produce({ topic: 'paints', records });
  const until = async (count: number) => {
    while (values.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  await produce(record('0', 'green'), record('1', 'red'), record('2', 'red , green'));
  await until(2);
  await setFilter(queue, 'painters', 'green');
  await produce(record('3', 'red'), record('4', 'green'));
  await until(3);
  assert.deepEqual(values, ['1', '2', '4']);
  assert.match(metrics.expose(), /cairn_kafka_filtered_records_total 2/);
});
