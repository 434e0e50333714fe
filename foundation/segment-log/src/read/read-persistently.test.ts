// What is read over a place that the disk cannot read: all before it, and at the place itself an error like that of rot.

import assert from 'node:assert/strict';
import test from 'node:test';
import { DiskError } from '@cairn/world';
import { MemoryDisk } from '../../test/memory-disk.ts';
import { appendSynced, makeUnreadable, openLog, segmentPath } from '../../test/test-world.ts';
import type { RecordsRead, SegmentLog } from '../segment-log.ts';

const large = { segmentBytesMax: 1_000_000 };
const lengthBytes = 100_000;

function textsOf({ payloads }: RecordsRead): readonly string[] {
  return payloads.map((payload) => Buffer.from(payload).toString('latin1', 0, 1));
}

/** Records of 3,000 bytes each: a, b, c and so on. */
async function letters(log: SegmentLog, count: number) {
  const names = Array.from({ length: count }, (_, index) => String.fromCharCode(97 + (index % 26)));
  return appendSynced(log, ...names.map((name) => name.repeat(3_000)));
}

test('regression: reading on over an unreadable place gives what lies before it, and is damage there', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const places = await letters(log, 10);
  const [first] = places;
  // The fourth block, which e and f lie in.
  makeUnreadable(disk, 1, { from: 3 * 4_096, to: 4 * 4_096 });
  const read = await log.readOn(first!, { lengthBytes });
  assert.deepEqual(textsOf(read), ['a', 'b', 'c', 'd']);
  assert.deepEqual(read.next, places[4]);
  const isUnreadable = (error: { code: string; cause: unknown }) =>
    error.code === 'damaged' && error.cause instanceof DiskError && error.cause.code === 'io';
  for (const bytes of [lengthBytes, 1_000, 32]) {
    await assert.rejects(log.readOn(places[4]!, { lengthBytes: bytes }), isUnreadable);
    await assert.rejects(log.readOn(places[5]!, { lengthBytes: bytes }), isUnreadable);
  }
  assert.deepEqual(textsOf(await log.readOn(places[6]!, { lengthBytes })), ['g', 'h', 'i', 'j']);
});

test('a record that begins before an unreadable place is damage, however much of it is asked for', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const [long] = await appendSynced(log, 'x'.repeat(50_000), 'y');
  makeUnreadable(disk, 1, { from: 45_000, to: 45_001 });
  for (const bytes of [32, 4_096, 44_000, lengthBytes])
    await assert.rejects(log.readOn(long!, { lengthBytes: bytes }), { code: 'damaged' });
});

test('a read that fails in passing is made again', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const [first] = await letters(log, 10);
  let left = 3;
  disk.before = (operation, path) => {
    if (operation === 'read' && left-- > 0) throw new DiskError('io', { operation, path });
  };
  assert.equal((await log.readOn(first!, { lengthBytes })).payloads.length, 10);
});

test('an error that says nothing of the bytes is not damage', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const [first] = await letters(log, 2);
  disk.before = (operation, path) => {
    if (operation === 'read') throw new DiskError('denied', { operation, path });
  };
  await assert.rejects(log.readOn(first!, { lengthBytes }), { code: 'denied' });
});

test('a disk that reads nothing any more is no damage: all may come back', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const places = await letters(log, 200);
  makeUnreadable(disk, 1, { from: 0, to: 1_000_000 });
  for (const place of [places[0]!, places[100]!, places[199]!])
    await assert.rejects(log.readOn(place, { lengthBytes }), { code: 'io' });
  // What is read already is given, and the error comes where it ends.
  disk.unreadable.length = 0;
  makeUnreadable(disk, 1, { from: 10 * 4_096, to: 1_000_000 });
  const read = await log.readOn(places[0]!, { lengthBytes });
  assert.equal(read.payloads.length, 13);
});

test('a bad place at the end of a segment is damage', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const places = await letters(log, 20);
  makeUnreadable(disk, 1, { from: 12 * 4_096, to: 1_000_000 });
  await assert.rejects(log.readOn(places[17]!, { lengthBytes }), { code: 'damaged' });
});

test('regression: a read of a record whose end somebody cut off is damage, and no read without an end', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const places = await letters(log, 3);
  const file = disk.files.get(segmentPath(1))!;
  file.bytes = file.bytes.subarray(0, -1);
  assert.deepEqual(textsOf(await log.readOn(places[0]!, { lengthBytes })), ['a', 'b']);
  for (const bytes of [32, lengthBytes])
    await assert.rejects(log.readOn(places[2]!, { lengthBytes: bytes }), { code: 'damaged' });
});

test('regression: so it is where the log was opened behind the cut', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, large);
  const places = await letters(log, 3);
  await log.roll();
  const [next] = await appendSynced(log, 'next');
  await log.close();
  const file = disk.files.get(segmentPath(1))!;
  file.bytes = file.bytes.subarray(0, places[2]!.position + 1_000);
  const { log: opened } = await openLog(disk, { ...large, recoverFrom: next! });
  assert.deepEqual(textsOf(await opened.readOn(places[0]!, { lengthBytes })), ['a', 'b']);
  for (const bytes of [32, lengthBytes])
    await assert.rejects(opened.readOn(places[2]!, { lengthBytes: bytes }), { code: 'damaged' });
});
