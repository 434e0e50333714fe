// The store of delayed records when it, or the partition, is not what the other expects.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import { createLog, createMetrics } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { batchOfRecords, openBroker, produce, untilSeen } from './delay-fixture.ts';

const minuteMs = 60_000;
const delayed = { 'cairn.delayed': 'true' };

/** A broker with one topic, in a folder whose store is changed between two starts. */
async function twoStarts(
  t: Parameters<typeof openBroker>[0],
  { texts, change }: { texts: readonly string[]; change: (database: DatabaseSync) => void },
) {
  const directory = await temporaryDirectory(t);
  const first = await openBroker(t, { directory });
  const topic = await first.topics.create({ name: 'letters', texts: delayed });
  const headers = { 'cairn-deliver-at': String(first.nowMs() + minuteMs) };
  const records = texts.map((text) => ({ text, headers }));
  await produce(first, { topic }, batchOfRecords(records));
  await first.close();
  const database = new DatabaseSync(`${directory}/delays.sqlite`);
  change(database);
  database.close();
  const lines: string[] = [];
  const log = createLog({
    level: 'error',
    clock: realWorld().clock,
    destination: { write: (line: string) => void lines.push(line) },
  });
  const second = await openBroker(t, { directory, telemetry: { log, metrics: createMetrics() } });
  return { broker: second, topic: second.topics.find('letters')!, lines };
}

test('a record that rots in the store is set aside and reported, and the others come', async (t) => {
  const { broker, topic, lines } = await twoStarts(t, {
    texts: ['one', 'two', 'three'],
    change: (database) => void database.exec("update delayed_record set record = x'00' where id = 2"),
  });
  broker.jump(minuteMs);
  const seen = await untilSeen(await broker.topics.partition(topic, 0), 2);
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['one', 'three'],
  );
  assert.match(lines.join(), /a delayed record is damaged, and was set aside/);
});

test('a partition that lost what was delivered before gets the rest in a new epoch', async (t) => {
  const { broker, topic } = await twoStarts(t, {
    texts: ['one', 'two'],
    // As if ten records had been delivered, and a power loss had taken them with `durability=os`.
    change: (database) => {
      const { topic_id } = database.prepare('select topic_id from delayed_record').get()!;
      database.prepare("insert into delivery values (?, 0, 0, 10, '', 0, null)").run(topic_id as string);
    },
  });
  const partition = await broker.topics.partition(topic, 0);
  // The partition knows the broker's producer, and not as far as the store says.
  const database = new DatabaseSync(`${broker.partitionsDirectory}/../delays.sqlite`, { readOnly: true });
  const { value } = database.prepare("select value from delay_number where name = 'producer-id'").get()!;
  database.close();
  const known = { producerId: Number(value), producerEpoch: 0, baseSequence: 0 };
  await partition.append({ records: batchOfRecords([{ text: 'zero' }], known), isOwn: true });
  broker.jump(minuteMs);
  const seen = await untilSeen(partition, 3);
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['zero', 'one', 'two'],
  );
});

test('what waits, what was delivered and how late it was are counted', async (t) => {
  const metrics = createMetrics();
  const { log } = {
    log: createLog({ level: 'error', clock: realWorld().clock, destination: { write: () => {} } }),
  };
  const queue = await openBroker(t, { telemetry: { log, metrics } });
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const texts = { 'cairn.retry.delays.ms': '0', 'cairn.retry.dead.letter.topic': 'dead' };
  const retry = await queue.topics.create({ name: 'retry', texts });
  const headers = { 'cairn-deliver-at': String(queue.nowMs() + minuteMs) };
  await produce(
    queue,
    { topic },
    batchOfRecords([
      { text: 'one', headers },
      { text: 'two', headers },
    ]),
  );
  assert.match(metrics.expose(), /^cairn_delayed_messages 2$/m);
  await produce(
    queue,
    { topic: retry },
    batchOfRecords([{ text: 'dead', headers: { 'cairn-attempts': '1' } }]),
  );
  await untilSeen(await queue.topics.partition(queue.topics.find('dead')!, 0), 1);
  queue.jump(minuteMs);
  await untilSeen(await queue.topics.partition(topic, 0), 2);
  // Everything that was delivered is removed before.
  await queue.close();
  const exposed = metrics.expose();
  assert.match(exposed, /^cairn_delayed_messages_delivered_total 3$/m);
  assert.match(exposed, /^cairn_dead_letters_total 1$/m);
  assert.match(exposed, /^cairn_delayed_message_lateness_seconds_count 3$/m);
});
