// What is written ahead of small synced records, and what is left of it when a segment ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError } from '@cairn/world';
import { recordHeaderBytes, type SegmentLog } from '../src/index.ts';
import { gatherRecordsMax } from '../src/limits.ts';
import { MemoryDisk } from './memory-disk.ts';
import { appendSynced, copyOf, failOnce, openLog, readText, segmentBytes } from './test-world.ts';

const segmentBytesMax = 100_000;

/** Records of a text, each synced before the next. */
async function drip(log: SegmentLog, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await appendSynced(log, text);
    // What is written ahead is not waited for.
    await new Promise(setImmediate);
  }
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => `record ${index}`);

test('few of many small synced records make their file longer', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax });
  let lengthBytes = 0;
  let longer = 0;
  for (const text of texts(400)) {
    await drip(log, [text]);
    if (segmentBytes(disk, 1).length > lengthBytes) longer += 1;
    lengthBytes = segmentBytes(disk, 1).length;
  }
  assert(longer < 20, `${longer} of 400 made the file longer`);
  assert(lengthBytes <= 2 * log.end.position, 'no more zeros than records');
  const last = 'record 399';
  const position = log.end.position - recordHeaderBytes - last.length;
  assert.equal(await readText(log, { segment: 1, position }, last.length), last);
});

test('a log that is closed ends with its mark, and goes on in its place', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax });
  await drip(log, texts(40));
  const { end } = log;
  assert(segmentBytes(disk, 1).length > end.position + recordHeaderBytes);
  await log.close();
  assert.equal(segmentBytes(disk, 1).length, end.position + recordHeaderBytes);
  const again = await openLog(copyOf(disk), { segmentBytesMax, recoverFrom: end });
  assert.deepEqual([again.recovered, again.log.end, again.log.damage], [[], end, []]);
});

test('a segment that is sealed ends with its last record', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax });
  await drip(log, texts(40));
  const { end } = log;
  await log.roll();
  assert.equal(segmentBytes(disk, 1).length, end.position);
  assert.deepEqual(log.segments()[0], { segment: 1, sizeBytes: end.position, sealed: true });
  await drip(log, texts(40));
  assert(segmentBytes(disk, 2).length > log.end.position);
  const { recovered } = await openLog(copyOf(disk), { segmentBytesMax });
  assert.deepEqual(recovered, [...texts(40), ...texts(40)]);
});

test('where the disk has no room for zeros, records go on without, up to the next segment', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax });
  const isAhead = () => segmentBytes(disk, log.end.segment).length > log.end.position;
  let refused = 0;
  for (const text of texts(40)) {
    const { end } = log;
    disk.before = (operation, path) => {
      // Records come first, and move the end.
      if (operation !== 'write' || log.end.position === end.position) return;
      refused += 1;
      throw new DiskError('full', { operation, path });
    };
    await drip(log, [text]);
  }
  assert.deepEqual([refused, isAhead()], [1, false]);
  disk.before = () => undefined;
  await log.roll();
  await drip(log, texts(40));
  assert.equal(isAhead(), true);
  assert.deepEqual((await openLog(copyOf(disk), { segmentBytesMax })).recovered, [
    ...texts(40),
    ...texts(40),
  ]);
});

test('a write that fails within zeros is cut away with them', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax });
  await drip(log, texts(40));
  const { end } = log;
  failOnce(disk, 'write', 'io');
  await assert.rejects(log.append([[Buffer.from('lost')]]), { code: 'io' });
  assert.equal(segmentBytes(disk, 1).length, end.position);
  assert.deepEqual(await appendSynced(log, 'next'), [end]);
  assert.deepEqual((await openLog(copyOf(disk), { segmentBytesMax })).recovered, [...texts(40), 'next']);
});

test('a log that rolls while it closes writes nothing ahead in its last segment, and ends with its mark', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax });
  await appendSynced(log, 'x'.repeat(segmentBytesMax / 2));
  // Each is a write of its own: of so many records nothing else goes along.
  const many = Array.from({ length: gatherRecordsMax }, () => [Buffer.from('a')]);
  let written = 0;
  disk.before = (operation, path) => {
    // What was written before is synced when this is cut away, so that the last sync covers little.
    if (operation === 'write' && path.endsWith('02.segment') && ++written === 2)
      throw new DiskError('full', { operation, path });
  };
  const appended = [log.append([[Buffer.from('y'.repeat(segmentBytesMax / 2))]]), log.append(many)];
  const last = log.append([[Buffer.from('last')]]);
  const closed = log.close();
  const outcomes = await Promise.allSettled(appended);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  const { segment, position } = await last;
  await closed;
  assert.deepEqual([segment, written], [2, 4], 'two batches, one that failed, and the mark');
  const lengthBytes = position + recordHeaderBytes + 'last'.length + recordHeaderBytes;
  assert.equal(segmentBytes(disk, 2).length, lengthBytes);
});
