// What is appended while a sync is under way.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Disk, DiskFile, World } from '@cairn/world';
import { heldBackBytesMax } from '../../src/limits.ts';
import { batchOf, open, range, readAll, texts, within } from './partition-fixture.ts';

/** A disk whose syncs begin only when the test lets them, and that counts writes. */
function heldDisk(disk: Disk) {
  const held = { writes: 0, gate: undefined as Promise<void> | undefined };
  const changes: Record<string, (file: DiskFile) => unknown> = {
    write: (file) => (buffers: readonly Uint8Array[], position: number) => {
      held.writes++;
      return file.write(buffers, position);
    },
    writeNow: (file) => (buffers: readonly Uint8Array[], position: number) => {
      held.writes++;
      file.writeNow(buffers, position);
    },
    sync: (file) => async () => {
      await held.gate;
      return file.sync();
    },
  };
  const bound = (target: object, name: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, name);
    return typeof value === 'function' ? value.bind(target) : value;
  };
  const fileOf = (file: DiskFile): DiskFile =>
    new Proxy(file, { get: (target, name) => changes[String(name)]?.(target) ?? bound(target, name) });
  const openFile = async (path: string, mode: Parameters<Disk['open']>[1]) =>
    fileOf(await disk.open(path, mode));
  return {
    held,
    disk: new Proxy(disk, { get: (target, name) => (name === 'open' ? openFile : bound(target, name)) }),
  };
}

async function openHeld(world: World) {
  const { held, disk } = heldDisk(world.disk);
  const partition = await open({ ...world, disk });
  const { promise, resolve } = Promise.withResolvers<void>();
  held.gate = promise;
  const passTime = () => new Promise<void>((done) => world.clock.setTimer(1_000, done));
  return { held, partition, passTime, release: resolve };
}

test(
  'small batches that come one after the other during a sync are one write, in their order',
  within(async (world) => {
    const { held, partition, passTime, release } = await openHeld(world);
    const appended = [partition.append({ records: batchOf(['first']) })];
    await passTime();
    const before = held.writes;
    for (const number of range(10)) {
      appended.push(partition.append({ records: batchOf([`${number}`]) }));
      await passTime();
    }
    assert.equal(held.writes, before, 'they wait');
    release();
    const offsets = (await Promise.all(appended)).map(({ baseOffset }) => baseOffset);
    assert.deepEqual(offsets, range(11));
    assert.equal(held.writes, before + 1);
    assert.deepEqual(texts(await readAll(partition)), ['first', ...range(10).map(String)]);
  }),
);

test(
  'much is written beside the sync under way',
  within(async (world) => {
    const { held, partition, passTime, release } = await openHeld(world);
    const appended = [partition.append({ records: batchOf(['first']) })];
    await passTime();
    const before = held.writes;
    appended.push(partition.append({ records: batchOf(['small']) }));
    await passTime();
    assert.equal(held.writes, before);
    appended.push(partition.append({ records: batchOf(['x'.repeat(heldBackBytesMax)]) }));
    await passTime();
    assert.equal(held.writes, before + 1);
    release();
    await Promise.all(appended);
  }),
);
