// Delayed messages on a real broker: when they appear, where, as what, and what is refused.

import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { temporaryDirectory } from '@cairn/testing';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { packedRecords } from '../../src/batch/compression.ts';
import { batchHeaderBytes, delayedBatchBytesMax, delayedBatchRecordsMax } from '../../src/limits.ts';
import { batchOfRecords, openBroker, produce, seenIn, untilSeen } from './delay-fixture.ts';

const delayed = { 'cairn.delayed': 'true' };
const minuteMs = 60_000;
const at = (dueMs: number) => ({ 'cairn-deliver-at': String(dueMs) });

test('a delayed record appears when it is due, behind those that came before it', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const partition = await queue.topics.partition(topic, 0);
  const dueMs = queue.nowMs() + minuteMs;
  const sent = [
    { text: 'first' },
    { text: 'late', key: 'k', headers: { ...at(dueMs), h: 'v' }, timestampMs: 5_000 },
    { text: 'third' },
  ];
  const { baseOffset } = await produce(queue, { topic }, batchOfRecords(sent));
  assert.equal(baseOffset, 0);
  // The offset of what was taken out is a gap.
  assert.deepEqual(
    (await seenIn(partition)).map(({ offset, text }) => [offset, text]),
    [
      [0, 'first'],
      [2, 'third'],
    ],
  );
  queue.jump(minuteMs);
  const seen = await untilSeen(partition, 3);
  const nowMs = queue.nowMs();
  const late = seen.at(-1)!;
  assert.deepEqual([late.offset, late.text], [3, 'late']);
  assert.ok(nowMs >= dueMs && late.timestampMs >= dueMs && late.timestampMs <= nowMs);
  assert.deepEqual(late.headers, { ...at(dueMs), h: 'v', 'cairn-produced-at': '5000' });
});

test('records come in the order in which they are due, those of the same time as they were produced', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const nowMs = queue.nowMs();
  const texts = ['c 90', 'a 60', 'd 90', 'b 60'];
  const sent = texts.map((text) => ({ text, headers: at(nowMs + Number(text.slice(2)) * minuteMs) }));
  await produce(queue, { topic }, batchOfRecords(sent));
  queue.jump(120 * minuteMs);
  const seen = await untilSeen(await queue.topics.partition(topic, 0), 4);
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['a 60', 'b 60', 'c 90', 'd 90'],
  );
});

test('what is due already appears at once, and so does all in a topic without the setting', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const plain = await queue.topics.create({ name: 'plain' });
  await produce(queue, { topic }, batchOfRecords([{ text: 'past', headers: at(1) }]));
  await produce(
    queue,
    { topic: plain },
    batchOfRecords([{ text: 'x', headers: at(queue.nowMs() + minuteMs) }]),
  );
  for (const each of [topic, plain])
    assert.equal((await seenIn(await queue.topics.partition(each, 0))).length, 1);
});

for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const)
  test(`a batch that was packed by ${compression} is unpacked, and what is left of it packed again`, async (t) => {
    const queue = await openBroker(t);
    const topic = await queue.topics.create({ name: 'letters', texts: delayed });
    const sent = [
      { text: 'now' },
      { text: 'later', headers: at(queue.nowMs() + minuteMs) },
      { text: 'and now' },
    ];
    const plain = batchOfRecords(sent);
    const packed = await packedRecords(compression, plain.subarray(batchHeaderBytes));
    await produce(
      queue,
      { topic },
      batchOfRecords(sent, { compression }, () => packed),
    );
    const partition = await queue.topics.partition(topic, 0);
    const { records } = await partition.read({ offset: 0, bytesMax: 1, atLeastOne: true, committed: false });
    assert.equal(decodeBatchHeader(records[0]!).compression, compression);
    queue.jump(minuteMs);
    assert.deepEqual(
      (await untilSeen(partition, 3)).map(({ offset, text }) => [offset, text]),
      [
        [0, 'now'],
        [2, 'and now'],
        [3, 'later'],
      ],
    );
  });

test('a few bytes that say they are gigabytes are refused, and so are records that are none', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const bomb = await packedRecords('zstd', Buffer.alloc(delayedBatchBytesMax + 1));
  for (const pack of [() => bomb, () => Buffer.from('no zstd'), (records: Buffer) => records.subarray(1)])
    await assert.rejects(
      produce(queue, { topic }, batchOfRecords([{ text: 'x' }], { compression: 'zstd' }, pack)),
      { code: 'INVALID_RECORD' },
    );
});

for (const [what, value, message] of [
  ['no number', 'tomorrow', /cairn-deliver-at is "tomorrow", wanted is a decimal number/],
  ['no whole number', '1.5', /wanted is a decimal number/],
  ['too far', String(Date.now() + 3_600_000), /ms ahead, cairn.delayed.max.ms is 60000/],
] as const)
  test(`a record whose due time is ${what} is refused with its batch`, async (t) => {
    const queue = await openBroker(t);
    const texts = { ...delayed, 'cairn.delayed.max.ms': '60000' };
    const topic = await queue.topics.create({ name: 'letters', texts });
    const sent = [{ text: 'sound' }, { text: 'bad', headers: { 'cairn-deliver-at': value } }];
    await assert.rejects(produce(queue, { topic }, batchOfRecords(sent)), {
      code: 'INVALID_RECORD',
      message,
    });
    assert.equal((await queue.topics.partition(topic, 0)).endOffset, 0);
  });

test('in a compacted topic a delayed record needs a key, as any other', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({
    name: 'letters',
    texts: { ...delayed, 'cleanup.policy': 'compact' },
  });
  const headers = at(queue.nowMs() + minuteMs);
  const message = /has no key, in a compacted topic/;
  for (const record of [{ text: 'x', headers }, { text: 'x' }])
    await assert.rejects(produce(queue, { topic }, batchOfRecords([record])), {
      code: 'INVALID_RECORD',
      message,
    });
  await produce(queue, { topic }, batchOfRecords([{ text: 'keyed', key: 'k', headers }]));
  queue.jump(minuteMs);
  assert.equal((await untilSeen(await queue.topics.partition(topic, 0), 1))[0]!.text, 'keyed');
});

test('delayed records survive a restart, and come once', async (t) => {
  const directory = await temporaryDirectory(t);
  const first = await openBroker(t, { directory });
  const topic = await first.topics.create({ name: 'letters', texts: delayed });
  const dueMs = first.nowMs() + minuteMs;
  await produce(first, { topic }, batchOfRecords([{ text: 'patient', headers: at(dueMs) }]));
  await first.close();
  const second = await openBroker(t, { directory });
  second.jump(minuteMs);
  const seen = await untilSeen(await second.topics.partition(second.topics.find('letters')!, 0), 1);
  assert.equal(seen[0]!.text, 'patient');
  assert.ok(seen[0]!.timestampMs >= dueMs);
  await second.close();
  const third = await openBroker(t, { directory });
  const partition = await third.topics.partition(third.topics.find('letters')!, 0);
  await produce(
    third,
    { topic: third.topics.find('letters')! },
    batchOfRecords([{ text: 'next', headers: at(third.nowMs() + minuteMs) }]),
  );
  third.jump(minuteMs);
  assert.deepEqual(
    (await untilSeen(partition, 2)).map(({ text }) => text),
    ['patient', 'next'],
  );
});

test('a retry of an idempotent producer is known, also where every record of its batch was taken out', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const partition = await queue.topics.partition(topic, 0);
  const batch = (text: string, baseSequence: number) =>
    batchOfRecords([{ text, headers: at(queue.nowMs() + minuteMs) }], {
      producerId: 7,
      producerEpoch: 0,
      baseSequence,
    });
  const [one, two] = [batch('one', 0), batch('two', 1)];
  for (const each of [one, two, one, two]) await produce(queue, { topic }, Buffer.from(each));
  await assert.rejects(produce(queue, { topic }, batch('gap', 3)), { code: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  queue.jump(minuteMs);
  const seen = await untilSeen(partition, 2);
  assert.deepEqual(
    seen.map(({ offset, text }) => [offset, text]),
    [
      [2, 'one'],
      [3, 'two'],
    ],
  );
});

test('with its topic go the records that were to come', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  await produce(queue, { topic }, batchOfRecords([{ text: 'never', headers: at(queue.nowMs() + minuteMs) }]));
  await queue.topics.delete(topic);
  const again = await queue.topics.create({ name: 'letters', texts: delayed });
  await produce(
    queue,
    { topic: again },
    batchOfRecords([{ text: 'late', headers: at(queue.nowMs() + 2 * minuteMs) }]),
  );
  queue.jump(2 * minuteMs);
  const seen = await untilSeen(await queue.topics.partition(again, 0), 1);
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['late'],
  );
});

test('a clock that jumps ahead delivers, and one that jumps back holds back', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const partition = await queue.topics.partition(topic, 0);
  const send = (text: string, dueMs: number) =>
    produce(queue, { topic }, batchOfRecords([{ text, headers: at(dueMs) }]));
  const startMs = queue.nowMs();
  await send('one', startMs + minuteMs);
  queue.jump(10 * minuteMs);
  await untilSeen(partition, 1);
  queue.jump(-10 * minuteMs);
  await send('three', startMs + 5 * minuteMs);
  await send('two', queue.nowMs() + 20);
  assert.deepEqual(
    (await untilSeen(partition, 2)).map(({ text }) => text),
    ['one', 'two'],
  );
  queue.jump(5 * minuteMs);
  assert.equal((await untilSeen(partition, 3)).at(-1)!.text, 'three');
});

test('a batch of a transaction that no request is of is refused as a whole: nothing of it is delivered later', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const producer = { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true };
  const records = batchOfRecords(
    [{ text: 'late', headers: at(queue.nowMs() + minuteMs) }, { text: 'now' }],
    producer,
  );
  await assert.rejects(produce(queue, { topic }, records), {
    code: 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  });
  queue.jump(minuteMs);
  await produce(queue, { topic }, batchOfRecords([{ text: 'due', headers: at(queue.nowMs() + 1) }]));
  queue.jump(minuteMs);
  const seen = await untilSeen(await queue.topics.partition(topic, 0), 1);
  assert.deepEqual(
    seen.map(({ text }) => text),
    ['due'],
  );
});

test('delayed records of a produce are bounded together, however many batches they are packed in', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const text = 'x'.repeat(delayedBatchBytesMax / 2 - 1_000);
  const records = [{ text, headers: at(queue.nowMs() + minuteMs) }];
  const pack = (bytes: Buffer) => gzipSync(bytes);
  const batch = batchOfRecords(records, { compression: 'gzip' }, pack);
  await assert.rejects(produce(queue, { topic }, Buffer.concat([batch, batch, batch])), {
    code: 'MESSAGE_TOO_LARGE',
  });
  await produce(queue, { topic }, Buffer.concat([batch, batch]));
});

test('a few bytes that are millions of records are refused', async (t) => {
  const queue = await openBroker(t);
  const topic = await queue.topics.create({ name: 'letters', texts: delayed });
  const count = delayedBatchRecordsMax + 1;
  // Of six bytes: attributes, time, offset, no key, no value, no headers.
  const records = Buffer.alloc(count * 7, Buffer.from([12, 0, 0, 0, 1, 1, 0]));
  const header = { compression: 'gzip', recordCount: count, lastOffsetDelta: count - 1 } as const;
  const batch = batchOfRecords([{ text: '' }], header, () => gzipSync(records));
  assert.ok(batch.length < 2_000);
  await assert.rejects(produce(queue, { topic }, batch), { code: 'MESSAGE_TOO_LARGE' });
});
