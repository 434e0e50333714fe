// A disk that fails one sync of the fingerprint index, as one that is full or shaky does: the index is opened anew, without a restart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { type Disk, type DiskFile, realWorld } from '@cairn/world';
import { contentId } from '../../src/packing/open-pack.ts';
import { Repositories } from '../../src/service/repositories/repositories.ts';

/** The same, with some of its methods replaced. */
function changed<T extends object>(subject: T, methods: Partial<T>): T {
  return new Proxy(subject, {
    get(target, key) {
      const own = (methods as Record<PropertyKey, unknown>)[key] ?? Reflect.get(target, key);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
}

test('a sync of the index that fails once costs the request, and no other', async (t) => {
  const world = realWorld();
  let failing = false;
  const fail = (file: DiskFile): DiskFile =>
    changed(file, {
      sync: async () => {
        if (failing) throw Object.assign(new Error('EIO'), { code: 'io' });
        await file.sync();
      },
    });
  const disk: Disk = changed(world.disk, {
    open: async (path, mode) => {
      const file = await world.disk.open(path, mode);
      return path.includes('/shard-1/') ? fail(file) : file;
    },
  });
  const directory = await temporaryDirectory(t);
  const repositories = new Repositories({
    ...{ world: { ...world, disk }, directory, blobsUrl: `file:${directory}/blobs` },
    onRemoval: async () => {},
  });
  t.after(() => repositories.close());
  await repositories.create('home');
  const find = async () => (await repositories.find('home'))!;
  const put = async (text: string) => {
    const bytes = Buffer.from(text.repeat(100));
    const id = contentId(bytes);
    const body = (async function* () {
      yield bytes;
    })();
    await (await find()).put(`packs/${id.slice(0, 2)}/${id}`, { body, ifAbsent: true, caller: 'ann' });
    return id;
  };
  const [one, two] = [await put('one'), await put('two')];
  await (await find()).register(one, Buffer.alloc(16, 1));
  failing = true;
  await assert.rejects((await find()).register(two, Buffer.alloc(16, 2)), { code: 'unavailable' });
  failing = false;
  await (await find()).register(two, Buffer.alloc(16, 2));
  assert.equal((await find()).index.counts.packs, 2);
  await (await find()).delete([`packs/${one.slice(0, 2)}/${one}`], 'ann');
  assert.equal((await find()).index.counts.packs, 1);
});
