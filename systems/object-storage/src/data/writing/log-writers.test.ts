import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { SpaceGuard } from '@cairn/resilience';
import type { SegmentLog } from '@cairn/segment-log';
import { realWorld } from '@cairn/world';
import { BlobIndex } from '../blob-index.ts';
import { Holds } from '../holds.ts';
import type { IndexSql } from '../index-store.ts';
import { BlobIds } from './blob-ids.ts';
import { LogWriters } from './log-writers.ts';

/** Writers to a log in which everything is written and synced at once, and an index that is written only when asked. */
function openWriters() {
  const world = realWorld();
  const holds = new Holds();
  const log = {
    append: async () => ({ segment: 1, position: 64 }),
    sync: async () => {},
  } as unknown as SegmentLog;
  const clock = { ...world.clock, setTimer: () => ({ cancel: () => {} }) };
  const ids = new BlobIds(world);
  const index = new BlobIndex({ sql: { write: async () => {} } as unknown as IndexSql, clock, ids });
  index.recovered('');
  const space = { takeNow: () => true } as unknown as SpaceGuard;
  const onFailed = () => {};
  const writers = new LogWriters({ clock, index, logs: [log], holds, ids, space, writers: 1, onFailed });
  return { writers, index, holds };
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
