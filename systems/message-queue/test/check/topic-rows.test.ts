// A topic whose row rotted: the broker starts, the topic is closed and told of, all others work; a repair restores what can be
// said for certain.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';
import type { Uuid } from '../../src/kafka/wire/values.ts';
import { batchOf, readAll, texts } from '../partition/partition-fixture.ts';
import { change, open } from './broker-folder.ts';
import { checked } from './check-store.ts';

async function fill(t: TestContext): Promise<{ directory: string; topicId: Uuid }> {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  const settings = { 'retention.ms': '86400000' };
  const topic = await queue.topics.create({ name: 'events', partitionCount: 3, texts: settings });
  for (const name of [topic, await queue.topics.create({ name: 'others', partitionCount: 1 })]) {
    const partition = await queue.topics.partition(name, name.partitionCount - 1);
    await partition.append({ records: batchOf(['a', 'b'], { timestampMs: Date.now() }) });
  }
  await queue.close();
  return { directory, topicId: topic.topicId };
}

async function recordsOf(queue: MessageQueue, name: string): Promise<readonly string[]> {
  const topic = queue.topics.find(name)!;
  return texts(await readAll(await queue.topics.partition(topic, topic.partitionCount - 1)));
}

const rotten = "configuration = '{}', partitions = 9";

for (const [what, set, name = 'events'] of [
  ['name', "name = 'evants'", 'evants'],
  ['id', "id = iif(substr(id, 1, 1) = 'A', 'B', 'A') || substr(id, 2)"],
  ['id, all of it', "id = 'nothing like it'"],
  ['number of partitions', 'partitions = partitions + 4'],
  ['time', 'created_ms = created_ms + 1099511627776 * (1 - 2 * ((created_ms / 1099511627776) % 2))'],
  ['configuration', "configuration = replace(configuration, '864', '964')"],
  ['checksum', 'row_crc = row_crc + 256 * (1 - 2 * ((row_crc / 256) % 2))'],
] as const)
  test(`a topic whose row rotted in its ${what} is closed, and restored by a repair`, async (t) => {
    const { directory, topicId } = await fill(t);
    change(directory, `update topic set ${set} where name = 'events'`);
    const queue = await open(t, directory);
    assert.deepEqual(queue.warnings(), [`the topic ${name} is closed: its row is damaged, repair it`]);
    const closed = queue.topics.find(name)!;
    await assert.rejects(async () => queue.topics.partition(closed, 0), { code: 'KAFKA_STORAGE_ERROR' });
    await assert.rejects(
      queue.topics.configure(closed, () => ({})),
      { code: 'KAFKA_STORAGE_ERROR' },
    );
    await assert.rejects(queue.topics.delete(closed), { code: 'KAFKA_STORAGE_ERROR' });
    assert.equal(queue.topics.isGone(topicId), false, 'what hangs on it is kept');
    assert.deepEqual(await recordsOf(queue, 'others'), ['a', 'b']);
    const { findings } = await checked(queue, directory);
    assert.ok(
      findings.some(({ severity, where }) => severity === 'damage' && where === `topic ${name}`),
      JSON.stringify(findings),
    );
    await queue.close();
    const { remadeFiles, problems } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([remadeFiles.map(({ where }) => where), problems], [['topic events'], []]);
    const again = await open(t, directory);
    assert.deepEqual(again.warnings(), []);
    assert.deepEqual(await recordsOf(again, 'events'), ['a', 'b']);
    const { topicId: id, partitionCount, texts: set_ } = again.topics.find('events')!;
    assert.deepEqual([id, partitionCount, set_], [topicId, 3, { 'retention.ms': '86400000' }]);
    assert.deepEqual((await checked(again, directory)).findings, []);
  });

test('a row that does not say what it was stays, and its topic closed, with all of its partitions', async (t) => {
  const { directory } = await fill(t);
  change(directory, `update topic set ${rotten} where name = 'events'`);
  const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(remadeFiles, []);
  assert.match(problems[0]!.detail, /does not say what it was/);
  const queue = await open(t, directory);
  assert.equal(queue.topics.find('events')!.isDamaged, true);
  change(directory, "update topic set partitions = -5 where name = 'events'");
  await queue.close();
  const again = await open(t, directory);
  assert.equal(again.topics.find('events')!.partitionCount, 3, 'as many as have folders');
});

test('a name that is taken by now is not given back', async (t) => {
  const { directory } = await fill(t);
  change(directory, "update topic set name = 'evants' where name = 'events'");
  const queue = await open(t, directory);
  await queue.topics.create({ name: 'events', partitionCount: 1 });
  await queue.close();
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.match(problems[0]!.detail, /another topic of its name/);
});

test('nothing of a transaction is taken for ended while its topic may be one whose row rotted', async (t) => {
  const { directory } = await fill(t);
  const first = await open(t, directory);
  const asked = { transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 };
  const request = { ...asked, transactionalId: 'payments', enable2Pc: false, keepPreparedTxn: false };
  const { producerId = 0, producerEpoch } = await first.transactions.initProducerId(request, { version: 4 });
  const producer = { producerId, producerEpoch, transactionalId: 'payments' };
  const topics = [{ name: 'events', partitions: [2] }];
  const v3 = { v3AndBelowTransactionalId: 'payments', v3AndBelowProducerId: producerId };
  await first.transactions.addPartitionsToTxn(
    { transactions: [], ...v3, v3AndBelowProducerEpoch: producerEpoch, v3AndBelowTopics: topics },
    { version: 3 },
  );
  const partition = await first.topics.partition(first.topics.find('events')!, 2);
  const records = batchOf(['c'], {
    ...producer,
    isTransactional: true,
    baseSequence: 0,
    timestampMs: Date.now(),
  });
  await partition.append({ records, transactionalId: 'payments' });
  await first.close();
  change(directory, "update topic set name = 'evants' where name = 'events'");
  const second = await open(t, directory);
  await second.transactions.endTxn({ ...producer, committed: true }, { version: 3 });
  await second.close();
  await repairMessageQueue({ directory }, { acceptLoss: false });
  const third = await open(t, directory);
  const healed = await third.topics.partition(third.topics.find('events')!, 2);
  const deadline = AbortSignal.timeout(20_000);
  while (healed.lastStableOffset < healed.endOffset || healed.endOffset < 4) {
    assert.ok(!deadline.aborted, 'its marker is written after the repair');
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(texts(await readAll(healed, { committed: true })), ['a', 'b', 'c']);
});
