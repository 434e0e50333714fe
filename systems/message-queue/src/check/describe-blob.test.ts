import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchOf } from '../../test/partition/partition-fixture.ts';
import { readBytesMax } from '../limits.ts';
import { BatchFileEncoder } from '../partition/segments/batch-file-encoder.ts';
import { batchFileHeaderBytes } from '../partition/segments/batch-file-format.ts';
import { describeBlob, namedBlob } from './describe-blob.ts';

const prefix = 'topic/3/';
const name = `${prefix}000000000007-00000000000000000100-${'ab'.repeat(12)}`;

/** Batches of `texts`, from offset 100 on. */
function blobOf(texts: readonly string[]): Buffer {
  const encoder = new BatchFileEncoder({ segment: 7, baseOffset: 100, id: Buffer.alloc(16, 5) });
  const frames = texts.flatMap((text, index) => {
    const batch = batchOf([text], { timestampMs: 1_000 + index });
    batch.writeBigInt64BE(BigInt(100 + index));
    return encoder.frame(batch);
  });
  const header = encoder.header();
  return Buffer.concat([header, ...frames, encoder.footer(100 + texts.length), encoder.index.encode()]);
}

/** What it says, and how many bytes were read for it. */
async function described(bytes: Buffer) {
  let readBytes = 0;
  const read = async ({ start, lengthBytes }: { start: number; lengthBytes: number }) => {
    assert(lengthBytes > 0 && start + lengthBytes <= bytes.length, 'within the blob');
    readBytes += lengthBytes;
    return bytes.subarray(start, start + lengthBytes);
  };
  const blob = namedBlob({ name, sizeBytes: bytes.length }, prefix)!;
  return { found: await describeBlob(blob, { read }), readBytes };
}

const large = Array.from({ length: 9 }, (_, index) => `${index}`.repeat(300_000));

test('a blob is described by its end alone, and by its frames when its index is damaged', async () => {
  const bytes = blobOf([...large, 'x'.repeat(2 * readBytesMax), 'small']);
  const { found, readBytes } = await described(bytes);
  assert.deepEqual([found?.segment, found?.baseOffset, found?.endOffset], [7, 100, 111]);
  assert.deepEqual([found?.name, found?.sizeBytes, found?.maxTimestampMs], [name, bytes.length, 1_010]);
  assert.ok(readBytes < 2_000, `${readBytes} bytes were read`);
  bytes[bytes.length - 1]! ^= 1;
  assert.deepEqual((await described(bytes)).found, found);
});

test('one batch that is damaged does not hide the others, a frame does when the index is damaged too', async () => {
  const bytes = blobOf(large);
  const { found } = await described(bytes);
  bytes[bytes.length - 1]! ^= 1;
  bytes[400_000]! ^= 1;
  assert.deepEqual((await described(bytes)).found, found);
  bytes[batchFileHeaderBytes]! ^= 1;
  assert.equal((await described(bytes)).found, undefined);
});

test('an index of another blob describes nothing', async () => {
  const [bytes, other] = [blobOf(['a', 'b']), blobOf(['a'])];
  const { found } = await described(bytes);
  const mixed = Buffer.concat([bytes.subarray(0, found!.fileBytes), other.subarray(-80)]);
  assert.deepEqual((await described(mixed)).found, found);
});

test('what is too short, or has another name, is no blob of a segment', async () => {
  assert.equal((await described(Buffer.alloc(100))).found, undefined);
  for (const wrong of ['other/3/x', `${prefix}x`, name.slice(0, -1), `${name}0`])
    assert.equal(namedBlob({ name: wrong, sizeBytes: 1 }, prefix), undefined, wrong);
});
