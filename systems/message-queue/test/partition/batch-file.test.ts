// Batch files: what is written is read back, and what rots is never given.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import { decodeBatchHeader, placeBatch } from '../../src/batch/batch-header.ts';
import { BatchFileSource } from '../../src/partition/segments/batch-file-source.ts';
import { BatchFileWriter } from '../../src/partition/segments/batch-file-writer.ts';
import { FileRanges } from '../../src/partition/segments/byte-ranges.ts';
import type { ListedBatch } from '../../src/partition/segments/segment-source.ts';
import { batchOf, directory, range, within } from './partition-fixture.ts';

const fileName = '000000000007-1.batches';
const path = `${directory}/${fileName}`;

function placed(text: string, baseOffset: number): Buffer {
  const batch = batchOf([text], { timestampMs: 1_000 + baseOffset });
  placeBatch(batch, { baseOffset, leaderEpoch: 1 });
  return batch;
}

async function written(world: World, batches: readonly Buffer[]) {
  await world.disk.makeDirectory(directory);
  const id = world.random.bytes(16);
  const writer = await BatchFileWriter.create(world.disk, {
    ...{ directory, fileName, segment: 7, id, baseOffset: 5 },
  });
  for (const batch of batches) await writer.add(batch);
  const file = await writer.finish(1_000);
  const { sizeBytes } = file;
  const description = { segment: 7, name: '000000000007-1', baseOffset: 5, endOffset: 1_000 };
  const open = () => new BatchFileSource(description, new FileRanges(world.disk, { path, sizeBytes }));
  return { ...file, source: open(), open };
}

async function flip(world: World, at: number): Promise<void> {
  const file = await world.disk.open(path, 'write');
  const byte = Buffer.alloc(1);
  await file.read(byte, at);
  await file.write([Buffer.from([byte[0]! ^ 1])], at);
  await file.close();
}

async function listed(source: BatchFileSource): Promise<readonly ListedBatch[]> {
  return Array.fromAsync(source.list());
}

describe('a batch file', () => {
  test(
    'gives back its batches, by position and by list, the first however long it is',
    within(async (world) => {
      const large = placed('x'.repeat(3_000_000), 20);
      const batches = [placed('one', 10), placed('two', 15), large, placed('four', 900)];
      const { source, index, batches: count } = await written(world, batches);
      assert.equal(count, 4);
      assert.deepEqual(index.summary(), {
        ...{ segment: 7, baseOffset: 5, endOffset: 1_000, maxTimestampMs: 1_900 },
        coveredTo: source.sizeBytes - 48,
      });
      let position = index.positionOfOffset(10);
      for (const batch of batches) {
        const { payloads, ends } = await source.readOn(position, { lengthBytes: 1 });
        assert.deepEqual(payloads.map(Buffer.from), [batch]);
        position = ends[0]!;
      }
      assert.deepEqual(await source.readOn(position, { lengthBytes: 1_000 }), { payloads: [], ends: [] });
      // Of what does not fit it is known how long it is, and buffers of others are read to.
      const lent = Buffer.alloc(1_000_000);
      const take = () => lent;
      const some = await source.readOn(index.positionOfOffset(10), { lengthBytes: 1_000, take });
      assert.deepEqual([some.payloads.length, some.nextBytes], [2, large.length]);
      assert.equal(some.payloads[0]!.buffer, lent.buffer);
      const all = await listed(source);
      assert.deepEqual(
        all.map((found) => found.kind === 'batch' && decodeBatchHeader(found.payload).baseOffset),
        [10, 15, 20, 900],
      );
    }),
  );

  test(
    'without batches says up to where there is nothing',
    within(async (world) => {
      const { source, index } = await written(world, []);
      assert.deepEqual([index.summary().endOffset, index.summary().maxTimestampMs], [1_000, -1]);
      assert.deepEqual(await listed(source), []);
    }),
  );

  test(
    'never gives a byte that rotted, wherever it is, and gives all else',
    within(async (world) => {
      const batches = range(4).map((index) => placed(`record ${index}`, 10 + index));
      const { sizeBytes, open } = await written(world, batches);
      for (let at = 0; at < sizeBytes; at += 1) {
        await flip(world, at);
        const source = open();
        const found = await listed(source).catch((error) => error);
        if (found instanceof Error) {
          assert.equal((found as { code?: string }).code, 'CORRUPT_MESSAGE');
          assert.ok(at >= 8 && at < 12, `byte ${at} is none of the format's number`);
        } else {
          const sound = found.flatMap((each: ListedBatch) => (each.kind === 'batch' ? [each.payload] : []));
          for (const payload of sound) assert.ok(batches.some((batch) => batch.equals(payload)));
          assert.ok(
            found.some((each: ListedBatch) => each.kind === 'damage'),
            `nobody saw bit ${at}`,
          );
          const { payloads } = await source
            .readOn(64, { lengthBytes: sizeBytes })
            .catch(() => ({ payloads: [] }));
          const isFrame = at >= 64 && at < sizeBytes - 48;
          assert.equal(payloads.length < 4, isFrame, `${payloads.length} read, byte ${at} rotted`);
          assert.equal(sound.length, isFrame ? 3 : 4, `${sound.length} listed, byte ${at} rotted`);
          for (const [index, payload] of payloads.entries()) assert.ok(batches[index]!.equals(payload));
        }
        await flip(world, at);
      }
    }),
  );

  test(
    'is not taken for another one, or for one that was cut short',
    within(async (world) => {
      const first = await written(world, [placed('one', 10)]);
      const file = await world.disk.open(path, 'read');
      const bytes = Buffer.alloc(first.sizeBytes);
      await file.read(bytes, 0);
      await file.close();
      const second = await written(world, [placed('one', 10)]);
      const other = await world.disk.open(path, 'write');
      // The frame of the first between header and footer of the second.
      await other.write([bytes.subarray(64, -48)], 64);
      await assert.rejects(second.open().readOn(64, { lengthBytes: 1_000 }), { code: 'CORRUPT_MESSAGE' });
      await other.truncate(first.sizeBytes - 49);
      await assert.rejects(second.open().readOn(64, { lengthBytes: 1_000 }), { code: 'CORRUPT_MESSAGE' });
      await other.close();
    }),
  );

  test(
    'regression: a footer that rotted or was cut off costs no record, and is told',
    within(async (world) => {
      const batches = range(3).map((index) => placed(`record ${index}`, 10 + index));
      const { sizeBytes, open } = await written(world, batches);
      const look = async () => {
        const source = open();
        const { payloads } = await source.readOn(64, { lengthBytes: sizeBytes });
        const kinds = (await listed(source)).map(({ kind }) => kind);
        return [payloads.map(Buffer.from), kinds];
      };
      await flip(world, sizeBytes - 1);
      assert.deepEqual(await look(), [batches, ['batch', 'batch', 'batch', 'damage']]);
      const file = await world.disk.open(path, 'write');
      await file.truncate(sizeBytes - 1);
      assert.deepEqual(await look(), [batches, ['batch', 'batch', 'batch', 'damage']]);
      // With the last frame cut, too.
      await file.truncate(sizeBytes - 49);
      assert.deepEqual(await look(), [batches.slice(0, 2), ['batch', 'batch', 'damage', 'damage']]);
      await file.close();
    }),
  );

  test(
    'regression: a header that rotted or cannot be read costs no record behind it, and is told',
    within(async (world) => {
      const batches = range(40).map((index) => placed(`record ${'x'.repeat(300)}`, 10 + index));
      const { sizeBytes, open } = await written(world, batches);
      const file = await world.disk.open(path, 'write');
      await file.write([Buffer.alloc(64, 7)], 0);
      const { payloads } = await open().readOn(64, { lengthBytes: sizeBytes });
      assert.deepEqual(payloads.map(Buffer.from), batches);
      const [first, ...rest] = await listed(open());
      assert.deepEqual(first, { kind: 'damage', position: 0, lengthBytes: 64 });
      assert.ok(rest.length === 40 && rest.every(({ kind }) => kind === 'batch'));
      // A whole page, with the first frames.
      await file.write([Buffer.alloc(4_096, 7)], 0);
      const found = await listed(open());
      const sound = found.flatMap((each) => (each.kind === 'batch' ? [Buffer.from(each.payload)] : []));
      assert.deepEqual(sound, batches.slice(-sound.length));
      assert.equal(sound.length, 40 - Math.ceil((4_096 - 64) / (batches[0]!.length + 12)));
      // Without the footer nothing says what its checksums begin from.
      await flip(world, sizeBytes - 1);
      await assert.rejects(open().readOn(64, { lengthBytes: sizeBytes }), { code: 'CORRUPT_MESSAGE' });
      await file.close();
    }),
  );

  test(
    'that was replaced says so',
    within(async (world) => {
      const { source } = await written(world, [placed('one', 10)]);
      source.retire();
      await assert.rejects(source.readOn(64, { lengthBytes: 1_000 }), { name: 'SegmentGoneError' });
    }),
  );
});
