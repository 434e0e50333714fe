import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SpaceGuard } from '@cairn/resilience';
import type { RecordParts, SegmentLog } from '@cairn/segment-log';
import { realWorld } from '@cairn/world';
import { blockBytesMax } from '../../limits.ts';
import { BlobIndex } from '../blob-index.ts';
import { BlobTooLargeError } from '../data-store.ts';
import { Holds } from '../holds.ts';
import type { IndexSql } from '../index-store.ts';
import { BlobIds } from './blob-ids.ts';
import { LogWriters } from './log-writers.ts';

/** Writers to a log in which everything is written and synced at once, and an index that is written only when asked. */
function openWriters({ sync = async () => {} }: { sync?: () => Promise<void> } = {}) {
  const world = realWorld();
  const holds = new Holds();
  const appended: string[] = [];
  const batches: number[] = [];
  const log = {
    append: async (records: readonly RecordParts[]) => {
      batches.push(records.length);
      appended.push(...records.map((parts) => Buffer.concat(parts.slice(1)).toString()));
      return { segment: 1, position: 64 };
    },
    sync,
  } as unknown as SegmentLog;
  const clock = { ...world.clock, setTimer: () => ({ cancel: () => {} }) };
  const ids = new BlobIds(world);
  const index = new BlobIndex({ sql: { write: async () => {} } as unknown as IndexSql, clock, ids });
  index.recovered('');
  const space = { takeNow: () => true } as unknown as SpaceGuard;
  const failures = { count: 0 };
  const onFailed = () => {
    failures.count += 1;
  };
  const writers = new LogWriters({ clock, index, logs: [log], holds, ids, space, writers: 1, onFailed });
  return { writers, index, holds, ids, appended, batches, failures };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('what waits for the index holds its segment until it is there, and keeps nothing of its bytes', async () => {
  const { writers, index, holds } = openWriters();
  const store = async () => {
    const chunk = Buffer.alloc(4_096, 1);
    await writers.write([chunk], { sizeBytes: chunk.length, sizeBytesMax: 10_000 });
    return new WeakRef(chunk.buffer);
  };
  const memory = await store();
  await nextTurn();
  collectGarbage();
  assert.equal(memory.deref(), undefined);
  assert.deepEqual(holds.names(), ['0/1']);
  await index.flush();
  assert.deepEqual(holds.names(), []);
});

test('what is at hand is one record of its pieces, and what turns out larger than was said is stored all the same', async () => {
  const { writers, appended, ids } = openWriters();
  const sizes = { sizeBytes: 2, sizeBytesMax: Number.POSITIVE_INFINITY };
  const stored = await writers.write([Buffer.from('a'), Buffer.from('b')], sizes);
  assert.equal(stored.sizeBytes, 2);
  assert.deepEqual(appended.splice(0), ['ab']);
  const many = Array.from({ length: 40 }, (_, index) => Buffer.from(String(index)));
  await writers.write(many, sizes);
  assert.deepEqual(appended.splice(0), [many.join('')]);
  const large = await writers.write([Buffer.alloc(blockBytesMax, 'x'), Buffer.from('y')], sizes);
  assert.equal(large.sizeBytes, blockBytesMax + 1);
  assert.equal(appended.length, 3, 'two blocks and an end');
  assert(ids.isUndecided(stored.blob) && ids.isUndecided(large.blob));
});

test('of a body at hand that throws, or is too large, nothing is written and nothing stays undecided', async () => {
  const { writers, appended, ids } = openWriters();
  function* broken(): Iterable<Uint8Array> {
    yield Buffer.from('a');
    throw new Error('wrong digest');
  }
  const sizes = { sizeBytes: 2, sizeBytesMax: 2 };
  await assert.rejects(writers.write(broken(), sizes), /wrong digest/);
  await assert.rejects(writers.write([Buffer.from('abc')], sizes), BlobTooLargeError);
  const given = { blob: ids.next(), change: { kind: 'add' }, log: undefined } as const;
  await assert.rejects(writers.write(broken(), sizes, given), /wrong digest/);
  assert.deepEqual([appended, [...ids.undecided()], writers.isBusy], [[], [], false]);
});

test('a failed batch lets go of its segment, and its blobs are decided', async () => {
  const { writers, holds, ids, failures } = openWriters({
    sync: () => Promise.reject(new Error('not synced')),
  });
  const sizes = { sizeBytes: 1, sizeBytesMax: 10 };
  const outcomes = await Promise.allSettled(
    ['a', 'b'].map((text) => writers.write([Buffer.from(text)], sizes)),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.deepEqual([holds.names(), [...ids.undecided()], failures.count, writers.isBusy], [[], [], 2, false]);
});

test('a block behind the last full batch is written with it, and no batch is larger', async () => {
  const { writers, batches } = openWriters();
  for (const [blocks, expected] of [
    [5, [5, 1]],
    [6, [4, 2, 1]],
    [16, [4, 4, 4, 4, 1]],
    [17, [4, 4, 4, 5, 1]],
  ] as const) {
    const chunks = Array.from({ length: blocks }, () => Buffer.alloc(blockBytesMax));
    await writers.write(chunks, { sizeBytes: undefined, sizeBytesMax: Number.POSITIVE_INFINITY });
    assert.deepEqual(batches.splice(0), expected, 'the last is the end');
  }
});

test('of an upload that streams, what a batch has written is let go before the end', async () => {
  const events: (number | string)[] = [];
  const { writers } = openWriters({ sync: async () => void events.push('sync') });
  const chunks = [...Array(9).fill(Buffer.alloc(blockBytesMax)), Buffer.alloc(10)];
  const sizes = { sizeBytes: undefined, sizeBytesMax: Number.POSITIVE_INFINITY };
  await writers.write(chunks, { ...sizes, onLetGo: (bytes) => void events.push(bytes) });
  assert.deepEqual(events, [4 * blockBytesMax, 8 * blockBytesMax, 9 * blockBytesMax + 10, 'sync']);
});
