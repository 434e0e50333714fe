// Space comes back, and nothing else goes.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import test from 'node:test';
import { objectBody } from '@cairn/object-storage';
import { bucket, contentOf, MiB, openAt, openNew, put, read, segmentFiles } from './upkeep-storage.ts';

test('gc empties segments that are half dead and leaves every other byte as it was', async (t) => {
  const { storage } = await openNew(t);
  const sizes = [100, 5_000, 65_536, 65_537, 200_000, 0];
  const keys = Array.from({ length: 90 }, (_, number) => `k${number}`);
  for (const [index, key] of keys.entries())
    await put(storage, key, contentOf(key, sizes[index % sizes.length]!));
  const dropped = keys.filter((_, index) => index % 4 !== 0);
  await storage.deleteObjects({ bucket, objects: dropped.map((key) => ({ key })) });
  const before = await storage.stats();
  const report = await storage.gc();
  const after = await storage.stats();
  assert.equal(report.orphanBlobs, 0);
  assert.deepEqual(report.problems, []);
  assert(report.freedBytes > 0 && report.copiedBytes > 0, JSON.stringify(report));
  assert(after.deadBytes <= after.liveBytes * 1.1, JSON.stringify(after));
  assert(after.segmentBytes < before.segmentBytes / 2, `${before.segmentBytes} -> ${after.segmentBytes}`);
  for (const [index, key] of keys.entries()) {
    if (dropped.includes(key)) continue;
    assert((await read(storage, key)).equals(contentOf(key, sizes[index % sizes.length]!)), key);
  }
  assert.deepEqual(await storage.check({ deep: true }), []);
  await storage.close();
});

test('of an object over many segments only what lies in the emptied one is copied', async (t) => {
  const { storage } = await openNew(t);
  await put(storage, 'dropped', contentOf('dropped', 700_000));
  const large = contentOf('large', 3 * MiB);
  await put(storage, 'large', large);
  await storage.deleteObject({ bucket, key: 'dropped' });
  const { copiedBytes } = await storage.gc();
  assert(copiedBytes > 0 && copiedBytes < MiB, `${copiedBytes} bytes were copied`);
  assert((await read(storage, 'large')).equals(large));
  const { placements } = await storage.inspect({ bucket, key: 'large' });
  assert(
    !placements[0]!.runs.some(({ segment }) => segment === 1),
    'the first segment is not needed any more',
  );
  await storage.close();
});

test('a download goes on to its end while its segment is emptied', async (t) => {
  const { storage } = await openNew(t);
  const kept = contentOf('kept', 300_000);
  await put(storage, 'kept', kept);
  await put(storage, 'dropped', contentOf('dropped', 700_000));
  await put(storage, 'next', contentOf('next', 500_000));
  const { content } = await storage.getObject({ bucket, key: 'kept' });
  const chunks: Buffer[] = [];
  for await (const chunk of content.chunks()) {
    if (chunks.length === 0) {
      await storage.deleteObject({ bucket, key: 'dropped' });
      await storage.gc();
    }
    chunks.push(Buffer.from(chunk));
  }
  assert(Buffer.concat(chunks).equals(kept));
  const { freedBytes } = await storage.gc();
  assert(freedBytes > 700_000, 'its segment is removed once nobody reads it');
  assert((await read(storage, 'kept')).equals(kept));
  await storage.close();
});

test('an index that is lost after compaction is made again, and removed blobs that come back are collected', async (t) => {
  const { storage, directory } = await openNew(t);
  const large = contentOf('large', 2.5 * MiB);
  await put(storage, 'first', contentOf('first', 800_000));
  await put(storage, 'large', large);
  for (let number = 0; number < 8; number++) await put(storage, `small-${number}`, contentOf('s', 100_000));
  await storage.deleteObjects({
    bucket,
    objects: ['first', 'small-1', 'small-3'].map((key) => ({ key })),
  });
  await storage.gc();
  await storage.deleteObject({ bucket, key: 'small-0' });
  while ((await storage.stats()).garbageBlobs > 0) await new Promise((resolve) => setImmediate(resolve));
  await storage.close();
  for (const suffix of ['', '-wal', '-shm']) await rm(`${directory}/blobs.sqlite${suffix}`, { force: true });
  const again = await openAt(directory);
  const rebuilt = await again.stats();
  assert(rebuilt.blobs > rebuilt.referencedBlobs, 'the segments still held removed blobs');
  const { orphanBlobs } = await again.gc();
  assert.equal(orphanBlobs, rebuilt.blobs - rebuilt.referencedBlobs);
  assert((await read(again, 'large')).equals(large));
  assert.deepEqual(await again.check({ deep: true }), []);
  await again.close();
});

test('what failed uploads left is given back', async (t) => {
  const { storage, directory } = await openNew(t);
  async function* failing() {
    for (let number = 0; number < 40; number++) yield contentOf('failing', 65_536);
    throw new Error('the client left');
  }
  const attributes = { headers: {}, userMetadata: {} };
  const failed = storage.putObject({ bucket, key: 'k', attributes, body: objectBody(failing()) });
  await assert.rejects(failed, /the client left/);
  await storage.gc();
  assert((await storage.stats()).deadBytes < 1_000, JSON.stringify(await storage.stats()));
  const [left] = await segmentFiles(directory);
  assert.match(left!, /00000[2-9]\.segment$/, 'the upload had filled segments, which are gone');
  await storage.close();
});
