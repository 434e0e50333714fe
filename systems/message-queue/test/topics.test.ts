// The registry of topics over the metadata store.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { openSql } from '@cairn/engines';
import { silentLog } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { OpenPartition, PartitionOpener, TopicChange } from '../src/broker/topics/topic.ts';
import { Topics, type TopicsOptions } from '../src/broker/topics/topics.ts';
import type { TopicsError } from '../src/broker/topics/topics-error.ts';
import metadataStore from '../src/metadata/store.ts';
import { MemoryPartition } from './kafka/memory-partition.ts';

/** Opens what a folder holds; `restart` does it again, as a new process would. */
async function start(t: TestContext, options: Partial<TopicsOptions> = {}) {
  const directory = await temporaryDirectory(t);
  const world = realWorld();
  const sql = await openSql(metadataStore, { url: `file:${directory}/`, world });
  const openPartition: PartitionOpener = async ({ leaderEpoch }) => new MemoryPartition({ leaderEpoch });
  const open = async () => {
    const { leaderEpoch } = await sql.write('startBroker', { newClusterId: 'cluster' });
    const folder = `${directory}/partitions`;
    return Topics.open({
      sql,
      world,
      directory: folder,
      leaderEpoch,
      openPartition,
      log: silentLog,
      ...options,
    });
  };
  cleanUpAfter(t, () => sql.close());
  return { topics: await open(), restart: open, sql, directory };
}

function refuses(code: string): (error: TopicsError) => true {
  return (error) => {
    assert.equal(error.code, code);
    return true;
  };
}

test('topics are there after a restart, with their ids and what was set', async (t) => {
  const { topics, restart } = await start(t);
  const made = await topics.create({ name: 'orders', partitionCount: 3, texts: { 'retention.ms': '1000' } });
  await topics.addPartitions(made, 5);
  await topics.configure(made, (texts) => ({ ...texts, 'segment.ms': '7' }));
  await topics.close();
  const again = (await restart()).find('orders');
  assert.equal(again?.topicId, made.topicId);
  assert.deepEqual(again?.texts, { 'retention.ms': '1000', 'segment.ms': '7' });
  assert.deepEqual([again?.partitionCount, again?.settings.segmentMs], [5, 7]);
});

test('every start has a leader epoch of its own, and the cluster keeps its id', async (t) => {
  const { topics, restart, sql } = await start(t);
  assert.equal(topics.leaderEpoch, 0);
  assert.equal((await restart()).leaderEpoch, 1);
  assert.deepEqual(await sql.write('startBroker', { newClusterId: 'other' }), {
    clusterId: 'cluster',
    leaderEpoch: 2,
  });
});

test('of two that make the same topic at once one does', async (t) => {
  const { topics } = await start(t);
  const outcomes = await Promise.allSettled([topics.create({ name: 'a' }), topics.create({ name: 'a' })]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal(topics.all().length, 1);
});

for (const [name, code] of [
  ['', 'INVALID_TOPIC_EXCEPTION'],
  ['..', 'INVALID_TOPIC_EXCEPTION'],
  ['a/b', 'INVALID_TOPIC_EXCEPTION'],
  ['ä', 'INVALID_TOPIC_EXCEPTION'],
  ['x'.repeat(250), 'INVALID_TOPIC_EXCEPTION'],
  ['my_topic', 'INVALID_TOPIC_EXCEPTION'],
  ['my.topic', 'TOPIC_ALREADY_EXISTS'],
] as const)
  test(`a topic cannot be called '${name.slice(0, 20)}' beside my.topic`, async (t) => {
    const { topics } = await start(t);
    await topics.create({ name: 'my.topic' });
    await assert.rejects(topics.create({ name }), refuses(code));
  });

test('partitions are bounded over all topics, those that are being made too', async (t) => {
  const { topics } = await start(t, { partitionsMax: 10 });
  const made = await Promise.allSettled(
    [1, 2, 3].map((n) => topics.create({ name: `t${n}`, partitionCount: 4 })),
  );
  assert.deepEqual(made.map(({ status }) => status).sort(), ['fulfilled', 'fulfilled', 'rejected']);
  const [first] = topics.all();
  await assert.rejects(topics.addPartitions(first!, 7), refuses('POLICY_VIOLATION'));
  await assert.rejects(topics.addPartitions(first!, 4), refuses('INVALID_PARTITIONS'));
  await topics.delete(first!);
  await topics.create({ name: 'again', partitionCount: 6 });
});

test('a topic that was made anew shares nothing with the one that was deleted', async (t) => {
  const { topics } = await start(t);
  const first = await topics.create({ name: 'a', partitionCount: 2 });
  const partition = await topics.partition(first, 0);
  await topics.delete(first);
  assert.throws(() => topics.partition(first, 0), refuses('UNKNOWN_TOPIC_OR_PARTITION'));
  const second = await topics.create({ name: 'a' });
  assert.notEqual(second.topicId, first.topicId);
  assert.notEqual(await topics.partition(second, 0), partition);
  await assert.rejects(topics.delete(first), refuses('UNKNOWN_TOPIC_OR_PARTITION'));
  assert.equal(topics.find('a'), second);
});

test('a partition is opened once, whoever asks at the same time', async (t) => {
  let opened = 0;
  const openPartition: PartitionOpener = async ({ leaderEpoch }) => {
    opened++;
    await new Promise(setImmediate);
    return new MemoryPartition({ leaderEpoch });
  };
  const { topics } = await start(t, { openPartition });
  const topic = await topics.create({ name: 'a', partitionCount: 2 });
  const [one, same] = await Promise.all([topics.partition(topic, 1), topics.partition(topic, 1)]);
  assert.equal(one, same);
  assert.equal(topics.partition(topic, 1), one);
  assert.equal(opened, 1);
  assert.throws(() => topics.partition(topic, 2), refuses('UNKNOWN_TOPIC_OR_PARTITION'));
});

test('a partition that could not be opened is tried again', async (t) => {
  let attempts = 0;
  const openPartition: PartitionOpener = async ({ leaderEpoch }) => {
    if (++attempts === 1) throw new Error('the disk is away');
    return new MemoryPartition({ leaderEpoch });
  };
  const { topics } = await start(t, { openPartition });
  const topic = await topics.create({ name: 'a' });
  await assert.rejects(async () => topics.partition(topic, 0), /the disk is away/);
  assert.equal((await topics.partition(topic, 0)).endOffset, 0);
});

test('a partition that failed is closed before it is opened again', async (t) => {
  const events: string[] = [];
  const failures: (() => void)[] = [];
  const openPartition: PartitionOpener = async ({ leaderEpoch, onFailed }) => {
    events.push('open');
    failures.push(onFailed);
    const partition: OpenPartition = new MemoryPartition({ leaderEpoch });
    partition.close = async () => {
      await new Promise(setImmediate);
      events.push('closed');
    };
    return partition;
  };
  const { topics } = await start(t, { openPartition });
  const topic = await topics.create({ name: 'a' });
  await topics.partition(topic, 0);
  failures[0]!();
  await topics.partition(topic, 0);
  assert.deepEqual(events, ['open', 'closed', 'open']);
});

test('open partitions get the new configuration, those that are being opened too', async (t) => {
  const seen: number[] = [];
  const opening = Promise.withResolvers<void>();
  const openPartition: PartitionOpener = async ({ leaderEpoch }) => {
    const partition = new MemoryPartition({ leaderEpoch });
    await opening.promise;
    return Object.assign(partition, {
      configure: ({ retentionMs }: { retentionMs: number }) => void seen.push(retentionMs),
    });
  };
  const { topics } = await start(t, { openPartition });
  const topic = await topics.create({ name: 'a' });
  const partition = topics.partition(topic, 0);
  await topics.configure(topic, () => ({ 'retention.ms': '5' }));
  opening.resolve();
  await partition;
  await topics.configure(topic, () => ({ 'retention.ms': '6' }));
  assert.deepEqual(seen, [5, 6]);
});

test('the files of a deleted topic are removed, after a restart when it came between', async (t) => {
  const { topics, restart, sql, directory } = await start(t);
  const topic = await topics.create({ name: 'a', partitionCount: 2 });
  const folders = [0, 1].map((index) => `${directory}/partitions/${topic.topicId}/${index}`);
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/1.segment`, 'records');
  }
  // As if the process had died right after the transaction.
  await topics.close();
  await sql.write('deleteTopic', { name: 'a', id: topic.topicId, since_ms: 1 });
  const again = await restart();
  await again.filesRemoved();
  assert.deepEqual(
    folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : [])),
    [],
  );
  assert.deepEqual(await sql.read('listTopicDeletions', {}), []);
});

test('listeners hear of every change after it happened, and one that fails stops nobody', async (t) => {
  const { topics } = await start(t);
  const heard: [TopicChange['kind'], boolean][] = [];
  topics.onChange(() => {
    throw new Error('a listener failed');
  });
  const stop = topics.onChange(({ kind, topic }) => heard.push([kind, topics.find(topic.name) === topic]));
  const topic = await topics.create({ name: 'a' });
  await topics.addPartitions(topic, 2);
  await topics.configure(topic, () => ({}));
  await topics.delete(topic);
  stop();
  await topics.create({ name: 'b' });
  assert.deepEqual(heard, [
    ['created', true],
    ['partitions', true],
    ['configured', true],
    ['deleted', false],
  ]);
});
