// A drive that takes calls and never answers: a cable that is half out, a controller that resets, a network file system
// whose server is gone. What the others hold goes on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectStorage, openObjectStorage } from '@cairn/object-storage';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { type Disk, type DiskFile, realWorld, type World } from '@cairn/world';
import { bucket, contentOf, MiB, put, read, until } from './several-drives.ts';

/** An index is opened by a thread that has to start first. */
const answerWithinMs = 2_000;

for (const redundancy of ['mirror:2', '2+1']) {
  test(`${redundancy}: a drive that stops answering is missed, and comes back when it answers`, async (t) => {
    const { storage, folders, silence } = await silentMachine(t, { drives: 3, redundancy });
    const names = Array.from({ length: 6 }, (_, number) => `${number}`);
    for (const name of names) await put(storage, name, contentOf(name, MiB));
    const { end } = silence(folders[1]!);
    for (const name of names) assert((await read(storage, name)).equals(contentOf(name, MiB)));
    for (const name of ['new', 'newer']) await put(storage, name, contentOf(name, MiB));
    await until('it is missed', async () => (await statesOf(storage))[1] === 'missing');
    const startMs = performance.now();
    for (const name of [...names, 'new', 'newer'])
      assert((await read(storage, name)).equals(contentOf(name, MiB)));
    assert(performance.now() - startMs < 4 * answerWithinMs, 'a drive that is missed is not asked');
    end();
    await until('it is back', async () => (await statesOf(storage)).every((state) => state === 'ok'));
    await until('all is healed', async () => (await storage.check({ deep: true })).length === 0);
  });
}

test('a storage closes though a drive does not answer', async (t) => {
  const { storage, folders, silence } = await silentMachine(t, { drives: 2, redundancy: 'mirror:2' });
  await put(storage, 'key', contentOf('key', MiB));
  silence(folders[0]!);
  await until('it is missed', async () => (await statesOf(storage))[0] === 'missing');
  await storage.close();
});

test('a storage opens though a drive does not answer', async (t) => {
  const { storage, folders, silence, open } = await silentMachine(t, { drives: 3, redundancy: '2+1' });
  await put(storage, 'key', contentOf('key', MiB));
  await storage.close();
  silence(folders[2]!);
  const again = await open();
  assert.deepEqual(await statesOf(again), ['ok', 'ok', 'missing']);
  assert((await read(again, 'key')).equals(contentOf('key', MiB)));
});

async function statesOf(storage: ObjectStorage): Promise<readonly string[]> {
  return (await storage.stats()).drives!.drives.map(({ state }) => state);
}

async function silentMachine(t: TestContext, options: { drives: number; redundancy: string }) {
  const root = await temporaryDirectory(t);
  const folders = Array.from({ length: options.drives }, (_, number) => `${root}/drive-${number}`);
  const { world, silence, endAll } = worldWithSilence();
  const opened: ObjectStorage[] = [];
  cleanUpAfter(t, async () => {
    endAll();
    await Promise.allSettled(opened.map((storage) => storage.close()));
  });
  const open = async () => {
    const drives = {
      folders,
      redundancy: options.redundancy,
      healBytesPerSecond: 1024 * MiB,
      answerWithinMs,
    };
    const storage = await openObjectStorage({
      ...{ directory: `${root}/data`, settings: { reserveBytes: 0 }, drives, world },
      ...{ writers: 1, segmentBytesMax: 8 * MiB },
    });
    opened.push(storage);
    return storage;
  };
  const storage = await open();
  await storage.createBucket({ bucket, owner: 'me' });
  return { storage, folders, silence, open };
}

/** The real world, where every call of a silenced folder waits until its silence ends. */
function worldWithSilence() {
  const { disk, ...real } = realWorld();
  const silent = new Map<string, PromiseWithResolvers<void>>();
  const answered = async (path: string) => {
    for (const [folder, { promise }] of silent) if (path.startsWith(folder)) await promise;
  };
  const world: World = { ...real, disk: silencedDisk(disk, answered) };
  const silence = (folder: string) => {
    silent.set(folder, Promise.withResolvers());
    const end = () => {
      silent.get(folder)?.resolve();
      silent.delete(folder);
    };
    return { end };
  };
  const endAll = () => {
    for (const { resolve } of silent.values()) resolve();
    silent.clear();
  };
  return { world, silence, endAll };
}

type Answered = (path: string) => Promise<void>;

function silencedDisk(disk: Disk, answered: Answered): Disk {
  const after = <T>(path: string, call: () => Promise<T>) => answered(path).then(call);
  return {
    open: (path, mode) => after(path, async () => silencedFile(await disk.open(path, mode), answered)),
    list: (directory) => after(directory, () => disk.list(directory)),
    makeDirectory: (directory) => after(directory, () => disk.makeDirectory(directory)),
    rename: (from, to) => after(from, () => disk.rename(from, to)),
    remove: (path) => after(path, () => disk.remove(path)),
    syncDirectory: (directory) => after(directory, () => disk.syncDirectory(directory)),
    stat: (path) => after(path, () => disk.stat(path)),
    freeBytes: (directory) => after(directory, () => disk.freeBytes(directory)),
    lockDirectory: (directory) => after(directory, () => disk.lockDirectory(directory)),
  };
}

function silencedFile(file: DiskFile, answered: Answered): DiskFile {
  const after = <T>(call: () => Promise<T>) => answered(file.path).then(call);
  return {
    path: file.path,
    readNow: (into, position) => file.readNow(into, position),
    readCached: () => 0,
    read: (into, position) => after(() => file.read(into, position)),
    write: (buffers, position) => after(() => file.write(buffers, position)),
    writeNow: (buffers, position) => file.writeNow(buffers, position),
    sync: () => after(() => file.sync()),
    truncate: (sizeBytes) => after(() => file.truncate(sizeBytes)),
    sizeBytes: () => after(() => file.sizeBytes()),
    close: () => after(() => file.close()),
  };
}
