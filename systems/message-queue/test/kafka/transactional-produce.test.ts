// A produce of a transaction: what the guard of transactions refuses does not reach its partition.

import assert from 'node:assert/strict';
import test from 'node:test';
import { kafkaErrors } from '../../src/errors.ts';
import type { TransactionGuard } from '../../src/kafka/handlers/produce.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { memoryPartitions } from './memory-partition.ts';
import { metadata, produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

test('the guard is asked before partitions are, and again in the turn in which they are', async (t) => {
  const asked: string[] = [];
  const guardTransaction: TransactionGuard = {
    ensure: async ({ transactionalId, version }, parts) => {
      asked.push(`ensure ${transactionalId} ${version}`);
      return parts.map(({ topic }) => (topic === 'unnamed' ? 'INVALID_TXN_STATE' : undefined));
    },
    check: (_, { topic, partition }) => {
      asked.push(`check ${topic} ${partition}`);
      return topic === 'ending' ? 'CONCURRENT_TRANSACTIONS' : undefined;
    },
  };
  const partitions = memoryPartitions();
  const { port } = await startKafka(t, { guardTransaction, openPartition: partitions });
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['open', 'unnamed', 'ending']));
  const codes: (number | undefined)[] = [];
  for (const topic of ['open', 'unnamed', 'ending']) {
    const answer = await client.ask('produce', produce(topic, { transactionalId: 'x' }));
    codes.push(answer?.responses[0]?.partitionResponses[0]?.errorCode);
  }
  assert.deepEqual(codes, [0, kafkaErrors.INVALID_TXN_STATE.code, kafkaErrors.CONCURRENT_TRANSACTIONS.code]);
  assert.deepEqual(asked, ['ensure x 9', 'check open 0', 'ensure x 9', 'ensure x 9', 'check ending 0']);
  assert.deepEqual(
    [...partitions.opened.values()].map(({ endOffset }) => endOffset),
    [1, 0, 0],
  );
  await client.ask('produce', produce('open'));
  assert.equal(asked.length, 5);
});

test('batches of a transaction in a request without a transactional id reach no partition', async (t) => {
  const { port, topics } = await startKafka(t, { onDisk: true });
  const client = await TestClient.connect(t, port);
  await client.ask('metadata', metadata(['orders']));
  const stray = { isTransactional: true, producerId: 5, producerEpoch: 0, baseSequence: 0 };
  const answers: (number | undefined)[] = [];
  for (const batch of [batchOf(['stray'], stray), Buffer.concat([batchOf(['a']), batchOf(['b'], stray)])]) {
    const answer = await client.ask('produce', produce('orders', { batch }));
    answers.push(answer?.responses[0]?.partitionResponses[0]?.errorCode);
  }
  const { code } = kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
  assert.deepEqual(answers, [code, code]);
  const partition = await topics.partition(topics.find('orders')!, 0);
  assert.deepEqual([partition.endOffset, partition.lastStableOffset], [0, 0]);
});
