import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DiskFile } from '@cairn/world';
import { GroupCommit } from './group-commit.ts';

/** A file whose syncs end when the test says so. */
function heldFile() {
  const held: PromiseWithResolvers<void>[] = [];
  const sync = () => {
    const next = Promise.withResolvers<void>();
    held.push(next);
    return next.promise;
  };
  return { held, file: { sync } as unknown as DiskFile };
}

/** Runs every callback that is ready. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

function commitOn(file: DiskFile): GroupCommit {
  return new GroupCommit({ segment: 1, file, position: 64 });
}

test('with nothing to sync, no sync reaches the disk', async () => {
  const { file, held } = heldFile();
  await commitOn(file).sync();
  assert.equal(held.length, 0);
});

test('callers whose bytes were complete when the sync began share it', async () => {
  const { file, held } = heldFile();
  const commit = commitOn(file);
  commit.changed(100);
  const both = Promise.all([commit.sync(), commit.sync()]);
  held[0]!.resolve();
  await both;
  assert.equal(held.length, 1);
  assert.equal(commit.durablePosition, 100);
});

test('a caller whose bytes came after the sync began waits for the next, which all who come meanwhile share', async () => {
  const { file, held } = heldFile();
  const commit = commitOn(file);
  commit.changed(100);
  const early = commit.sync();
  commit.changed(200);
  let lateDone = false;
  const late = commit.sync().then(() => {
    lateDone = true;
  });
  commit.changed(300);
  const latest = commit.sync();
  await settle();
  assert.equal(held.length, 1, 'one sync at a time');
  held[0]!.resolve();
  await early;
  await settle();
  assert.equal(lateDone, false);
  assert.equal(commit.durablePosition, 100);
  assert.equal(held.length, 2);
  held[1]!.resolve();
  await Promise.all([late, latest]);
  assert.equal(held.length, 2);
  assert.equal(commit.durablePosition, 300);
});

test('a failed sync fails all who wait, and every sync after it, without touching the disk again', async () => {
  const { file, held } = heldFile();
  const commit = commitOn(file);
  commit.changed(100);
  const running = commit.sync();
  commit.changed(200);
  const waiting = commit.sync();
  held[0]!.reject(new Error('EIO'));
  await assert.rejects(running, { code: 'sync-failed' });
  await assert.rejects(waiting, { code: 'sync-failed' });
  await assert.rejects(commit.sync(), { code: 'sync-failed' });
  assert.equal(held.length, 1);
  assert.equal(commit.durablePosition, 64);
});
