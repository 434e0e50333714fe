import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { capturedBatch, capturedCompressions } from '../../test/batch/captured-batches.ts';
import { batchHeaderBytes, unpackedBytesMax } from '../limits.ts';
import { type Compression, decodeBatchHeader, encodeBatch } from './batch-header.ts';
import { packedRecords, unpackedRecords } from './compression.ts';
import { firstRecordAtOrAfter } from './first-record.ts';
import { decodeRecords, InvalidRecordsError, varint } from './records.ts';

const pace = { pause: () => undefined };
const unpackedBytes = async (batch: Buffer) => unpackedRecords(decodeBatchHeader(batch), batch);

async function recordsIn(batch: Buffer) {
  return [...decodeRecords(decodeBatchHeader(batch), await unpackedBytes(batch))];
}

function withRecords(compression: Compression, records: Uint8Array): Buffer {
  return encodeBatch({ ...decodeBatchHeader(capturedBatch(compression)), compression }, records);
}

/** A real client's block in the framing of the Java library: magic, version, oldest compatible version, blocks. */
function xerial(...blocks: readonly Uint8Array[]): Buffer {
  const head = Buffer.from('82534e41505059000000000100000001', 'hex');
  const framed = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([head, ...framed]);
}

test('batches of a real client are unpacked, whatever their compression', async () => {
  for (const compression of capturedCompressions) {
    const batch = capturedBatch(compression);
    const records = [...decodeRecords(decodeBatchHeader(batch), await unpackedBytes(batch))];
    assert.deepEqual(
      records.map(({ key, value }) => [Buffer.from(key!).toString(), Buffer.from(value!).toString()]),
      ['k1', 'k2'].map((key) => [key, 'blue '.repeat(12)]),
      compression,
    );
  }
});

test('snappy in the framing of the Java client is unpacked, in one block and in several', async () => {
  const block = capturedBatch('snappy').subarray(batchHeaderBytes);
  const plain = Buffer.from(await unpackedBytes(capturedBatch('snappy')));
  assert.deepEqual(await unpackedBytes(withRecords('snappy', xerial(block))), plain);
  assert.deepEqual(
    await unpackedBytes(withRecords('snappy', xerial(block, block))),
    Buffer.concat([plain, plain]),
  );
});

test('a time is found within a compressed batch', async () => {
  for (const compression of capturedCompressions) {
    const bytes = capturedBatch(compression);
    const header = decodeBatchHeader(bytes);
    const { baseTimestampMs: timestampMs } = header;
    const found = (startOffset: number, afterMs: number) =>
      firstRecordAtOrAfter({ header, bytes }, { timestampMs: timestampMs + afterMs, startOffset, pace });
    assert.deepEqual(await found(0, 0), { offset: 0, timestampMs });
    assert.deepEqual(await found(1, 0), { offset: 1, timestampMs });
    assert.equal(await found(0, 1), undefined);
  }
});

test('what cannot be unpacked is refused', async () => {
  for (const compression of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
    for (const records of [Buffer.alloc(0), Buffer.from('no such thing'), Buffer.alloc(40, 0xff)])
      await assert.rejects(recordsIn(withRecords(compression, records)), InvalidRecordsError, compression);
  }
  for (const length of [-1, 2 ** 31 - 1]) {
    const framed = xerial(Buffer.from('block'));
    framed.writeInt32BE(length, 16);
    await assert.rejects(unpackedBytes(withRecords('snappy', framed)), InvalidRecordsError);
  }
});

test('a few bytes that say that they are very many are refused before they are', async () => {
  const zeros = Buffer.alloc(unpackedBytesMax + 1);
  await assert.rejects(
    unpackedBytes(withRecords('gzip', gzipSync(zeros, { level: 1 }))),
    InvalidRecordsError,
  );
  await assert.rejects(unpackedBytes(withRecords('zstd', zstdCompressSync(zeros))), InvalidRecordsError);
  const lz4 = await packedRecords('lz4', zeros);
  await assert.rejects(unpackedBytes(withRecords('lz4', lz4)), /over \d+ bytes/);
  const snappyOfMore = Buffer.from('8080804000', 'hex');
  await assert.rejects(unpackedBytes(withRecords('snappy', snappyOfMore)), /5 bytes say/);
  const snappyOfManyBytes = Buffer.from('ffffffff0f00', 'hex');
  await assert.rejects(unpackedBytes(withRecords('snappy', snappyOfManyBytes)), /over \d+ bytes/);
});

test('regression: a record that claims millions of headers is found by its time without them', async () => {
  const headers = 2_000_000;
  const body = Buffer.concat([Buffer.from([0, 0, 0, 1, 1]), varint(headers), Buffer.alloc(2 * headers)]);
  const records = zstdCompressSync(Buffer.concat([varint(body.length), body]));
  const one = { recordCount: 1, lastOffsetDelta: 0, compression: 'zstd' } as const;
  const bytes = encodeBatch({ ...decodeBatchHeader(capturedBatch('zstd')), ...one }, records);
  const before = process.memoryUsage().heapUsed;
  const header = decodeBatchHeader(bytes);
  const found = await firstRecordAtOrAfter({ header, bytes }, { timestampMs: 0, startOffset: 0, pace });
  assert.equal(found?.offset, 0);
  assert.ok(process.memoryUsage().heapUsed - before < 50_000_000);
});

test('regression: a few bytes with millions of records leave the event loop to others', async () => {
  const recordCount = 3_000_000;
  // Six bytes behind its length: attributes, no time, no key, no value, no headers; the offset grows.
  const pieces = Array.from({ length: recordCount }, (_, index) => {
    const offset = varint(index);
    return Buffer.concat([varint(5 + offset.length), Buffer.from([0, 0]), offset, Buffer.from([1, 1, 0])]);
  });
  const packed = zstdCompressSync(Buffer.concat(pieces));
  const many = { recordCount, lastOffsetDelta: recordCount - 1, compression: 'zstd' } as const;
  const bytes = encodeBatch({ ...decodeBatchHeader(capturedBatch('zstd')), ...many }, packed);
  const header = decodeBatchHeader(bytes);
  let asked = 0;
  const counting = {
    pause: () =>
      ++asked % 100_000 === 0 ? new Promise<void>((resolve) => setImmediate(resolve)) : undefined,
  };
  const late = { timestampMs: header.maxTimestampMs + 1, startOffset: 0, pace: counting };
  assert.equal(await firstRecordAtOrAfter({ header, bytes }, late), undefined);
  assert.equal(asked, recordCount);
});
