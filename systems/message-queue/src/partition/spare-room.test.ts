import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SqlError } from '@cairn/engines';
import { silentLog } from '@cairn/telemetry';
import { type Disk, DiskError, type World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { spareLookedForEveryMs } from '../limits.ts';
import { PartitionError } from './partition.ts';
import { SpareRoom, spareFileName } from './spare-room.ts';

const directory = '/data';
const path = `${directory}/${spareFileName}`;
const mebibyte = 2 ** 20;
const [spareBytes, reserveBytes] = [2 * mebibyte, 32 * mebibyte];

async function within(
  work: (parts: { world: World; spare: SpareRoom; room: { freeBytes: number } }) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  await simulation.run(async () => {
    const { world } = simulation.machine('broker');
    const room = { freeBytes: 100 * mebibyte };
    const disk: Disk = new Proxy(world.disk, {
      get: (target, member) => {
        if (member === 'freeBytes') return async () => room.freeBytes;
        const value: unknown = Reflect.get(target, member, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await disk.makeDirectory(directory);
    const { clock } = world;
    const spare = new SpareRoom({ disk, clock, log: silentLog, directory, reserveBytes });
    await work({ world, spare, room });
    await spare.close();
  });
}

const sizeOf = async ({ disk }: World) => (await disk.stat(path))?.sizeBytes;
const full = () => new DiskError('full', { operation: 'write', path: 'somewhere' });

/** Fails so many times. */
function failing(times: number, error: () => Error) {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw error();
    return calls;
  };
}

test('it is made while there is plenty, and given up for what makes room on a full disk, which is done then', () =>
  within(async ({ world, spare, room }) => {
    spare.keep();
    await world.clock.sleep(1);
    assert.equal(await sizeOf(world), spareBytes);
    room.freeBytes = 0;
    assert.equal(await spare.use(failing(1, full)), 2);
    assert.equal(await sizeOf(world), undefined);
    await assert.rejects(spare.use(failing(1, full)), { code: 'full' });
    await world.clock.sleep(2 * spareLookedForEveryMs);
    assert.equal(await sizeOf(world), undefined);
    room.freeBytes = reserveBytes + spareBytes;
    await world.clock.sleep(2 * spareLookedForEveryMs);
    assert.equal(await sizeOf(world), spareBytes);
  }));

test('a full disk is known by what the metadata store and a partition say of it; other errors cost nothing', () =>
  within(async ({ world, spare, room }) => {
    spare.keep();
    await world.clock.sleep(1);
    room.freeBytes = 0;
    const failed = () => new SqlError('failed', { attempted: 'write' });
    await assert.rejects(spare.use(failing(1, failed)), { code: 'failed' });
    assert.equal(await sizeOf(world), spareBytes);
    const partition = () => new PartitionError('KAFKA_STORAGE_ERROR', 'no room', { cause: full() });
    assert.equal(await spare.use(failing(1, partition)), 2);
    room.freeBytes = 100 * mebibyte;
    await world.clock.sleep(2 * spareLookedForEveryMs);
    assert.equal(await sizeOf(world), spareBytes);
    assert.equal(await spare.use(failing(1, () => new SqlError('full', { attempted: 'write' }))), 2);
  }));

test('a start without room gives it up, and what it leaves is taken again', () =>
  within(async ({ world, spare, room }) => {
    spare.keep();
    await world.clock.sleep(1);
    await spare.clear();
    assert.equal(await sizeOf(world), spareBytes, 'there is room');
    room.freeBytes = 4_096;
    await spare.clear();
    assert.equal(await sizeOf(world), undefined);
    room.freeBytes = 1.5 * mebibyte;
    await world.clock.sleep(2 * spareLookedForEveryMs);
    assert.equal(await sizeOf(world), 1.25 * mebibyte);
    room.freeBytes = 100 * mebibyte;
    await world.clock.sleep(2 * spareLookedForEveryMs);
    assert.equal(await sizeOf(world), spareBytes);
  }));
