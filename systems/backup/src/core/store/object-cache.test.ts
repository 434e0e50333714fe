import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { ObjectCache } from './object-cache.ts';

const repositoryId = 'f'.repeat(32);

async function simulated(work: (world: World) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(() => work(simulation.machine('a').world));
}

function cacheOn(world: World, bytesMax = 1_000_000): ObjectCache {
  return new ObjectCache({ world, directory: '/cache', repositoryId, bytesMax });
}

test('what was written is read, whole and in ranges, by another process too', async () => {
  await simulated(async (world) => {
    const bytes = randomBytes(1_000);
    const cache = cacheOn(world);
    assert.equal(await cache.read('index', 'a'), undefined);
    await cache.write('index', 'a', bytes);
    for (const reader of [cache, cacheOn(world)]) {
      assert.deepEqual(await reader.read('index', 'a'), bytes);
      assert.deepEqual(
        await reader.readRange('index', 'a', { start: 10, length: 20 }),
        bytes.subarray(10, 30),
      );
      assert.equal(await reader.readRange('index', 'a', { start: 990, length: 20 }), undefined);
      assert.equal(await reader.read('manifest', 'a'), undefined);
    }
    await cache.drop('index', 'a');
    assert.equal(await cache.read('index', 'a'), undefined);
    assert.equal(cache.problem, undefined);
  });
});

test('it says that it is a cache, once, for backups that leave caches out', async () => {
  await simulated(async (world) => {
    for (const repository of ['a', 'b']) {
      const cache = new ObjectCache({
        world,
        directory: '/cache',
        repositoryId: repository,
        bytesMax: 1_000,
      });
      for (const kind of ['index', 'manifest'] as const) await cache.write(kind, 'x', randomBytes(10));
      assert.equal(cache.problem, undefined);
    }
    assert.deepEqual((await world.disk.list('/cache')).toSorted(), ['CACHEDIR.TAG', 'a', 'b']);
    const file = await world.disk.open('/cache/CACHEDIR.TAG', 'read');
    const signature = Buffer.alloc(43);
    await file.read(signature, 0);
    await file.close();
    assert.equal(signature.toString(), 'Signature: 8a477f597d28d172789f06886806bc55');
  });
});

test('it stays within its bytes: the oldest go first, one too large is not kept', async () => {
  await simulated(async (world) => {
    const cache = cacheOn(world, 10_000);
    await cache.write('manifest', 'large', randomBytes(2_001));
    assert.equal(await cache.read('manifest', 'large'), undefined);
    for (let i = 0; i < 30; i++) {
      await cache.write('manifest', `${i}`, randomBytes(1_000));
      await world.clock.sleep(1_000);
    }
    const kept = (await world.disk.list(`/cache/${repositoryId}/manifest`)).map(Number);
    assert(kept.length <= 10 && kept.length >= 7, `${kept}`);
    assert(
      kept.every((id) => id >= 20),
      `${kept}`,
    );
  });
});

test('what the repository no longer has is removed', async () => {
  await simulated(async (world) => {
    const cache = cacheOn(world);
    for (const id of ['a', 'b', 'c']) await cache.write('index', id, randomBytes(10));
    await cache.write('snapshots', 'a', randomBytes(10));
    await cache.retain('index', ['b']);
    assert.deepEqual(await world.disk.list(`/cache/${repositoryId}/index`), ['b']);
    assert.deepEqual(await world.disk.list(`/cache/${repositoryId}/snapshots`), ['a']);
  });
});

test('a full disk costs the cache, no call', async () => {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const machine = simulation.machine('a');
    const cache = cacheOn(machine.world);
    await cache.write('index', 'a', randomBytes(1_000));
    machine.disk.fill(100);
    await cache.write('index', 'b', randomBytes(10_000));
    assert.equal(await cache.read('index', 'b'), undefined);
    assert.equal((await cache.read('index', 'a'))?.length, 1_000);
    assert.match(cache.problem ?? '', /no space is left/);
    assert.deepEqual(await machine.world.disk.list(`/cache/${repositoryId}/index`), ['a']);
  });
});
