import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemoryDisk } from '../test/memory-disk.ts';
import { MemoryDisk as Disk } from '../test/memory-disk.ts';
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
} from '../test/test-world.ts';
import { checkSegmentLog, coverDamage, coveringPayloadBytes, inspectSegmentLog } from './index.ts';

const large = { segmentBytesMax: 1_000_000 };

/** Three records of three bytes in a sealed segment, the second of which has rotted; one more behind. */
async function hurtLog(): Promise<MemoryDisk> {
  const disk = new Disk();
  const { log } = await openLog(disk);
  await append(log, 'aaa', 'bbb', 'ccc');
  await log.roll();
  await append(log, 'ddd');
  await log.close();
  const copy = copyOf(disk);
  flipBit(copy, 1, 64 + 35 + 32);
  return copy;
}

const range = { segment: 1, position: 99, endPosition: 134 };

async function payloads(disk: MemoryDisk): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const item of inspectSegmentLog(memoryWorld(disk), directory))
    if (item.kind === 'record' && item.recordKind === 'data')
      texts.push(Buffer.from(item.payload).toString());
  return texts;
}

test('a damaged record is covered by another of its length, and the log is sound', async () => {
  const disk = await hurtLog();
  assert.deepEqual(await payloads(disk), ['aaa', 'ccc', 'ddd']);
  assert.equal(coveringPayloadBytes(range), 3);
  await coverDamage(memoryWorld(disk), directory, { ...range, payload: Buffer.from('xyz') });
  assert.deepEqual(await payloads(disk), ['aaa', 'xyz', 'ccc', 'ddd']);
  assert.deepEqual((await checkSegmentLog(memoryWorld(disk), directory)).damage, []);
  assert.equal(disk.filesOpen, 0);
});

test('nothing that is sound is covered', async () => {
  const disk = await hurtLog();
  const before = Buffer.from(disk.bytes(`${directory}/000000000001.segment`));
  const world = memoryWorld(disk);
  for (const wrong of [
    { ...range, position: 64, endPosition: 99 },
    { ...range, endPosition: 169 },
    { ...range, segment: 2 },
    { ...range, segment: 7 },
  ])
    await assert.rejects(
      coverDamage(world, directory, { ...wrong, payload: Buffer.alloc(coveringPayloadBytes(wrong)!) }),
      { code: 'not-found' },
    );
  await assert.rejects(coverDamage(world, directory, { ...range, payload: Buffer.alloc(4) }), {
    code: 'not-found',
  });
  assert.deepEqual(disk.bytes(`${directory}/000000000001.segment`), before);
});

test('where no record fits, none is put', () => {
  assert.equal(coveringPayloadBytes({ segment: 1, position: 64, endPosition: 96 }), undefined);
});

test('regression: an end that the disk cannot read is covered too, by a write of its whole page, and the log opens', async () => {
  const disk = new Disk();
  const { log } = await openLog(disk, large);
  const [, , last] = await appendSynced(log, 'aaa', 'bbb', 'c'.repeat(9_000));
  const crashed = copyOf(disk);
  const end = segmentBytes(crashed, 1).length;
  const page = end - (end % 4_096);
  makeUnreadable(crashed, 1, { from: page, to: page + 4_096 });
  await assert.rejects(openLog(crashed, large), { code: 'io' });
  // A write of a part of the page would have to read it.
  const writes: number[] = [];
  crashed.before = (operation) => {
    if (operation === 'write') crashed.unreadable.length = 0;
  };
  const tail = { segment: 1, position: last!.position, endPosition: end };
  await coverDamage(memoryWorld(crashed), directory, {
    ...tail,
    payload: Buffer.alloc(coveringPayloadBytes(tail)!, 'x'),
  });
  for (const line of crashed.trace) if (line.startsWith('write')) writes.push(Number(line.split(' ')[1]));
  assert.deepEqual(writes, [page + 4_096 - last!.position]);
  assert.equal(segmentBytes(crashed, 1).length, end);
  const again = await openLog(crashed, large);
  assert.deepEqual(
    again.recovered.map((text) => text.slice(0, 3)),
    ['aaa', 'bbb', 'xxx'],
  );
  assert.deepEqual(again.log.damage, []);
});
