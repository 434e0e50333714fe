// The coordinator over the topics of a broker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { openMessageQueue } from '../../src/broker/open-message-queue.ts';
import { Client } from './coordinator-fixture.ts';

test('partitions that cannot be do not get into a transaction, which could never be ended', async (t) => {
  const queue = await openMessageQueue({ directory: await temporaryDirectory(t) });
  await queue.topics.create({ name: 'letters', partitionCount: 2 });
  const { transactions } = queue;
  const client = new Client({ coordinator: transactions });
  const producer = await client.init('id');
  const codes = [];
  for (const partition of [-1, 0, 1, 2]) {
    const { resultsByTopicV3AndBelow } = await transactions.addPartitionsToTxn(
      {
        ...{ transactions: [], v3AndBelowTransactionalId: 'id' },
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [{ name: 'letters', partitions: [partition] }],
      },
      { version: 3 },
    );
    codes.push(resultsByTopicV3AndBelow![0]!.resultsByPartition[0]!.partitionErrorCode);
  }
  assert.deepEqual(codes, [3, 0, 0, 3]);
  assert.equal((await client.end('id', producer, { commit: true })).code, 'NONE');
  assert.equal(client.statusOf('id'), 'CompleteCommit');
  await queue.close();
});
