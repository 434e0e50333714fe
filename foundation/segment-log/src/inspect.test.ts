import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryDisk } from '../test/memory-disk.ts';
import {
  append,
  appendSynced,
  copyOf,
  directory,
  flipBit,
  memoryWorld,
  openLog,
  segmentPath,
} from '../test/test-world.ts';
import { checkSegmentLog, type InspectedItem, inspectSegment, inspectSegmentLog } from './index.ts';

async function inspect(disk: MemoryDisk, segment: number): Promise<InspectedItem[]> {
  const items: InspectedItem[] = [];
  for await (const item of inspectSegment(memoryWorld(disk), segmentPath(segment))) items.push(item);
  return items;
}

/** Segment 1 with three records of three bytes, sealed; segment 2 with one synced and one that is torn. */
async function tornLog(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  await append(log, 'aaa', 'bbb', 'ccc');
  await log.roll();
  await appendSynced(log, 'ddd');
  await append(log, 'eee');
  const copy = copyOf(disk);
  const torn = copy.bytes(segmentPath(2));
  copy.files.set(segmentPath(2), { bytes: torn.subarray(0, torn.length - 1) });
  return copy;
}

test('check counts what is sound and says where opening would cut, and changes nothing', async () => {
  const disk = await tornLog();
  assert.deepEqual(await checkSegmentLog(memoryWorld(disk), directory), {
    segments: 2,
    records: 4,
    payloadBytes: 12,
    damage: [],
    tornTail: { segment: 2, position: 99 },
  });
  assert.deepEqual(disk.trace, []);
  assert.equal(disk.filesOpen, 0);
});

test('check lists damage of headers and of records in order', async () => {
  const disk = await tornLog();
  flipBit(disk, 1, 99);
  flipBit(disk, 2, 20);
  const { damage, records } = await checkSegmentLog(memoryWorld(disk), directory);
  assert.equal(records, 3);
  assert.deepEqual(damage, [
    { segment: 1, position: 99, detail: 'no record begins here (rot in a sealed segment)' },
    { segment: 2, position: 0, detail: 'the checksum of the segment header is wrong' },
  ]);
});

test('check of a folder that does not exist finds an empty log', async () => {
  const { segments, damage } = await checkSegmentLog(memoryWorld(new MemoryDisk()), 'nowhere');
  assert.deepEqual({ segments, damage }, { segments: 0, damage: [] });
});

test('an inspected segment shows its header, its records, the torn tail and the verdict', async () => {
  const disk = await tornLog();
  const [header, ...items] = await inspect(disk, 2);
  assert(header?.kind === 'header');
  const { sealed, sizeBytes, header: stored } = header;
  assert.deepEqual({ sealed, sizeBytes }, { sealed: false, sizeBytes: 133 });
  assert.equal(stored?.firstSequence, 105);
  assert.deepEqual(items, [
    {
      kind: 'record',
      recordKind: 'data',
      location: { segment: 2, position: 64 },
      lengthBytes: 35,
      sequence: 105,
      durable: 64,
      payload: Buffer.from('ddd'),
    },
    {
      kind: 'torn',
      location: { segment: 2, position: 99 },
      lengthBytes: 34,
      detail: 'it ends inside a payload (torn tail)',
    },
    { kind: 'verdict', verdict: 'torn tail', records: 1 },
  ]);
});

test('an inspected segment shows damage with its extent, and the records behind it', async () => {
  const disk = await tornLog();
  flipBit(disk, 1, 131);
  const items = await inspect(disk, 1);
  assert.deepEqual(
    items.map((item) => item.kind),
    ['header', 'record', 'damage', 'record', 'verdict'],
  );
  assert.deepEqual(items[2], {
    kind: 'damage',
    location: { segment: 1, position: 99 },
    lengthBytes: 35,
    detail: 'the checksum of the payload is wrong (rot in a sealed segment)',
  });
  assert.deepEqual(items.at(-1), { kind: 'verdict', verdict: 'damaged', records: 2 });
});

test('a segment that is not there cannot be inspected', async () => {
  await assert.rejects(inspect(await tornLog(), 9), { code: 'not-found' });
});

test('a log of a closed owner ends in a mark', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  await append(log, 'aaa');
  await log.close();
  const mark = (await inspect(disk, 1)).find((item) => item.kind === 'record' && item.recordKind === 'mark');
  assert(mark?.kind === 'record');
  assert.deepEqual(mark.location, { segment: 1, position: 99 });
  assert.equal(mark.durable, 99);
});

test('a whole log is inspected in order, what is wrong with a segment as such before its records', async () => {
  const disk = await tornLog();
  flipBit(disk, 1, 20);
  const seen: string[] = [];
  for await (const item of inspectSegmentLog(memoryWorld(disk), directory)) {
    if (item.kind === 'record') seen.push(Buffer.from(item.payload).toString());
    else seen.push(item.kind === 'verdict' ? item.verdict : item.kind);
  }
  assert.deepEqual(seen, [
    ...['header', 'damage', 'aaa', 'bbb', 'ccc', 'damaged'],
    ...['header', 'ddd', 'torn', 'torn tail'],
  ]);
  assert.equal(disk.filesOpen, 0);
});
