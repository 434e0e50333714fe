// A store that has everything at once: a compacted topic, one on two tiers, one with delays, transactions, queues, groups.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { commitOffsets } from '../../src/api/groups/group-offsets.ts';
import { checkDelays } from '../../src/check/check-delays.ts';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { openDelayStore } from '../../src/delays/open-delays.ts';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';
import { decodeRemoteList } from '../../src/remote/remote-list.ts';
import { batchOfRecords, produce, seenIn } from '../delays/delay-fixture.ts';
import { pairsBatch } from '../partition/compaction-fixture.ts';
import { batchOf, readAll } from '../partition/partition-fixture.ts';
import { append, createTiered, moveAll, openTiered, texts } from '../tiering/tiered-topic.ts';
import { Client } from '../transactions/coordinator-fixture.ts';
import { checked } from './check-store.ts';

const world = realWorld();
const { signal } = new AbortController();

async function makeCompacted({ topics }: MessageQueue): Promise<void> {
  const topic = await topics.create({
    ...{ name: 'states', partitionCount: 1 },
    texts: {
      'cleanup.policy': 'compact',
      'segment.bytes': String(2 ** 20),
      'min.cleanable.dirty.ratio': '0',
    },
  });
  const partition = await topics.partition(topic, 0);
  const value = 'x'.repeat(600_000);
  for (let round = 0; round < 4; round++)
    await partition.append({ records: await pairsBatch([['key', value]], { timestampMs: Date.now() }) });
  const report = await partition.compact({ signal });
  assert.ok(report !== undefined, 'it was compacted');
}

async function makeDelayed(queue: MessageQueue): Promise<void> {
  const topic = await queue.topics.create({ name: 'reminders', partitionCount: 1, texts: delays });
  const headers = { 'cairn-deliver-at': String(Date.now() + 3_600_000) };
  const timestampMs = Date.now();
  const records = ['later', 'much later'].map((text) => ({ text, headers, timestampMs }));
  await produce(queue, { topic }, batchOfRecords([...records, { text: 'now', timestampMs }]));
}
const delays = { 'cairn.delayed': 'true' };

async function makeTransactions({ topics, transactions }: MessageQueue): Promise<void> {
  const topic = await topics.create({ name: 'payments', partitionCount: 1 });
  const partition = await topics.partition(topic, 0);
  const client = new Client({ coordinator: transactions });
  const producer = await client.init('id');
  for (const [baseSequence, commit] of [true, false].entries()) {
    assert.equal(await client.add('id', producer, 'payments'), 'NONE');
    const { producerId, producerEpoch } = producer;
    const header = {
      producerId,
      producerEpoch,
      isTransactional: true,
      baseSequence,
      timestampMs: Date.now(),
    };
    await partition.append({ records: batchOf([`${commit}`], header), transactionalId: 'id' });
    assert.equal((await client.end('id', producer, { commit })).code, 'NONE');
  }
}

async function makeQueue(queue: MessageQueue, directory: string): Promise<void> {
  const jobs = await queue.queues.queue(await queue.queues.create({ name: 'jobs' }));
  const sender = { id: 'i', sender: 'me', attributes: {} };
  await jobs.send(['one', 'two'].map((body) => ({ ...sender, body })));
  const [received] = await jobs.receive({ max: 1, waitMs: 0 });
  await jobs.delete(received!.handle);
  const place = { region: 'us-east-1', account: '000000000000' };
  const parts = { queue, world, directory, ...place, authorize: async () => true };
  await commitOffsets(parts, { groupId: 'readers', offsets: [{ topic: 'old', partition: 0, offset: 2 }] });
}

async function fill(t: TestContext) {
  const [directory, blobs] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const blobsUrl = `file:${blobs}`;
  const queue = await openMessageQueue({ directory, blobsUrl });
  const tiered = await createTiered(queue);
  await append(tiered, texts(5));
  await moveAll(tiered);
  await makeCompacted(queue);
  await makeDelayed(queue);
  await makeTransactions(queue);
  await makeQueue(queue, directory);
  const names = readdirSync(directory, { recursive: true }).map(String);
  for (const name of [/\.batches$/, /\/remote$/, /^delays\.sqlite$/])
    assert.ok(
      names.some((one) => name.test(one)),
      `${name}`,
    );
  return { directory, blobs, blobsUrl, queue };
}

async function findingsOf(options: { directory: string; blobsUrl?: string }) {
  const queue = await openMessageQueue(options);
  try {
    return (await checked(queue, options.directory, { deep: true })).findings;
  } finally {
    await queue.close();
  }
}

test('a store that has everything at once is sound: in use, after a restart, after a repair', async (t) => {
  const { queue, directory, blobsUrl } = await fill(t);
  const { findings, summary } = await checked(queue, directory, { deep: true });
  assert.deepEqual([findings, summary.logs], [[], 5]);
  await queue.close();
  assert.deepEqual(await findingsOf({ directory, blobsUrl }), []);
  const { problems, remadeFiles, cutTails } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual([problems, remadeFiles, cutTails], [[], [], []]);
  assert.deepEqual(await findingsOf({ directory, blobsUrl }), []);
  const again = await openMessageQueue({ directory, blobsUrl });
  const old = await openTiered(again.topics.find('old')!, again.topics);
  assert.equal((await readAll(old.partition, { bytesMax: 1_000_000 })).length, 5);
  const reminders = await again.topics.partition(again.topics.find('reminders')!, 0);
  assert.deepEqual(
    (await seenIn(reminders)).map(({ text }) => text),
    ['now'],
  );
  await again.close();
});

test('without the engine, a check of it says only that blobs were not looked at', async (t) => {
  const { queue, directory } = await fill(t);
  await queue.close();
  const findings = await findingsOf({ directory });
  assert.deepEqual(
    findings.map(({ severity, where }) => [severity, where]),
    [['notice', 'topic old/0']],
  );
  assert.match(
    findings[0]!.detail,
    /^4 segments in the blobs engine, offsets 0 to 3, could not be looked at/,
  );
});

test('rot in a blob and in a delayed record is found where it is, and a repair names the record', async (t) => {
  const { queue, directory, blobs, blobsUrl } = await fill(t);
  await queue.close();
  const files = readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  const blob = files.find(({ name }) => name.includes('000000000002-'))!;
  const path = `${blob.parentPath}/${blob.name}`;
  const bytes = readFileSync(path);
  bytes[1_000]! ^= 1;
  writeFileSync(path, bytes);
  changeDelays(directory, "update delayed_record set record = record || x'00' where id = 1");
  const found = (await findingsOf({ directory, blobsUrl })).map(
    ({ severity, where, detail }) => `${severity} ${where}: ${detail}`,
  );
  assert.equal(found.length, 2, found.join('\n'));
  assert.match(found[0]!, /^damage topic old\/0: segment 2 at \d+.*: offset 1 is lost$/);
  const rotten = 'delayed record 1 does not match its checksum';
  assert.equal(found[1], `damage topic reminders/0: ${rotten}`);
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(problems, [{ where: 'topic reminders/0', detail: rotten, isResolved: false }]);
});

test('a damaged list of what is in the blobs engine is made again from there', async (t) => {
  const { queue, directory, blobsUrl } = await fill(t);
  const { topicId } = queue.topics.find('old')!;
  await queue.close();
  const path = `${directory}/partitions/${topicId}/0/remote`;
  const sound = readFileSync(path);
  writeFileSync(path, sound.subarray(0, -10));
  const [found] = await findingsOf({ directory, blobsUrl });
  assert.match(`${found?.where}: ${found?.detail}`, /^topic old\/0: .*remote is damaged$/);
  const elsewhere = await repairMessageQueue(
    { directory, blobsUrl: `file:${await temporaryDirectory(t)}` },
    { acceptLoss: true },
  );
  assert.match(elsewhere.problems[0]!.detail, /as offsets 0 to 3 are not there$/);
  const { problems, remadeFiles } = await repairMessageQueue({ directory, blobsUrl }, { acceptLoss: false });
  assert.deepEqual([problems, remadeFiles.map(({ file }) => file)], [[], ['remote']]);
  assert.deepEqual(decodeRemoteList(readFileSync(path)), decodeRemoteList(sound));
  assert.deepEqual(await findingsOf({ directory, blobsUrl }), []);
  const again = await openMessageQueue({ directory, blobsUrl });
  const old = await openTiered(again.topics.find('old')!, again.topics);
  assert.equal((await readAll(old.partition, { bytesMax: 1_000_000 })).length, 5);
  await again.close();
});

test('what is being delivered must be there, but that of a topic that was deleted', async (t) => {
  const { queue, directory } = await fill(t);
  const { topicId } = queue.topics.find('reminders')!;
  await queue.close();
  const detailsOf = async (claimed: string) => {
    changeDelays(
      directory,
      `insert or replace into delivery values ('${topicId}', 0, 0, 0, '${claimed}', 0, null)`,
    );
    const store = await openDelayStore({ directory, world });
    const details: string[] = [];
    for await (const { detail } of checkDelays(store, (id) => (id === topicId ? 'reminders' : undefined)))
      details.push(detail);
    for await (const finding of checkDelays(store, () => undefined)) assert.fail(JSON.stringify(finding));
    await store.close();
    return details;
  };
  assert.deepEqual(await detailsOf('[1,2]'), []);
  assert.deepEqual(await detailsOf('[2,77]'), ['1 delayed records that are being delivered are not there']);
  assert.deepEqual(await detailsOf('[2,7'), ['nothing says which delayed records are being delivered']);
});

function changeDelays(directory: string, statement: string): void {
  const database = new DatabaseSync(`${directory}/delays.sqlite`);
  assert.ok(database.prepare(statement).run().changes > 0, statement);
  database.close();
}
