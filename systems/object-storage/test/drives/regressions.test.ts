// Bugs of several drives that were found and fixed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectStorage } from '@cairn/object-storage';
import { contentOf, openNew, put, until, worldWith } from './several-drives.ts';

async function driveStats(storage: ObjectStorage) {
  return (await storage.stats()).drives!;
}

test('a drive that was full is written again when it has room, though others were enough meanwhile', async (t) => {
  const full = { folder: undefined as string | undefined };
  const world = worldWith({
    freeBytes: (directory) =>
      full.folder !== undefined && directory.startsWith(full.folder) ? 0 : undefined,
  });
  const { storage, folders } = await openNew(t, { drives: 3, redundancy: 'mirror:2', world });
  const blobsOfFirst = async () => (await driveStats(storage)).drives[0]!.blobs;
  let number = 0;
  const putSome = async () => {
    for (let count = 0; count < 12; count++)
      await put(storage, `${number++}`, contentOf('x', 1_000)).catch((error: { code?: string }) =>
        assert.equal(error.code, 'InsufficientStorage'),
      );
  };
  await putSome();
  full.folder = folders[0]!;
  await until('it is known to be full', async () => {
    const before = await blobsOfFirst();
    await putSome();
    return (await blobsOfFirst()) === before;
  });
  full.folder = undefined;
  const before = await blobsOfFirst();
  await until('it takes its share again', async () => {
    await putSome();
    return (await blobsOfFirst()) > before;
  });
});
