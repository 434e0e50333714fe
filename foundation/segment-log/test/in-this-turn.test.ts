// What is done before a call returns, and what is left to the calls that wait.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordLocation, SegmentLog } from '../src/index.ts';
import { recordHeaderBytes } from '../src/limits.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  append,
  appendSynced,
  copyOf,
  failOnce,
  flipBit,
  openLog,
  openPromptLog,
  readText,
} from './test-world.ts';

test('what is appended in this turn is there when the call returns; where something is under way it is left to append', async () => {
  const disk = new MemoryDisk();
  const { log } = await openPromptLog(disk);
  const { end } = log;
  assert.deepEqual(appendNow(log, 'a'), end);
  assert.equal(await readText(log, end, 1), 'a');
  const queued = append(log, 'b');
  assert.equal(appendNow(log, 'c'), undefined);
  await queued;
  await new Promise(setImmediate);
  assert.notEqual(appendNow(log, 'c'), undefined);
  assert.equal(appendNow(log, 'x'.repeat(1_000)), undefined, 'it does not fit the segment');
  await log.close();
  assert.equal(appendNow(log, 'd'), undefined);
  assert.deepEqual((await openLog(copyOf(disk))).recovered, ['a', 'b', 'c']);
  const { log: other } = await openLog(new MemoryDisk());
  assert.equal(appendNow(other, 'a'), undefined, 'it does not write promptly');
});

test('regression: what a write in this turn left when it failed is cut away before the next one', async () => {
  const disk = new MemoryDisk();
  const { log } = await openPromptLog(disk);
  await appendSynced(log, 'first');
  const { end } = log;
  failOnce(disk, 'write now', 'full');
  assert.equal(appendNow(log, 'lost'), undefined);
  assert.equal(appendNow(log, 'later'), undefined);
  assert.deepEqual(await appendSynced(log, 'next'), [end]);
  assert(disk.trace.includes(`truncate to ${end.position} 000000000001.segment`));
  assert.deepEqual((await openLog(copyOf(disk))).recovered, ['first', 'next']);
});

test('what was appended last is read from memory without a wait, or not at all', async () => {
  const disk = new MemoryDisk();
  const { log } = await openLog(disk);
  const [first] = await append(log, 'one', 'two');
  const lengthBytes = log.end.position - first!.position;
  const read = log.readOnCached(first!, { lengthBytes });
  assert.deepEqual(
    read?.payloads.map((payload) => Buffer.from(payload).toString()),
    ['one', 'two'],
  );
  assert.deepEqual(read?.next, log.end);
  assert.equal(log.readOnCached(log.end, { lengthBytes }), undefined);
  assert.equal(log.readOnCached({ segment: 7, position: 64 }, { lengthBytes }), undefined);
  flipBit(disk, 1, first!.position + recordHeaderBytes);
  assert.equal(log.readOnCached(first!, { lengthBytes }), undefined);
  disk.caches = false;
  assert.equal(log.readOnCached(first!, { lengthBytes }), undefined);
});

function appendNow(log: SegmentLog, text: string): RecordLocation | undefined {
  return log.appendNow([[Buffer.from(text)]]);
}
