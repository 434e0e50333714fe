// A broker with a blobs engine, as clients and operators see it.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type Blobs, openBlobs, registerBlobs } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { kafkaErrors } from '../../src/errors.ts';
import * as describeLogDirs from '../../src/kafka/messages/describe-log-dirs-request.ts';
import * as describedLogDirs from '../../src/kafka/messages/describe-log-dirs-response.ts';
import * as listOffsets from '../../src/kafka/messages/list-offsets-request.ts';
import * as listedOffsets from '../../src/kafka/messages/list-offsets-response.ts';
import { remoteWaitMsMax } from '../../src/limits.ts';
import { fetch, produce } from '../kafka/requests.ts';
import { startBroker } from '../kafka/start-broker.ts';
import { TestClient } from '../kafka/test-client.ts';
import { batchOf, readAll } from '../partition/partition-fixture.ts';
import { append, createTiered, firstMs, moveAll, openTiered, texts } from './tiered-topic.ts';

/** An engine in a folder that a test can make stop answering. */
const stuck = new Set<string>();
registerBlobs('stuck', async ({ url, world }) => {
  const folder = url.slice('stuck:'.length);
  const blobs = await openBlobs({ url: `file:${folder}`, world });
  const get: Blobs['get'] = (...call) => (stuck.has(folder) ? new Promise(() => {}) : blobs.get(...call));
  return new Proxy(blobs, {
    get: (target, key) => {
      const value = key === 'get' ? get : Reflect.get(target, key);
      return typeof value === 'function' && key !== 'get' ? value.bind(target) : value;
    },
  });
});

async function start(t: TestContext, scheme = 'file') {
  const folder = await temporaryDirectory(t);
  const broker = await startBroker(t, { blobsUrl: `${scheme}:${folder}` });
  const client = await TestClient.connect(t, broker.port);
  return { ...broker, folder, client };
}

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.tmp'))
    .map(({ name }) => name);

async function offsetAt(client: TestClient, timestamp: number, version = 11) {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }];
  const answer = await client.ask('listOffsets', {
    version,
    request: { replicaId: -1, isolationLevel: 0, topics: [{ name: 'old', partitions }], timeoutMs: 1_000 },
    encode: listOffsets.encodeListOffsetsRequest,
    decode: listedOffsets.decodeListOffsetsResponse,
  });
  const { errorCode, offset } = answer!.topics[0]!.partitions[0]!;
  return errorCode === 0 ? offset : errorCode;
}

test('ListOffsets tells where the tiers begin and end, in the versions that know them', async (t) => {
  const { queue, client } = await start(t);
  const tiered = await createTiered(queue);
  assert.deepEqual([await offsetAt(client, -5), await offsetAt(client, -6)], [-1, -1]);
  await append(tiered, texts(5));
  await moveAll(tiered);
  const asked = [-1, -2, -3, -4, -5, -6, firstMs + 500];
  const found = await Promise.all(asked.map((timestamp) => offsetAt(client, timestamp)));
  assert.deepEqual(found, [5, 0, 4, 4, 3, 4, 1]);
  const { code } = kafkaErrors.UNSUPPORTED_VERSION;
  for (const [timestamp, since] of [
    [-3, 7],
    [-4, 8],
    [-5, 9],
    [-6, 11],
  ] as const)
    assert.equal(await offsetAt(client, timestamp, since - 1), code);
  await tiered.partition.deleteRecordsBefore(2);
  assert.deepEqual([await offsetAt(client, -2), await offsetAt(client, -4)], [2, 4]);
});

test('the size in DescribeLogDirs is that of the disk', async (t) => {
  const { queue, client } = await start(t);
  const tiered = await createTiered(queue);
  await append(tiered, texts(5));
  await moveAll(tiered);
  const described = await client.ask('describeLogDirs', {
    version: 4,
    request: { topics: [{ topic: 'old', partitions: [0] }] },
    encode: describeLogDirs.encodeDescribeLogDirsRequest,
    decode: describedLogDirs.decodeDescribeLogDirsResponse,
  });
  const sizeBytes = described!.results[0]!.topics[0]!.partitions[0]!.partitionSize;
  assert.ok(sizeBytes > 700_000 && sizeBytes < 1_400_000, `${sizeBytes}`);
});

test('a topic that is deleted takes its blobs with it', async (t) => {
  const { queue, folder } = await start(t);
  const [doomed, other] = [await createTiered(queue), await createTiered(queue, 'other')];
  for (const tiered of [doomed, other]) {
    await append(tiered, texts(3));
    await moveAll(tiered);
  }
  assert.equal(filesIn(folder).length, 4);
  await queue.topics.delete(doomed.topic);
  await queue.topics.filesRemoved();
  assert.equal(filesIn(folder).length, 2);
  assert.equal((await readAll(other.partition, { bytesMax: 1_000_000 })).length, 3);
});

test('a topic that is deleted while a segment of it is sent leaves nothing', async (t) => {
  const { queue, folder } = await start(t);
  const tiered = await createTiered(queue);
  await append(tiered, texts(3));
  const moving = tiered.tiers.step(new AbortController().signal).catch(() => false);
  await queue.topics.delete(tiered.topic);
  await queue.topics.filesRemoved();
  await moving;
  assert.deepEqual(filesIn(folder), []);
  assert.deepEqual(filesIn(queue.partitionsDirectory), []);
});

test('blobs of a topic that was deleted without the engine go once it is there again', async (t) => {
  const { queue, folder, close } = await start(t);
  const tiered = await createTiered(queue);
  await append(tiered, texts(3));
  await moveAll(tiered);
  const directory = queue.partitionsDirectory.replace(/\/partitions$/, '');
  await close();
  const without = await startBroker(t, { directory });
  await without.queue.topics.delete(without.queue.topics.find('old')!);
  await without.queue.topics.filesRemoved();
  assert.equal(filesIn(folder).length, 2);
  await without.close();
  const again = await startBroker(t, { directory, blobsUrl: `file:${folder}` });
  await again.queue.topics.filesRemoved();
  assert.equal(filesIn(folder).length, 0);
});

test('without an engine old records are missed with an error that is tried again, and the operator is told', async (t) => {
  const { queue, close } = await start(t);
  const tiered = await createTiered(queue);
  await append(tiered, texts(3));
  await moveAll(tiered);
  assert.deepEqual(queue.warnings(), []);
  const directory = queue.partitionsDirectory.replace(/\/partitions$/, '');
  await close();
  const again = await startBroker(t, { directory });
  assert.match(
    again.queue.warnings().join(),
    /old records of old may be in a blobs engine, and none is configured/,
  );
  const client = await TestClient.connect(t, again.port);
  const codeAt = async (offset: number) => {
    const answer = await client.ask('fetch', fetch([{ topic: 'old', offset }]));
    return answer!.responses[0]!.partitions[0]!.errorCode;
  };
  assert.equal(await codeAt(0), kafkaErrors.KAFKA_STORAGE_ERROR.code);
  assert.equal(await codeAt(2), 0);
  assert.equal(
    (await client.ask('produce', produce('old', { batch: batchOf(['new']) })))!.responses[0]!
      .partitionResponses[0]!.errorCode,
    0,
  );
});

test('an engine that hangs costs who wants old records a bounded time, and others nothing', async (t) => {
  const { queue, client, folder, port } = await start(t, 'stuck');
  const tiered = await createTiered(queue);
  await append(tiered, texts(3));
  await moveAll(tiered);
  stuck.add(folder);
  const startedMs = performance.now();
  const old = client.ask('fetch', fetch([{ topic: 'old', offset: 0 }]));
  const other = await TestClient.connect(t, port);
  for (let count = 0; count < 50; count++) {
    const produced = await other.ask('produce', produce('old', { batch: batchOf(['new']) }));
    assert.equal(produced!.responses[0]!.partitionResponses[0]!.errorCode, 0);
    const fetched = await other.ask('fetch', fetch([{ topic: 'old', offset: 2 }]));
    assert.equal(fetched!.responses[0]!.partitions[0]!.errorCode, 0);
  }
  assert.ok(performance.now() - startedMs < remoteWaitMsMax / 2, 'others did not wait');
  const { KAFKA_STORAGE_ERROR: storageError } = kafkaErrors;
  assert.equal((await old)!.responses[0]!.partitions[0]!.errorCode, storageError.code);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs > remoteWaitMsMax - 100 && tookMs < remoteWaitMsMax * 2, `${tookMs}`);
  const againMs = performance.now();
  await client.ask('fetch', fetch([{ topic: 'old', offset: 0 }]));
  assert.ok(performance.now() - againMs < remoteWaitMsMax / 2, 'the next attempt is refused at once');
  stuck.delete(folder);
});

test('an engine that is not one ends the start; one that does not answer does not', async (t) => {
  await assert.rejects(startBroker(t, { blobsUrl: 'nothing:there' }), /nothing opens nothing:/);
  const { queue } = await startBroker(t, { blobsUrl: 'http://127.0.0.1:1/bucket' });
  const tiered = await createTiered(queue);
  await append(tiered, texts(2));
  await assert.rejects(moveAll(tiered));
  assert.equal((await readAll(tiered.partition, { bytesMax: 1_000_000 })).length, 2);
});

test('the engine’s bytes are those of the list after a restart', async (t) => {
  const { queue, close, folder } = await start(t);
  const tiered = await createTiered(queue);
  const records = texts(4);
  await append(tiered, records);
  await moveAll(tiered);
  const { there } = tiered.tiers.bytes;
  assert.ok(there > 2_100_000 && there < 2_200_000, `${there}`);
  const directory = queue.partitionsDirectory.replace(/\/partitions$/, '');
  await close();
  const { queue: next } = await startBroker(t, { directory, blobsUrl: `file:${folder}` });
  const again = await openTiered(next.topics.find('old')!, next.topics);
  assert.equal(again.tiers.bytes.there, there);
  const seen = await readAll(again.partition, { bytesMax: 1_000_000 });
  assert.deepEqual(
    seen.map(({ text }) => text),
    records,
  );
});
