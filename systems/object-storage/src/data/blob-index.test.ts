// Entries on their way into the index, and what may happen while a batch of them is being written.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import { BlobIndex } from './blob-index.ts';
import type { IndexBatch } from './index/changes.ts';
import type { IndexSql } from './index-store.ts';
import { BlobIds } from './writing/blob-ids.ts';

const segment = 6;

/** An index whose transactions happen when the test lets them. */
function indexOnHold() {
  const batches: string[][] = [];
  let held: PromiseWithResolvers<void> | undefined;
  const sql = {
    async write(name: string, input: unknown) {
      if (name === 'indexBlobs') batches.push([...(input as IndexBatch).added.ids]);
      await held?.promise;
    },
  } as unknown as IndexSql;
  const world = realWorld();
  const index = new BlobIndex({ sql, clock: world.clock, ids: new BlobIds(world) });
  index.recovered('');
  return {
    index,
    batches,
    hold: () => {
      held = Promise.withResolvers();
    },
    letGo: () => {
      held?.resolve();
      held = undefined;
    },
  };
}

function announce(index: BlobIndex, blob: string, position: number): void {
  const runs = [{ segment, position, blocks: 1 }];
  const entry = index.announce({
    blob,
    place: { log: 0, sizeBytes: 1, runs },
    end: { segment, position: position + 65 },
    release: () => {},
    change: { kind: 'add' },
  });
  index.durable(entry);
}

test('a checkpoint that is moved while a batch is written leaves nothing of the batch to be written again', async () => {
  const { index, batches, hold, letGo } = indexOnHold();
  announce(index, 'a', 64);
  announce(index, 'b', 200);
  hold();
  const flushed = index.flush();
  // The look for empty segments comes by: the segment that is written begins before both.
  index.mark(0, { segment, position: 64 });
  letGo();
  await flushed;
  // By now `b` may have been removed: written again it would be back.
  await index.flush();
  assert.deepEqual(batches, [['a', 'b']]);
});

test('a checkpoint moves to the beginning of a segment in which nothing is durable yet', async () => {
  const { index, batches } = indexOnHold();
  index.mark(0, { segment, position: 64 });
  await index.flush();
  assert.deepEqual(batches, [[]]);
});
