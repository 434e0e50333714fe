// A disk that cannot read some of its sectors any more: the usual way in which real disks rot. What lies there is lost,
// and nothing else may suffer for it.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import test from 'node:test';
import {
  type ObjectStorage,
  type OpenObjectStorageOptions,
  openObjectStorage,
  repairObjectStorage,
} from '@cairn/object-storage';
import { createMetrics, silentLog } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { DiskError, type DiskFile, realWorld, type World } from '@cairn/world';
import { bucket, contentOf, MiB, put, read, segmentFiles } from './upkeep-storage.ts';

/** A file, all of it or the bytes from `from` to before `to`. */
type BadPlace = { readonly path: string; readonly from?: number; readonly to?: number };

/** The real world, without its rests, whose disk cannot read what is `bad`. */
function worldWithBadFile(): { world: World; bad: BadPlace | undefined } {
  const real = realWorld();
  const isBad = (path: string, into: Uint8Array, position: number) => {
    if (path !== found.bad?.path) return false;
    const { from = 0, to = Number.POSITIVE_INFINITY } = found.bad;
    return position < to && from < position + into.length;
  };
  const refuse = (path: string, into: Uint8Array, position: number) => {
    if (isBad(path, into, position)) throw new DiskError('io', { operation: 'read', path });
  };
  const watched = (file: DiskFile): DiskFile => ({
    path: file.path,
    read: async (into, position) => {
      refuse(file.path, into, position);
      return file.read(into, position);
    },
    readNow: (into, position) => {
      refuse(file.path, into, position);
      return file.readNow(into, position);
    },
    readCached: (into, position) => (isBad(file.path, into, position) ? 0 : file.readCached(into, position)),
    write: (buffers, position) => file.write(buffers, position),
    writeNow: (buffers, position) => file.writeNow(buffers, position),
    sync: () => file.sync(),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    sizeBytes: () => file.sizeBytes(),
    close: () => file.close(),
  });
  const found: { world: World; bad: BadPlace | undefined } = {
    bad: undefined,
    world: {
      ...real,
      clock: {
        nowMs: () => real.clock.nowMs(),
        monotonicMs: () => real.clock.monotonicMs(),
        setTimer: (delayMs, callback) => real.clock.setTimer(delayMs, callback),
        nextTurn: (callback) => real.clock.nextTurn(callback),
        sleep: (durationMs, signal) => real.clock.sleep(Math.min(durationMs, 1), signal),
      },
      disk: new Proxy(real.disk, {
        get: (disk, name) => {
          if (name === 'open')
            return async (...[path, mode]: Parameters<typeof disk.open>) =>
              watched(await disk.open(path, mode));
          const value = Reflect.get(disk, name) as unknown;
          return typeof value === 'function' ? value.bind(disk) : value;
        },
      }),
    },
  };
  return found;
}

async function openWith(t: TestContext, world: World, settings = {}) {
  const directory = await temporaryDirectory(t);
  const metrics = createMetrics();
  const storage = await openObjectStorage({
    ...{ directory, world, writers: 1, segmentBytesMax: MiB, telemetry: { log: silentLog, metrics } },
    settings: { reserveBytes: 0, ...settings },
  });
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me' });
  return { storage, directory, metrics };
}

test('a segment that the disk cannot read does not keep the others from being emptied', async (t) => {
  const bad = worldWithBadFile();
  const { storage, directory, metrics } = await openWith(t, bad.world);
  // The first keeps the least, so it is the first to be looked at.
  for (const [index, keptBytes] of [1_000, 200_000, 200_000].entries()) {
    await put(storage, `kept-${index}`, contentOf(`kept-${index}`, keptBytes));
    await put(storage, `dropped-${index}`, contentOf('dropped', MiB - keptBytes - 10_000));
  }
  await put(storage, 'last', contentOf('last', MiB / 2));
  bad.bad = { path: (await segmentFiles(directory)).toSorted()[0]! };
  await storage.deleteObjects({
    bucket,
    objects: [0, 1, 2].map((index) => ({ key: `dropped-${index}` })),
  });
  const { problems } = await storage.gc();
  // Whoever copied them: the background may have been there before.
  const [, copied] = /^cairn_object_storage_compacted_bytes_total (\d+)$/m.exec(metrics.expose())!;
  const copiedBytes = Number(copied);
  assert(copiedBytes >= 400_000, `${copiedBytes} bytes were copied`);
  assert.match(problems.join(), /could not read/);
  bad.bad = undefined;
  for (const [index, keptBytes] of [1_000, 200_000, 200_000].entries())
    assert((await read(storage, `kept-${index}`)).equals(contentOf(`kept-${index}`, keptBytes)));
});

test('scrubbing goes on behind what the disk cannot read, and remembers it', async (t) => {
  const bad = worldWithBadFile();
  const { storage, directory } = await openWith(t, bad.world, { scrubPeriodMs: 1 });
  await put(storage, 'bad', contentOf('bad', 900_000));
  await put(storage, 'good', contentOf('good', 900_000));
  bad.bad = { path: (await segmentFiles(directory)).toSorted()[0]! };
  while ((await storage.stats()).damagedBlobs === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { finishedMs } = (await storage.stats()).scrub;
  while ((await storage.stats()).scrub.finishedMs === finishedMs)
    await new Promise((resolve) => setTimeout(resolve, 5));
  bad.bad = undefined;
  while ((await storage.stats()).damagedBlobs > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

const blobBytes = 200_000;
const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);

/** Some segments with an object of `blobBytes` for each of the keys, closed; and the keys that can be read now. */
async function closedStorage(options: OpenObjectStorageOptions): Promise<void> {
  const storage = await openObjectStorage(options);
  await storage.createBucket({ bucket, owner: 'me' });
  for (const key of keys) await put(storage, key, contentOf(key, blobBytes));
  await storage.close();
}

async function readableKeys(storage: ObjectStorage): Promise<readonly string[]> {
  const readable: string[] = [];
  for (const key of keys) {
    const content = await read(storage, key).catch(() => undefined);
    if (content === undefined) continue;
    assert(content.equals(contentOf(key, blobBytes)), `${key} was read with other bytes`);
    readable.push(key);
  }
  return readable;
}

/** What a start has to serve; and again what the next has to. */
async function readableAfterStarts(options: OpenObjectStorageOptions): Promise<readonly string[]> {
  const readable: (readonly string[])[] = [];
  for (let start = 0; start < 2; start++) {
    const storage = await openObjectStorage(options);
    readable.push(await readableKeys(storage));
    await storage.close();
  }
  assert.deepEqual(readable[0], readable[1]);
  return readable[0]!;
}

async function optionsWith(t: TestContext, world: World) {
  const directory = await temporaryDirectory(t);
  return { directory, world, writers: 1, segmentBytesMax: MiB, settings: { reserveBytes: 0 } };
}

test('a storage with an unreadable sector starts after repair, which names what lies there', async (t) => {
  const bad = worldWithBadFile();
  const options = await optionsWith(t, bad.world);
  await closedStorage(options);
  const segments = (await segmentFiles(options.directory)).toSorted();
  for (const [path, lost] of [
    [segments[1]!, 1],
    [segments.at(-1)!, 1],
  ] as const) {
    bad.bad = { path, from: 100_000, to: 100_512 };
    const { hurt } = await repairObjectStorage(options);
    assert.equal(hurt.length, lost);
    const readable = await readableAfterStarts(options);
    assert.deepEqual(
      keys.filter((key) => !readable.includes(key)),
      hurt.map(({ key }) => key),
    );
  }
});

test('a storage starts when the sector of a segment header is unreadable', async (t) => {
  const bad = worldWithBadFile();
  const options = await optionsWith(t, bad.world);
  await closedStorage(options);
  bad.bad = { path: (await segmentFiles(options.directory)).toSorted()[1]!, from: 0, to: 64 };
  assert.deepEqual(await readableAfterStarts(options), keys);
});

test('a storage starts as before when repair failed because a segment cannot be read at all', async (t) => {
  const bad = worldWithBadFile();
  const options = { ...(await optionsWith(t, bad.world)), segmentBytesMax: 2 * MiB };
  await closedStorage(options);
  bad.bad = { path: (await segmentFiles(options.directory)).toSorted()[0]!, from: 4096 };
  const before = await readableAfterStarts(options);
  assert(before.length >= keys.length / 2 && before.length < keys.length, `${before.length} can be read`);
  for (let attempt = 0; attempt < 2; attempt++)
    await assert.rejects(repairObjectStorage(options), /input\/output error/);
  assert.deepEqual(await readableAfterStarts(options), before);
  bad.bad = undefined;
  assert.deepEqual((await repairObjectStorage(options)).hurt, []);
  assert.deepEqual(await readableAfterStarts(options), keys);
});

test('a drive with an unreadable sector is not missing after repair', async (t) => {
  const bad = worldWithBadFile();
  const one = await optionsWith(t, bad.world);
  const folders = ['a', 'b'].map((name) => `${one.directory}-${name}`);
  t.after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));
  const drives = { folders, redundancy: 'mirror:2', healBytesPerSecond: MiB };
  const options = { ...one, drives };
  await closedStorage(options);
  bad.bad = { path: (await segmentFiles(folders[0]!)).toSorted()[1]!, from: 100_000, to: 100_512 };
  const report = await repairObjectStorage(options);
  assert.deepEqual(report.hurt, []);
  assert.deepEqual(
    report.drives?.drives.map(({ state }) => state),
    ['ok', 'ok'],
  );
  const storage = await openObjectStorage(options);
  t.after(() => storage.close());
  assert.deepEqual(
    (await storage.stats()).drives?.drives.map(({ state }) => state),
    ['ok', 'ok'],
  );
  assert.deepEqual(await readableKeys(storage), keys);
});
