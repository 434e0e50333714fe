import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { capturedBatch, capturedCompressions } from '../../test/batch/captured-batches.ts';
import { batchHeaderBytes, unpackedBytesMax } from '../limits.ts';
import { type Compression, decodeBatchHeader, encodeBatch } from './batch-header.ts';
import { unpackedRecords } from './compression.ts';
import { firstRecordAtOrAfter } from './first-record.ts';
import { decodeRecords, InvalidRecordsError } from './records.ts';

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
      firstRecordAtOrAfter({ header, bytes }, { timestampMs: timestampMs + afterMs, startOffset });
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
  const snappyOfManyBytes = Buffer.from('ffffffff0f00', 'hex');
  await assert.rejects(unpackedBytes(withRecords('snappy', snappyOfManyBytes)), /over \d+ bytes/);
});
