// A disk that cannot read some of its sectors any more: the usual way in which real disks rot. What lies there is lost,
// and nothing else may suffer for it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { openObjectStorage } from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { DiskError, type DiskFile, realWorld, type World } from '@cairn/world';
import { bucket, contentOf, MiB, put, read, segmentFiles } from './upkeep-storage.ts';

/** The real world, without its rests, whose disk cannot read the files of that name's end while `bad`. */
function worldWithBadFile(): { world: World; bad: string | undefined } {
  const real = realWorld();
  const refuse = (path: string) => {
    if (path === found.bad) throw new DiskError('io', { operation: 'read', path });
  };
  const watched = (file: DiskFile): DiskFile => ({
    path: file.path,
    read: async (into, position) => {
      refuse(file.path);
      return file.read(into, position);
    },
    readNow: (into, position) => {
      refuse(file.path);
      return file.readNow(into, position);
    },
    write: (buffers, position) => file.write(buffers, position),
    writeNow: (buffers, position) => file.writeNow(buffers, position),
    sync: () => file.sync(),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    sizeBytes: () => file.sizeBytes(),
    close: () => file.close(),
  });
  const found: { world: World; bad: string | undefined } = {
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
  const storage = await openObjectStorage({
    ...{ directory, world, writers: 1, segmentBytesMax: MiB },
    settings: { reserveBytes: 0, ...settings },
  });
  t.after(() => storage.close());
  await storage.createBucket({ bucket, owner: 'me' });
  return { storage, directory };
}

test('a segment that the disk cannot read does not keep the others from being emptied', async (t) => {
  const bad = worldWithBadFile();
  const { storage, directory } = await openWith(t, bad.world);
  // The first keeps the least, so it is the first to be looked at.
  for (const [index, keptBytes] of [1_000, 200_000, 200_000].entries()) {
    await put(storage, `kept-${index}`, contentOf(`kept-${index}`, keptBytes));
    await put(storage, `dropped-${index}`, contentOf('dropped', MiB - keptBytes - 10_000));
  }
  await put(storage, 'last', contentOf('last', MiB / 2));
  bad.bad = (await segmentFiles(directory)).toSorted()[0];
  await storage.deleteObjects({
    bucket,
    objects: [0, 1, 2].map((index) => ({ key: `dropped-${index}` })),
  });
  const { copiedBytes, problems } = await storage.gc();
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
  bad.bad = (await segmentFiles(directory)).toSorted()[0];
  while ((await storage.stats()).damagedBlobs === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { finishedMs } = (await storage.stats()).scrub;
  while ((await storage.stats()).scrub.finishedMs === finishedMs)
    await new Promise((resolve) => setTimeout(resolve, 5));
  bad.bad = undefined;
  while ((await storage.stats()).damagedBlobs > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});
