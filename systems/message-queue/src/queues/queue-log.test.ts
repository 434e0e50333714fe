import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { QueueLog, type QueuePartition } from './queue-log.ts';
import { encodeMessages, type Message } from './stored-message.ts';

/** A log whose messages are read one at a time; counts the reads. */
function logOf(message: (offset: number) => Message) {
  const reads = { count: 0 };
  const partition = {
    startOffset: 0,
    highWatermark: 1_000,
    read: async ({ offset }: { offset: number }) => {
      reads.count++;
      const batch = encodeMessages([{ messages: [message(offset)], appendedMs: 0 }]);
      batch.writeBigInt64BE(BigInt(offset));
      return { records: [batch] };
    },
  };
  return { log: new QueueLog(partition as unknown as QueuePartition, realWorld().clock), reads };
}

const plain = { id: 'm', attributes: {}, sender: 's', sentMs: 0 };

test('a message that was read ahead is not read again, and is kept once', async () => {
  const { log, reads } = logOf(() => ({ ...plain, body: 'x' }));
  await log.readAhead(0);
  const found = await log.find(0);
  assert.ok(found !== undefined && found !== 'damaged');
  assert.equal(found.offset, 0);
  assert.equal(reads.count, 1);
  await log.find(0);
  assert.equal(reads.count, 2);
});

test('regression: what is read ahead is bounded by all that a message has, not by its body', async () => {
  const large = { a: { type: 'String', value: 'x'.repeat(200_000) } };
  const small = { body: 'x', attributes: {} };
  for (const [messages, more] of [
    [20, { body: 'x', attributes: large }],
    [20, { body: 'x', attributes: {}, traceHeader: 'x'.repeat(200_000) }],
    [10_000, small],
  ] as const) {
    const { log, reads } = logOf(() => ({ ...plain, ...more }));
    for (let offset = 0; offset < messages; offset++) await log.readAhead(offset);
    await log.find(0);
    assert.equal(reads.count, messages + 1, 'the first was dropped for those after it');
  }
});

test('regression: what repair put over damage is no message, and is passed over', async () => {
  const cover = encodeMessages([{ messages: [{ ...plain, body: 'x' }], appendedMs: 0 }]);
  const attributesAt = 21;
  cover.writeInt16BE(cover.readInt16BE(attributesAt) | 0x20, attributesAt);
  const partition = { startOffset: 0, highWatermark: 2, read: async () => ({ records: [cover] }) };
  const log = new QueueLog(partition as unknown as QueuePartition, realWorld().clock);
  assert.deepEqual(await log.readAhead(0), { messages: [], from: 1 });
  assert.equal(await log.find(0), undefined);
});
