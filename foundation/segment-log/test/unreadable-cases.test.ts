// The rows of the table of cases in DESIGN.md that are about bad sectors, one test per row and named after it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiskError } from '@cairn/world';
import { checkSegmentLog, type RecordLocation, recordHeaderBytes } from '../src/index.ts';
import { segmentHeaderBytes, unreadableBlocksMax } from '../src/limits.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  append,
  appendSynced,
  copyOf,
  directory,
  flipBit,
  makeUnreadable,
  memoryWorld,
  openLog,
  segmentBytes,
  segmentPath,
} from './test-world.ts';

const first = segmentHeaderBytes;

/** Records that take two blocks of a disk each, with their headers. */
const blockBytes = 2 * 4096;
const blockOf = (name: string): string => name.repeat(blockBytes - recordHeaderBytes);
const blocks = ['a', 'b', 'c', 'd'].map(blockOf);
const nameOf = (text: string): string => (text.length > 100 ? text.slice(0, 1) : text);
const nthBlock = (index: number): number => first + index * blockBytes;
const large = { segmentBytesMax: 1_000_000 };

type Sector = { readonly from: number; readonly to: number };

/** A sector in a block with payload of the n-th record alone. */
function payloadSector(index: number): Sector {
  const from = index * blockBytes + 4096 + 512;
  return { from, to: from + 512 };
}

/** The sector in which the header of the n-th record begins: its block has the end of the record before, too. */
function headerSector(index: number): Sector {
  const from = index * blockBytes;
  return { from, to: from + 512 };
}

async function blocksLog(synced = ['a', 'b', 'c', 'd'], unsynced: string[] = []): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  for (const name of synced) await appendSynced(log, blockOf(name));
  await append(log, ...unsynced.map(blockOf));
  return copyOf(disk);
}

async function expectBlocks(
  disk: MemoryDisk,
  expected: { readonly damage: readonly RecordLocation[] } & {
    readonly recovered: readonly string[];
    readonly end: RecordLocation;
  },
): Promise<void> {
  // Twice, as an owner without an index does.
  for (const attempt of ['first', 'second']) {
    const { log, recovered } = await openLog(disk, large);
    assert.deepEqual(recovered.map(nameOf), expected.recovered, attempt);
    const damage = log.damage.map(({ segment, position }) => ({ segment, position }));
    assert.deepEqual(damage, expected.damage, attempt);
    assert.deepEqual(log.end, expected.end, attempt);
    await log.close();
    const report = await checkSegmentLog(memoryWorld(disk), directory);
    assert.deepEqual(
      report.damage.map(({ segment, position }) => ({ segment, position })),
      expected.damage,
    );
  }
  assert.equal(disk.filesOpen, 0, 'every file is closed');
}

async function expectRefused(disk: MemoryDisk, bad: Sector): Promise<void> {
  makeUnreadable(disk, 1, bad);
  await assert.rejects(openLog(disk, large), { code: 'io' });
  assert.deepEqual(disk.trace, []);
  assert.equal(disk.filesOpen, 0);
  const report = await checkSegmentLog(memoryWorld(disk), directory);
  assert.equal(report.tornTail, undefined);
  assert.match(report.damage.at(-1)!.detail, /unreadable tail/);
}

describe('cases of bad sectors', () => {
  test('read that fails in passing: made again, and nothing is damaged', async () => {
    for (const failures of [1, 2, 3]) {
      const disk = await blocksLog();
      let left = failures;
      disk.before = (operation, path) => {
        // Not the header and not the end: these are read as they are.
        if (operation !== 'read' || ++reads < 3 || left === 0) return;
        left -= 1;
        throw new DiskError('io', { operation, path });
      };
      let reads = 0;
      const { log, recovered } = await openLog(disk, large);
      assert.equal(left, 0, 'no read failed');
      assert.deepEqual(log.damage, []);
      assert.deepEqual(recovered.map(nameOf), ['a', 'b', 'c', 'd']);
      await log.close();
    }
  });

  test('unreadable place in a sealed segment: damage, and all around it is recovered', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, large);
    await append(log, ...blocks);
    await log.roll();
    const sealed = copyOf(disk);
    makeUnreadable(sealed, 1, payloadSector(1));
    const damage = [{ segment: 1, position: nthBlock(1) }];
    await expectBlocks(sealed, { recovered: ['a', 'c', 'd'], damage, end: { segment: 2, position: first } });
  });

  test('unreadable record header: damage with the record whose end lies in the same block, and the next is found', async () => {
    const disk = await blocksLog();
    makeUnreadable(disk, 1, headerSector(1));
    const damage = [{ segment: 1, position: nthBlock(0) }];
    await expectBlocks(disk, { recovered: ['c', 'd'], damage, end: { segment: 1, position: nthBlock(4) } });
  });

  test('unreadable segment header: damage at 0, and its other records are recovered', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, large);
    await append(log, 'before');
    await log.roll();
    await append(log, ...blocks);
    await log.roll();
    const sealed = copyOf(disk);
    makeUnreadable(sealed, 2, { from: 0, to: 512 });
    const damage = [
      { segment: 2, position: 0 },
      { segment: 2, position: first },
    ];
    const end = { segment: 3, position: first };
    await expectBlocks(sealed, { recovered: ['before', 'b', 'c', 'd'], damage, end });
  });

  test('unreadable header of the last segment that comes back: the successor has left its records where they are', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, large);
    await append(log, 'before');
    await log.roll();
    await appendSynced(log, ...blocks);
    const recoverFrom = log.end;
    const crashed = copyOf(disk);
    makeUnreadable(crashed, 2, { from: 0, to: 512 });
    const sealing = await openLog(crashed, { ...large, recoverFrom });
    assert.deepEqual(sealing.log.end, { segment: 3, position: first });
    crashed.unreadable.length = 0;
    const { log: again, recovered } = await openLog(copyOf(crashed), large);
    assert.deepEqual(recovered.map(nameOf), ['before', 'a', 'b', 'c', 'd']);
    assert.deepEqual(again.damage, []);
  });

  test('unreadable header of the only segment: refused as unreadable, and nothing is changed', async () => {
    const disk = await blocksLog();
    makeUnreadable(disk, 1, { from: 0, to: 512 });
    await assert.rejects(openLog(disk, large), { code: 'io' });
    assert.deepEqual(disk.trace, []);
  });

  test('unreadable place before a later sync: damage, and nothing is cut', async () => {
    const disk = await blocksLog();
    makeUnreadable(disk, 1, payloadSector(1));
    const damage = [{ segment: 1, position: nthBlock(1) }];
    const end = { segment: 1, position: nthBlock(4) };
    await expectBlocks(disk, { recovered: ['a', 'c', 'd'], damage, end });
  });

  test('unreadable place before a mark: damage, and nothing is cut', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, large);
    await append(log, ...blocks);
    await log.close();
    makeUnreadable(disk, 1, payloadSector(3));
    const damage = [{ segment: 1, position: nthBlock(3) }];
    const end = { segment: 1, position: nthBlock(4) };
    await expectBlocks(copyOf(disk), { recovered: ['a', 'b', 'c'], damage, end });
  });

  test('unreadable place before a torn tail: makes a successor, then cuts the tail', async () => {
    const disk = await blocksLog(['a', 'b', 'c'], ['d']);
    makeUnreadable(disk, 1, payloadSector(1));
    const torn = segmentBytes(disk, 1).subarray(0, nthBlock(3) + 100);
    disk.files.set(segmentPath(1), { bytes: torn });
    const damage = [{ segment: 1, position: nthBlock(1) }];
    // Only c says that b was synced, and it is kept.
    await expectBlocks(disk, { recovered: ['a', 'c'], damage, end: { segment: 2, position: first } });
    await openLog(disk, large);
    assert.equal(segmentBytes(disk, 1).length, nthBlock(3));
    // Only d says that b was synced, and it is cut with c.
    const both = await blocksLog(['a', 'b'], ['c', 'd']);
    makeUnreadable(both, 1, payloadSector(1));
    flipBit(both, 1, nthBlock(2));
    await expectBlocks(both, { recovered: ['a'], damage, end: { segment: 2, position: first } });
  });

  test('unreadable mark: the segment is sealed with it, nothing is cut, and it is told of as damage', async () => {
    const marked = new MemoryDisk();
    const { log } = await openLog(marked, large);
    await append(log, ...blocks);
    const recoverFrom = log.end;
    await log.close();
    const mark = { segment: 1, position: nthBlock(4) };
    const bytes = segmentBytes(marked, 1).length;
    // The owner knows what lies before; the mark shares its block with d.
    const known = copyOf(marked);
    makeUnreadable(known, 1, { from: mark.position, to: bytes });
    for (const attempt of ['first', 'second']) {
      const again = await openLog(known, { ...large, recoverFrom });
      assert.deepEqual(
        again.log.damage.map(({ segment, position }) => ({ segment, position })),
        [mark],
        attempt,
      );
      assert.deepEqual(again.log.end, { segment: 2, position: first }, attempt);
      assert.equal(segmentBytes(known, 1).length, bytes, attempt);
      const [, b] = blocks;
      const read = await again.log.readOn({ segment: 1, position: nthBlock(1) }, { lengthBytes: blockBytes });
      assert.equal(Buffer.from(read.payloads[0]!).toString(), b);
      await again.log.close();
    }
    // Can it be read again, all is as if nothing had been.
    known.unreadable.length = 0;
    const back = await openLog(known, large);
    assert.deepEqual(back.log.damage, []);
    assert.deepEqual(back.recovered.map(nameOf), ['a', 'b', 'c', 'd']);
    // The owner knows nothing, and the mark has a block of its own.
    const disk = new MemoryDisk();
    const alone = await openLog(disk, large);
    await append(alone.log, 'x'.repeat(4096 - first - recordHeaderBytes));
    await alone.log.close();
    makeUnreadable(disk, 1, { from: 4096, to: 4096 + recordHeaderBytes });
    const sealed = await openLog(copyOf(disk), large);
    assert.deepEqual(sealed.recovered.map(nameOf), ['x']);
    assert.deepEqual(sealed.log.end, { segment: 2, position: first });
    assert.equal(sealed.log.damage.length, 1);
  });

  test('unreadable tail: refused, and nothing is cut, for acknowledged records may lie there', async () => {
    // The last batch; its end, so that its header can be read; and one before unsynced records.
    const synced = [headerSector(3), payloadSector(3), { from: nthBlock(4) - 512, to: nthBlock(4) }];
    for (const bad of synced) await expectRefused(await blocksLog(), bad);
    await expectRefused(await blocksLog(['a'], ['b', 'c', 'd']), payloadSector(1));
  });

  test('unreadable proof: refused, and nothing is cut', async () => {
    // Whether b rotted or was torn, only c could tell.
    const disk = await blocksLog(['a', 'b', 'c'], []);
    flipBit(disk, 1, nthBlock(1) + 1);
    await expectRefused(disk, headerSector(2));
  });

  test('disk that has died: walking gives up', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, large);
    await append(log, ...blocks);
    await log.roll();
    const sealed = copyOf(disk);
    const bytes = Buffer.concat([segmentBytes(sealed, 1), Buffer.alloc(2 * unreadableBlocksMax * 4096)]);
    sealed.files.set(segmentPath(1), { bytes });
    segmentBytes(sealed, 2).fill(0, 0, first);
    makeUnreadable(sealed, 1, { from: 4096, to: bytes.length });
    await assert.rejects(openLog(sealed, large), { code: 'io' });
    assert.equal(sealed.filesOpen, 0);
  });
});
