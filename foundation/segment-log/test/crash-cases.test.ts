// The table of cases in DESIGN.md, one test per row and named after it; those of bad sectors are in
// unreadable-cases.test.ts. Each row's recovery is also interrupted at
// every call to the disk and started again: it must come to the same.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crc32c } from '@cairn/hashing';
import { DiskError } from '@cairn/world';
import { encodeRecordHeader, recordSeed } from '../src/format/record-header.ts';
import { encodeSegmentHeader } from '../src/format/segment-header.ts';
import { checkSegmentLog, type RecordLocation, recordHeaderBytes, SegmentLogError } from '../src/index.ts';
import { segmentHeaderBytes } from '../src/limits.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  append,
  appendSynced,
  copyOf,
  directory,
  flipBit,
  memoryWorld,
  openLog,
  readText,
  segmentBytes,
  segmentPath,
} from './test-world.ts';

const first = segmentHeaderBytes;
/** Where the n-th record of three bytes begins. */
const nth = (index: number): number => first + index * (recordHeaderBytes + 3);
const logId = Buffer.alloc(16, 1);

type Expected = {
  readonly recovered: readonly string[];
  readonly damage?: readonly RecordLocation[];
  readonly end: RecordLocation;
  readonly segments?: readonly number[];
};

/** Recovers, compares, appends and reads; then does so again with recovery interrupted after each number of calls. */
async function expectRecovery(
  disk: MemoryDisk,
  expected: Expected,
  recoverFrom?: RecordLocation,
): Promise<void> {
  const calls = await expectOnce(copyOf(disk), expected, recoverFrom);
  for (let callsLeft = 0; callsLeft < calls; callsLeft += 1) {
    const interrupted = copyOf(disk);
    await assert.rejects(openLog(failingAfter(interrupted, callsLeft), { recoverFrom }), /interrupted/);
    await expectOnce(copyOf(interrupted), expected, recoverFrom);
  }
}

async function expectOnce(
  disk: MemoryDisk,
  expected: Expected,
  recoverFrom?: RecordLocation,
): Promise<number> {
  let calls = 0;
  disk.before = () => {
    calls += 1;
  };
  const { log, recovered } = await openLog(disk, { recoverFrom });
  const recoveryCalls = calls;
  assert.deepEqual(recovered, expected.recovered);
  assert.deepEqual(
    log.damage.map(({ segment, position }) => ({ segment, position })),
    expected.damage ?? [],
  );
  assert.deepEqual(log.end, expected.end);
  assert.deepEqual(
    log.segments().map(({ segment }) => segment),
    expected.segments ?? [1],
  );
  const [location] = await appendSynced(log, 'new');
  assert.equal(await readText(log, location!, 3), 'new');
  await log.close();
  const again = await openLog(disk, { recoverFrom: location });
  assert.deepEqual(again.recovered, ['new']);
  await again.log.close();
  assert.equal(disk.filesOpen, 0, 'every file is closed');
  return recoveryCalls;
}

function failingAfter(disk: MemoryDisk, calls: number): MemoryDisk {
  let callsLeft = calls;
  disk.before = () => {
    callsLeft -= 1;
    if (callsLeft < 0) throw new Error('interrupted');
  };
  return disk;
}

/** A log with these texts in its first segment, synced one by one unless in the second list, and not closed. */
async function crashedLog(synced: readonly string[], unsynced: readonly string[] = []): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  for (const text of synced) await appendSynced(log, text);
  await append(log, ...unsynced);
  return copyOf(disk);
}

describe('cases of the folder', () => {
  test('unfinished segment: it is removed', async () => {
    const disk = await crashedLog(['aaa']);
    disk.files.set(`${segmentPath(2)}.new`, { bytes: Buffer.from('CAIRN') });
    await expectRecovery(disk, { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
    const { log } = await openLog(disk);
    assert.equal(disk.files.has(`${segmentPath(2)}.new`), false);
    await log.roll();
    assert.deepEqual(log.end, { segment: 2, position: first });
  });

  test('foreign file: it is left alone', async () => {
    const disk = await crashedLog(['aaa']);
    disk.files.set(`${directory}/lock.sqlite`, { bytes: Buffer.from('SQLite') });
    await expectRecovery(disk, { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
    assert.equal(disk.bytes(`${directory}/lock.sqlite`).toString(), 'SQLite');
  });

  test('missing segment: the others are recovered, and reading it says not-found', async () => {
    const disk = await threeSegments();
    disk.files.delete(segmentPath(2));
    const end = { segment: 3, position: nth(1) };
    await expectRecovery(disk, { recovered: ['aaa', 'ccc'], end, segments: [1, 3] });
    const { log } = await openLog(disk);
    await assert.rejects(readText(log, { segment: 2, position: first }, 3), { code: 'not-found' });
  });

  test('mixed logs: refused', async () => {
    const disk = await threeSegments();
    const foreign = encodeSegmentHeader({ logId: Buffer.alloc(16, 9), segment: 2, firstSequence: 35 });
    foreign.copy(segmentBytes(disk, 2));
    await assert.rejects(openLog(disk), { code: 'mixed-logs', segment: 2 });
  });

  test('newer segment format: refused, and nothing is changed', async () => {
    const disk = await crashedLog(['aaa'], ['bbb']);
    const bytes = segmentBytes(disk, 1);
    bytes.writeUInt16LE(2, 8);
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, 60)), 60);
    await assert.rejects(openLog(disk), { code: 'newer-format', segment: 1 });
    assert.deepEqual(disk.trace, []);
  });
});

/** Segments 1, 2, 3 with one record each; 3 is the last. */
async function threeSegments(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  await append(log, 'aaa');
  await log.roll();
  await append(log, 'bbb');
  await log.roll();
  await appendSynced(log, 'ccc');
  return copyOf(disk);
}

describe('cases of a sealed segment', () => {
  test('rot in a sealed segment: damage, and the records behind it are found', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa', 'bbb', 'ccc');
    await log.roll();
    flipBit(disk, 1, nth(1) + recordHeaderBytes);
    const damage = [{ segment: 1, position: nth(1) }];
    const end = { segment: 2, position: first };
    await expectRecovery(copyOf(disk), { recovered: ['aaa', 'ccc'], damage, end, segments: [1, 2] });
  });

  test('rot in a record header: the next record is found by its magic', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa', 'bbb', 'ccc');
    await log.roll();
    flipBit(disk, 1, nth(1) + 8);
    const damage = [{ segment: 1, position: nth(1) }];
    const end = { segment: 2, position: first };
    await expectRecovery(copyOf(disk), { recovered: ['aaa', 'ccc'], damage, end, segments: [1, 2] });
  });

  test('rot in a segment header: damage, and its records are recovered all the same', async () => {
    const disk = await threeSegments();
    flipBit(disk, 2, 30);
    const damage = [{ segment: 2, position: 0 }];
    const end = { segment: 3, position: nth(1) };
    await expectRecovery(disk, { recovered: ['aaa', 'bbb', 'ccc'], damage, end, segments: [1, 2, 3] });
  });

  test('sealed segment cut short: damage', async () => {
    const disk = await threeSegments();
    disk.files.set(segmentPath(2), { bytes: segmentBytes(disk, 2).subarray(0, first) });
    const damage = [{ segment: 2, position: first }];
    const end = { segment: 3, position: nth(1) };
    await expectRecovery(disk, { recovered: ['aaa', 'ccc'], damage, end, segments: [1, 2, 3] });
  });

  test('segment under a wrong name: damage, none of its records pass', async () => {
    const disk = await threeSegments();
    disk.files.set(segmentPath(2), { bytes: Buffer.from(segmentBytes(disk, 1)) });
    const damage = [
      { segment: 2, position: 0 },
      { segment: 2, position: first },
    ];
    const end = { segment: 3, position: nth(1) };
    await expectRecovery(disk, { recovered: ['aaa', 'ccc'], damage, end, segments: [1, 2, 3] });
  });

  test('segment that begins too early: its header is damage, its records are recovered', async () => {
    const disk = await threeSegments();
    encodeSegmentHeader({ logId, segment: 3, firstSequence: 3 }).copy(segmentBytes(disk, 3));
    const damage = [{ segment: 3, position: 0 }];
    const end = { segment: 4, position: first };
    const segments = [1, 2, 3, 4];
    await expectRecovery(disk, { recovered: ['aaa', 'bbb', 'ccc'], damage, end, segments });
  });

  test('interrupted cut: what a sealed segment has behind the start of its successor is cut off', async () => {
    const disk = await threeSegments();
    const leftover = Buffer.concat([segmentBytes(disk, 2), Buffer.from('torn')]);
    disk.files.set(segmentPath(2), { bytes: leftover });
    const end = { segment: 3, position: nth(1) };
    await expectRecovery(disk, { recovered: ['aaa', 'bbb', 'ccc'], end, segments: [1, 2, 3] });
    await openLog(disk);
    assert.equal(segmentBytes(disk, 2).length, nth(1));
  });
});

describe('cases of the last segment', () => {
  test('empty last segment: the log goes on in it', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await appendSynced(log, 'aaa');
    await log.roll();
    const end = { segment: 2, position: first };
    await expectRecovery(copyOf(disk), { recovered: ['aaa'], end, segments: [1, 2] });
  });

  test('torn tail: every length of it is cut off', async () => {
    for (let length = 1; length < recordHeaderBytes + 3; length += 1) {
      const disk = await crashedLog(['aaa'], ['bbb']);
      disk.files.set(segmentPath(1), { bytes: segmentBytes(disk, 1).subarray(0, nth(1) + length) });
      await expectRecovery(disk, { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
    }
  });

  test('zeros behind the last record: they are cut off, and nothing counts as torn', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, { segmentBytesMax: 10_000 });
    const texts = Array.from({ length: 20 }, () => 'aaa');
    for (const text of texts) await appendSynced(log, text);
    const { end } = log;
    const crashed = copyOf(disk);
    assert(segmentBytes(crashed, 1).length > end.position + 100, 'it was not written ahead');
    assert.equal((await checkSegmentLog(memoryWorld(crashed), directory)).tornTail, undefined);
    await expectRecovery(crashed, { recovered: texts, end });
    await openLog(crashed);
    assert.equal(segmentBytes(crashed, 1).length, end.position);
  });

  test('hole before unsynced records: they are cut off with it', async () => {
    const disk = await crashedLog(['aaa'], ['bbb', 'ccc', 'ddd']);
    segmentBytes(disk, 1).fill(0, nth(1), nth(2));
    await expectRecovery(disk, { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
  });

  test('rot before a later sync: damage, and nothing is cut', async () => {
    const disk = await crashedLog(['aaa', 'bbb', 'ccc']);
    flipBit(disk, 1, nth(1) + 1);
    const damage = [{ segment: 1, position: nth(1) }];
    const end = { segment: 1, position: nth(3) };
    await expectRecovery(disk, { recovered: ['aaa', 'ccc'], damage, end });
  });

  test('rot before a mark: damage, for the mark proves that it was synced', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa', 'bbb');
    await log.close();
    flipBit(disk, 1, nth(1) + recordHeaderBytes);
    const damage = [{ segment: 1, position: nth(1) }];
    await expectRecovery(disk, { recovered: ['aaa'], damage, end: { segment: 1, position: nth(2) } });
  });

  test('rot in the last synced batch: cut like a torn tail', async () => {
    const disk = await crashedLog(['aaa', 'bbb']);
    flipBit(disk, 1, nth(1) + recordHeaderBytes);
    await expectRecovery(disk, { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
  });

  test('damage before a torn tail: the segment is sealed, so that the proof outlives the cut', async () => {
    // The record that proves bbb to be synced is ddd, which lies behind the tear in ccc.
    const disk = await crashedLog(['aaa', 'bbb'], ['ccc', 'ddd']);
    flipBit(disk, 1, nth(1));
    flipBit(disk, 1, nth(2));
    const damage = [{ segment: 1, position: nth(1) }];
    const end = { segment: 2, position: first };
    await expectRecovery(disk, { recovered: ['aaa'], damage, end, segments: [1, 2] });
  });

  test('rot in the last segment header: it is sealed, and its records are recovered', async () => {
    const disk = await threeSegments();
    flipBit(disk, 3, 3);
    const damage = [{ segment: 3, position: 0 }];
    const end = { segment: 4, position: first };
    const segments = [1, 2, 3, 4];
    await expectRecovery(disk, { recovered: ['aaa', 'bbb', 'ccc'], damage, end, segments });
  });

  test('no sound segment header: refused, and nothing is changed', async () => {
    const disk = await crashedLog(['aaa']);
    flipBit(disk, 1, 40);
    await assert.rejects(openLog(disk), { code: 'damaged', segment: 1, position: 0 });
    assert.deepEqual(disk.trace, []);
  });

  test('clean close: the mark is overwritten by the next record', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await appendSynced(log, 'aaa');
    const { end } = log;
    await log.close();
    assert.deepEqual(log.end, end);
    assert.equal(segmentBytes(disk, 1).length, end.position + recordHeaderBytes);
    await expectRecovery(disk, { recovered: ['aaa'], end });
    await expectRecovery(disk, { recovered: [], end }, end);
  });

  test('stale mark: when what replaced it is lost, what came behind is cut off', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa');
    await log.close();
    const mark = Buffer.from(segmentBytes(disk, 1).subarray(nth(1)));
    const { log: reopened } = await openLog(disk);
    await reopened.append([[], [Buffer.from('ccc')]]);
    mark.copy(segmentBytes(disk, 1), nth(1));
    await expectRecovery(copyOf(disk), { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
  });

  test('stale mark before a later sync: damage', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa');
    await log.close();
    const mark = Buffer.from(segmentBytes(disk, 1).subarray(nth(1)));
    const { log: reopened } = await openLog(disk);
    await reopened.append([[]]);
    await reopened.sync();
    await appendSynced(reopened, 'ccc');
    mark.copy(segmentBytes(disk, 1), nth(1));
    const damage = [{ segment: 1, position: nth(1) }];
    const end = { segment: 1, position: nth(2) + recordHeaderBytes };
    await expectRecovery(copyOf(disk), { recovered: ['aaa', 'ccc'], damage, end });
  });

  test('wrong sequence number: the record does not pass', async () => {
    for (const sequence of [nth(2) - first, 0]) {
      const disk = await crashedLog(['aaa']);
      const header = Buffer.alloc(recordHeaderBytes);
      encodeRecordHeader(
        header,
        { kind: 'data', payloadLength: 0, payloadChecksum: 0, sequence, durable: first },
        { seed: recordSeed(logId, 1), position: nth(1) },
      );
      disk.files.set(segmentPath(1), { bytes: Buffer.concat([segmentBytes(disk, 1), header]) });
      await expectRecovery(disk, { recovered: ['aaa'], end: { segment: 1, position: nth(1) } });
    }
  });

  test('newer record format: refused', async () => {
    const disk = await crashedLog(['aaa']);
    const bytes = segmentBytes(disk, 1);
    bytes[first + 4] = 2;
    bytes.writeUInt32LE(
      crc32c(bytes.subarray(first, first + 28), (recordSeed(logId, 1) ^ first) >>> 0),
      first + 28,
    );
    await assert.rejects(openLog(disk), { code: 'newer-format', segment: 1, position: first });
  });
});

describe('cases of the disk', () => {
  test('unreadable disk: opening fails, and nothing is cut', async () => {
    const disk = await crashedLog(['aaa'], ['bbb']);
    let reads = 0;
    disk.before = (operation, path) => {
      reads += operation === 'read' ? 1 : 0;
      if (reads > 1) throw new DiskError('io', { operation, path });
    };
    await assert.rejects(openLog(disk), { code: 'io' });
    assert.deepEqual(disk.trace, []);
    assert.equal(disk.filesOpen, 0);
  });
});

describe('cases of the owner', () => {
  test('index ahead: damage, and the lost places are never used again', async () => {
    const disk = await crashedLog(['aaa', 'bbb']);
    const known = { segment: 1, position: nth(2) };
    disk.files.set(segmentPath(1), { bytes: segmentBytes(disk, 1).subarray(0, nth(1)) });
    const damage = [{ segment: 1, position: nth(1) }];
    const expected = { recovered: [], end: { segment: 2, position: first }, segments: [1, 2] };
    await expectRecovery(disk, { ...expected, damage }, known);
    const { log } = await openLog(disk, { recoverFrom: known });
    await assert.rejects(readText(log, { segment: 1, position: nth(1) }, 3), SegmentLogError);
  });

  test('index ahead by segments: damage, and the log goes on behind them', async () => {
    const disk = await crashedLog(['aaa']);
    const { log, recovered } = await openLog(disk, { recoverFrom: { segment: 5, position: 900 } });
    assert.deepEqual(recovered, []);
    assert.deepEqual(log.end, { segment: 6, position: first });
    assert.match(log.damage[0]!.detail, /the owner knows records up to segment 5 at 900/);
  });

  test('index without a log: damage, and the log begins behind what it knows', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk, { recoverFrom: { segment: 5, position: 900 } });
    assert.deepEqual(log.end, { segment: 6, position: first });
    assert.match(log.damage[0]!.detail, /the owner knows records up to segment 5 at 900/);
  });

  test('index at the end: nothing is read again', async () => {
    const disk = await crashedLog(['aaa', 'bbb']);
    const end = { segment: 1, position: nth(2) };
    await expectRecovery(disk, { recovered: [], end }, end);
  });

  test('index behind: only what it does not know is handed over', async () => {
    const disk = await crashedLog(['aaa', 'bbb'], ['ccc']);
    const recoverFrom = { segment: 1, position: nth(1) };
    await expectRecovery(
      disk,
      { recovered: ['bbb', 'ccc'], end: { segment: 1, position: nth(3) } },
      recoverFrom,
    );
  });
});
