// Batches whose bits, lengths and counts are damaged, with a checksum that is right all the same: refused with an error of the
// protocol, or stored and given back byte for byte. Nothing of it stops the partition, its next start or its compaction.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32c } from '@cairn/hashing';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { decodeBatchHeader, isChecksumRight } from '../../src/batch/batch-header.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { PartitionError } from '../../src/partition/partition.ts';
import { capturedBatch, capturedCompressions } from '../batch/captured-batches.ts';
import { batchOf, open } from './partition-fixture.ts';

const rounds = 600;
const checksumAt = 17;
const attributesAt = 21;
/** Where the numbers of a header lie, with their lengths. */
const numbers = [
  [8, 4],
  [16, 1],
  [21, 2],
  [23, 4],
  [27, 8],
  [35, 8],
  [43, 8],
  [51, 2],
  [53, 4],
  [57, 4],
] as const;
const extremes = [
  0n,
  1n,
  -1n,
  2n,
  127n,
  2n ** 15n - 1n,
  2n ** 31n - 1n,
  -(2n ** 31n),
  2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

function soundBatch(random: SeededRandom): Buffer {
  const kind = random.integer(capturedCompressions.length + 2);
  if (kind < capturedCompressions.length) return capturedBatch(capturedCompressions[kind]!);
  const producer = { producerId: random.integer(3), producerEpoch: 0, baseSequence: random.integer(5) };
  return batchOf(['one', 'two', 'three'], kind === capturedCompressions.length ? {} : producer);
}

function damage(batch: Buffer, random: SeededRandom): Buffer {
  switch (random.integer(4)) {
    case 0: {
      const [at, length] = numbers[random.integer(numbers.length)]!;
      const value = BigInt.asIntN(8 * length, extremes[random.integer(extremes.length)]!);
      for (let index = 0; index < length; index++)
        batch[at + index] = Number((value >> BigInt(8 * (length - 1 - index))) & 0xffn);
      return batch;
    }
    case 1:
      batch[random.integer(batch.length)]! ^= 1 << random.integer(8);
      return batch;
    case 2:
      // Behind the header: the lengths and counts of records, or of what packs them.
      batch[61 + random.integer(batch.length - 61)] = [0, 1, 0x7f, 0x80, 0xff][random.integer(5)]!;
      return batch;
    default:
      return random.integer(2) === 0
        ? batch.subarray(0, random.integer(batch.length))
        : Buffer.concat([batch, random.bytes(5)]);
  }
}

function damagedBatch(random: SeededRandom): Buffer {
  let batch = soundBatch(random);
  for (let count = random.integer(3); count >= 0; count--)
    if (batch.length > 61) batch = damage(batch, random);
  if (batch.length > attributesAt && random.integer(4) > 0)
    batch.writeUInt32BE(crc32c(batch.subarray(attributesAt)), checksumAt);
  return batch;
}

/** Undefined for a refusal; any other error is thrown on. */
async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof PartitionError) return undefined;
    throw error;
  }
}

async function storedBatches(partition: LogPartition): Promise<readonly Uint8Array[]> {
  const batches: Uint8Array[] = [];
  for (let offset = partition.startOffset; offset < partition.highWatermark; ) {
    const { records } = await partition.read({
      offset,
      bytesMax: 50_000,
      atLeastOne: true,
      committed: false,
    });
    for (const batch of records) {
      const header = decodeBatchHeader(batch);
      assert.equal(header.baseOffset, offset, 'offsets have no gaps');
      assert.ok(isChecksumRight(batch));
      batches.push(Buffer.from(batch));
      offset += header.lastOffsetDelta + 1;
    }
  }
  return batches;
}

describe('damaged batches', () => {
  test('are refused or given back as they came, and stop neither the partition nor its next start nor its compaction', async (t) => {
    // Unpacking is work outside of a simulated one.
    const world = realWorld();
    const folder = await temporaryDirectory(t);
    const seed = realWorld().random.integer(2 ** 32);
    t.diagnostic(`seed ${seed}`);
    const random = new SeededRandom(seed);
    let partition = await open(world, { in: folder, durability: 'os' });
    const accepted: Buffer[] = [];
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const batch = damagedBatch(random);
      const sent = Buffer.from(batch);
      const answer = await unlessRefused(
        partition.append({ records: batch, transactionalId: random.integer(2) === 0 ? 'some' : null }),
      );
      if (answer === undefined) refused++;
      else if (answer.baseOffset === partition.endOffset - decodeBatchHeader(sent).lastOffsetDelta - 1)
        accepted.push(sent);
      if (round % 10 !== 0) continue;
      await unlessRefused(partition.offsetOfTime(random.integer(2 ** 41)));
      await unlessRefused(partition.maxTimestamp());
    }
    const stored = await storedBatches(partition);
    // A repeated one of an idempotent producer may look as if it were the last.
    assert.ok(
      stored.length > 50 && refused > 50,
      `seed ${seed}: ${stored.length} stored, ${refused} refused`,
    );
    const contents = new Set(stored.map((batch) => Buffer.from(batch).toString('hex', 16)));
    for (const sent of accepted) assert.ok(contents.has(sent.toString('hex', 16)), `seed ${seed}`);
    await partition.close();
    partition = await open(world, { in: folder, leaderEpoch: 2, isCompacted: true });
    assert.deepEqual(await storedBatches(partition), stored, `seed ${seed}`);
    await partition.append({ records: batchOf(['sound'], {}) }).catch((error: unknown) => {
      assert.equal((error as PartitionError).code, 'INVALID_RECORD', 'it has no key');
    });
    await partition.compact();
    await partition.close();
    const again = await open(world, { in: folder, leaderEpoch: 3 });
    await again.append({ records: batchOf(['sound']) });
    await again.close();
  });
});
