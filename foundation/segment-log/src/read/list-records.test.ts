import assert from 'node:assert/strict';
import test from 'node:test';
import { MemoryDisk } from '../../test/memory-disk.ts';
import { appendSynced, flipBit, makeUnreadable, openLog } from '../../test/test-world.ts';
import { recordHeaderBytes } from '../limits.ts';
import type { ListedRecord, ListOptions, SegmentLog } from '../segment-log.ts';

async function listed(log: SegmentLog, options?: ListOptions): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const found of log.list(1, options)) lines.push(lineOf(found));
  return lines;
}

function lineOf(found: ListedRecord): string {
  if (found.kind === 'damage') return `damage ${found.location.position} ${found.lengthBytes}`;
  const text = Buffer.from(found.payload).toString().slice(0, 10);
  return `${text} at ${found.location.position}${found.isSound() ? '' : ' rotten'}`;
}

test('all records of a segment are listed in order, without the mark at its end', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  await appendSynced(log, 'alpha', '', 'gamma');
  await log.close();
  const again = await openLog(disk);
  assert.deepEqual(await listed(again.log), ['alpha at 64', ' at 101', 'gamma at 133']);
});

test('a rotten payload says so when asked, and a rotten header is passed over', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  const [alpha, beta] = await appendSynced(log, 'alpha', 'beta', 'gamma');
  flipBit(disk, 1, alpha!.position + recordHeaderBytes + 4);
  flipBit(disk, 1, beta!.position + 9);
  const lengthBytes = recordHeaderBytes + 'beta'.length;
  assert.deepEqual(await listed(log), [
    'alphq at 64 rotten',
    `damage ${beta!.position} ${lengthBytes}`,
    `gamma at ${beta!.position + lengthBytes}`,
  ]);
});

test('what the disk cannot read is damage like any other for who asks for it, else it is an error', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk, { segmentBytesMax: 100_000 });
  const large = 'b'.repeat(9_000);
  const [, beta, gamma] = await appendSynced(log, 'alpha', large, 'gamma', large, 'epsilon');
  makeUnreadable(disk, 1, { from: 5_000, to: 5_001 });
  const sound = [`gamma at ${gamma!.position}`, `${large.slice(0, 10)} at 9170`, 'epsilon at 18202'];
  assert.deepEqual(await listed(log, { skipsUnreadable: true }), [
    'alpha at 64',
    `${large.slice(0, 10)} at ${beta!.position} rotten`,
    ...sound,
  ]);
  await assert.rejects(listed(log), { code: 'io' });
  // The headers of beta and alpha, too, lie in the block.
  makeUnreadable(disk, 1, { from: 64, to: 4_096 });
  assert.deepEqual(await listed(log, { skipsUnreadable: true }), [
    `damage 64 ${gamma!.position - 64}`,
    ...sound,
  ]);
});
