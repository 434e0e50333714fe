// Records that their batch is refused for are told to the producer (KIP-467), so that it sends the others again.

import assert from 'node:assert/strict';
import test from 'node:test';
import { encodeBatch } from '../../src/batch/batch-header.ts';
import { encodeRecords } from '../../src/batch/records.ts';
import { kafkaErrors } from '../../src/errors.ts';
import { produce } from './requests.ts';
import { startKafka } from './start-kafka.ts';
import { TestClient } from './test-client.ts';

function batchWithKeys(keys: readonly (string | null)[]): Buffer {
  const records = keys.map((key) => ({
    ...{ timestampMs: 1, key: key === null ? null : Buffer.from(key), value: Buffer.from('v'), headers: [] },
  }));
  return encodeBatch(
    {
      ...{ baseOffset: 0, leaderEpoch: -1, compression: 'none', isLogAppendTime: false },
      ...{ isTransactional: false, isControl: false, baseTimestampMs: 1, maxTimestampMs: 1 },
      ...{ producerId: -1, producerEpoch: -1, baseSequence: -1 },
      ...{ lastOffsetDelta: keys.length - 1, recordCount: keys.length },
    },
    encodeRecords(records, 1),
  );
}

test('a producer is told which of its records a compacted topic refuses', async (t) => {
  const { port, topics } = await startKafka(t, { onDisk: true });
  await topics.create({
    name: 'keyed',
    texts: { 'cleanup.policy': 'compact', 'message.timestamp.type': 'LogAppendTime' },
  });
  const client = await TestClient.connect(t, port);
  const batch = Buffer.concat([batchWithKeys(['a', null]), batchWithKeys(['b', 'c', null])]);
  const answer = await client.ask('produce', produce('keyed', { batch }));
  const refused = answer?.responses[0]?.partitionResponses[0];
  assert.equal(refused?.errorCode, kafkaErrors.INVALID_RECORD.code);
  assert.deepEqual(
    refused.recordErrors?.map(({ batchIndex }) => batchIndex),
    [1, 4],
  );
  assert.match(refused.recordErrors?.[0]?.batchIndexErrorMessage ?? '', /no key/);
  const accepted = await client.ask('produce', produce('keyed', { batch: batchWithKeys(['a']) }));
  assert.deepEqual(accepted?.responses[0]?.partitionResponses[0]?.recordErrors, []);
});
