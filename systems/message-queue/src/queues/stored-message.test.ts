import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatchHeader } from '../batch/batch-header.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes } from '../limits.ts';
import { decodeMessage, encodeMessages, type Message } from './stored-message.ts';

test('messages are records that say all of them again', () => {
  const plain: Message = { id: '1', body: 'häuser', attributes: {}, sender: 'anna', sentMs: 5 };
  const full: Message = {
    ...plain,
    attributes: {
      color: { type: 'String.x', value: 'a\0b' },
      raw: { type: 'Binary', value: Buffer.from([0, 1, 0]) },
    },
    ...{ group: 'g', deduplicationId: 'd', dueMs: 99, traceHeader: 't', deadLetterSource: 'arn' },
  };
  const batch = encodeMessages([{ messages: [plain, full], appendedMs: 7 }]);
  const header = decodeBatchHeader(batch);
  const [one, two] = [...decodeRecords(header, batch.subarray(batchHeaderBytes))].map(decodeMessage);
  assert.equal(one!.body, plain.body);
  assert.equal(one!.group, undefined);
  assert.deepEqual(two, { ...full, offset: 1, appendedMs: 7 });
});

test('regression: an attribute may have any name that is one', () => {
  const attributes = Object.fromEntries(
    ['__proto__', 'constructor', 'toString'].map((name) => [name, { type: 'String', value: name }]),
  );
  const batch = encodeMessages([
    { messages: [{ id: '1', body: 'x', attributes, sender: 'anna', sentMs: 5 }], appendedMs: 7 },
  ]);
  const [message] = [...decodeRecords(decodeBatchHeader(batch), batch.subarray(batchHeaderBytes))].map(
    decodeMessage,
  );
  assert.deepEqual(Object.entries(message!.attributes), Object.entries(attributes));
});
