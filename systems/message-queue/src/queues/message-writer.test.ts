import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatchHeader } from '../batch/batch-header.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes, heldBackBytesMax, messageBatchBytesMax } from '../limits.ts';
import { MessageWriter } from './message-writer.ts';
import { decodeMessage, type Message } from './stored-message.ts';

/** A log whose writes end when the test says so. */
function heldLog() {
  const writes: { bodies: string[]; times: number[]; end: PromiseWithResolvers<void> }[] = [];
  let endOffset = 0;
  const append = async ({ records }: { records: Uint8Array }) => {
    const messages = [...decodeRecords(decodeBatchHeader(records), records.subarray(batchHeaderBytes))].map(
      decodeMessage,
    );
    const end = Promise.withResolvers<void>();
    const baseOffset = endOffset;
    endOffset += messages.length;
    writes.push({
      ...{ bodies: messages.map(({ body }) => body), times: messages.map(({ appendedMs }) => appendedMs) },
      end,
    });
    await end.promise;
    return { baseOffset, startOffset: 0, logAppendTimeMs: -1 };
  };
  return { writes, writer: new MessageWriter({ append }) };
}

function message(body: string): Message {
  return { id: 'id', body, attributes: {}, sender: 'anna', sentMs: 0 };
}

test('what calls bring while a write is under way is one batch, and each learns its own offset', async () => {
  const { writes, writer } = heldLog();
  const first = writer.append({ messages: [message('a')], appendedMs: 5 });
  const second = writer.append({ messages: [message('b'), message('c')], appendedMs: 6 });
  const third = writer.append({ messages: [message('d')], appendedMs: 8 });
  assert.deepEqual(
    writes.map(({ bodies }) => bodies),
    [['a']],
  );
  writes[0]!.end.resolve();
  assert.equal(await first, 0);
  await new Promise(setImmediate);
  assert.deepEqual(
    [writes[1]!.bodies, writes[1]!.times],
    [
      ['b', 'c', 'd'],
      [6, 6, 8],
    ],
  );
  writes[1]!.end.resolve();
  assert.deepEqual(await Promise.all([second, third]), [1, 3]);
});

test('what is much is written beside a write that is under way', async () => {
  const { writes, writer } = heldLog();
  const calls = ['a', 'x'.repeat(heldBackBytesMax), 'b'].map((body) =>
    writer.append({ messages: [message(body)], appendedMs: 1 }),
  );
  assert.equal(writes.length, 2);
  for (const { end } of writes) end.resolve();
  assert.deepEqual(await Promise.all(calls.slice(0, 2)), [0, 1]);
  await new Promise(setImmediate);
  writes[2]!.end.resolve();
  assert.equal(await calls[2], 2);
});

test('what waits is as many batches as it needs, and no call is cut apart', async () => {
  const { writes, writer } = heldLog();
  const third = 'x'.repeat(messageBatchBytesMax / 3 + 1);
  const calls = [['a'], ['b'], [third], [third, third, third]].map((bodies) =>
    writer.append({ messages: bodies.map(message), appendedMs: 1 }),
  );
  for (const { end } of writes) end.resolve();
  assert.deepEqual(await Promise.all(calls), [0, 1, 2, 3]);
  assert.deepEqual(
    writes.map(({ bodies }) => bodies.length),
    [1, 2, 3],
  );
});

test('a write that fails fails its calls, and the next ones are written', async () => {
  const { writes, writer } = heldLog();
  const failing = writer.append({ messages: [message('a')], appendedMs: 1 });
  const next = writer.append({ messages: [message('b')], appendedMs: 1 });
  writes[0]!.end.reject(new Error('no disk'));
  await assert.rejects(failing, /no disk/);
  await new Promise(setImmediate);
  assert.deepEqual(writes[1]!.bodies, ['b']);
  writes[1]!.end.resolve();
  assert.equal(await next, 1);
});
