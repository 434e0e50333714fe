// Clients that we did not write read a topic of which a part was lost, and given up by a repair. Not kafka-python before 2.1:
// it knows no control batches, and takes the markers of transactions for messages too.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { silentTelemetry } from '@cairn/telemetry';
import { cleanUpAfter, findProgram, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { Kafka, logLevel } from 'kafkajs';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { openMessageQueue } from '../../src/index.ts';
import { openKafka } from '../../src/kafka/open-kafka.ts';
import { anonymousIdentity, noUsers } from '../kafka/start-kafka.ts';
import { batchOf } from '../partition/partition-fixture.ts';

const run = promisify(execFile);
const words = ['zero', 'one', 'two', 'three', 'four', 'five'];
const kept = ['zero', 'one', 'four', 'five'];

const kcat = findProgram('kcat');
test('kafkajs passes over what was lost', async (t) => {
  assert.deepEqual(await consumeByKafkajs(t, await startHurtBroker(t)), kept);
});

test('kcat passes over what was lost', { skip: kcat === undefined && 'kcat is not installed' }, async (t) => {
  const address = `127.0.0.1:${await startHurtBroker(t)}`;
  const { stdout } = await run(kcat!, ['-C', '-b', address, '-t', 'words', '-o', 'beginning', '-e', '-q']);
  assert.deepEqual(stdout.trim().split('\n'), kept);
});

/** Of six batches two in the middle have rotted; a repair gave them up. */
async function startHurtBroker(t: TestContext): Promise<number> {
  const directory = await temporaryDirectory(t);
  const first = await openMessageQueue({ directory });
  const topic = await first.topics.create({ name: 'words', partitionCount: 1 });
  const partition = await first.topics.partition(topic, 0);
  for (const word of words) await partition.append({ records: batchOf([word], { timestampMs: Date.now() }) });
  await first.close();
  const path = `${directory}/partitions/${topic.topicId}/0/000000000001.segment`;
  const bytes = await readFile(path);
  for (const word of ['two', 'three']) bytes[bytes.indexOf(word)]! ^= 1;
  await writeFile(path, bytes);
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(
    problems.map(({ isResolved }) => isResolved),
    [true],
  );
  const queue = await openMessageQueue({ directory });
  const { clusterId, topics, groups, transactions, sql, partitionsDirectory } = queue;
  const kafka = await openKafka({
    ...{ clusterId, topics, groups, transactions, sql, port: 0, autoCreateTopics: true },
    guardTransaction: transactions.guard,
    identity: {
      ...anonymousIdentity,
      ...noUsers,
      userArn: async ({ name }) => `arn:aws:iam::000000000000:user/${name}`,
    },
    ...{ world: realWorld(), telemetry: silentTelemetry(), directory: partitionsDirectory },
    ...{ account: '000000000000', region: 'us-east-1', host: '127.0.0.1' },
  });
  cleanUpAfter(t, () => kafka.close(AbortSignal.timeout(5_000)).then(() => queue.close()));
  return kafka.port;
}

async function consumeByKafkajs(t: TestContext, port: number): Promise<readonly string[]> {
  const kafka = new Kafka({ clientId: 'test', brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: 'readers' });
  cleanUpAfter(t, () => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topic: 'words', fromBeginning: true });
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      if (seen.push(message.value!.toString()) === words.length - 2) resolve();
    },
  });
  await promise;
  return seen;
}
