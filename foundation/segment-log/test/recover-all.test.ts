// What `recoversAll` hands over, and that the end of the log is found as without it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordHeaderBytes, segmentHeaderBytes } from '../src/index.ts';
import { MemoryDisk } from './memory-disk.ts';
import { appendSynced, copyOf, makeUnreadable, openLog, segmentBytes, segmentPath } from './test-world.ts';

const nth = (index: number): number => segmentHeaderBytes + index * (recordHeaderBytes + 3);

/** Not closed; the owner knows all of it. */
async function knownLog() {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  await appendSynced(log, 'aaa', 'bbb');
  await log.roll();
  await appendSynced(log, 'ccc', 'ddd');
  return { disk: copyOf(disk), options: { recoverFrom: log.end, recoversAll: true } };
}

test('records before the place that the owner knows are handed over, too', async () => {
  const { disk, options } = await knownLog();
  const { log, recovered } = await openLog(disk, options);
  assert.deepEqual(recovered, ['aaa', 'bbb', 'ccc', 'ddd']);
  assert.deepEqual(log.damage, []);
  assert.deepEqual(log.end, options.recoverFrom);
});

test('when records are gone that the owner knows, that is damage, and their places are not used again', async () => {
  const { disk, options } = await knownLog();
  disk.files.set(segmentPath(2), { bytes: segmentBytes(disk, 2).subarray(0, nth(1)) });
  const { log, recovered } = await openLog(disk, options);
  assert.deepEqual(recovered, ['aaa', 'bbb', 'ccc']);
  assert.match(log.damage.at(-1)!.detail, /the owner knows records up to segment 2/);
  assert.deepEqual(log.end, { segment: 3, position: segmentHeaderBytes });
});

test('what cannot be read before the place that the owner knows is damage, though nothing behind it proves it', async () => {
  const { disk, options } = await knownLog();
  makeUnreadable(disk, 2, { from: nth(1), to: nth(2) });
  const { log, recovered } = await openLog(disk, options);
  assert.deepEqual(recovered, ['aaa', 'bbb']);
  assert.equal(log.damage.length, 1);
  assert.deepEqual(log.end, options.recoverFrom);
});
