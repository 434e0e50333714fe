// Faults that a scenario orders or a seed throws in: full disk, EIO, bit rot.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, type DiskErrorCode } from '../src/index.ts';
import { type Faults, type SimulatedMachine, Simulation } from '../src/simulated.ts';

const path = '/file';

async function onMachine(
  body: (machine: SimulatedMachine) => Promise<void>,
  { seed = 3, faults = {} }: { seed?: number; faults?: Partial<Faults> } = {},
): Promise<void> {
  const simulation = new Simulation({ seed, faults });
  await simulation.run(() => body(simulation.machine('node-1')));
}

const hasCode = (code: DiskErrorCode) => (error: unknown) =>
  error instanceof DiskError && error.code === code;

test('a full disk takes a part of a write at most, and all of it when there is room again', async () => {
  await onMachine(async (machine) => {
    const { disk } = machine.world;
    const file = await disk.open(path, 'create');
    await file.write([Buffer.alloc(1000, 1)], 0);
    machine.disk.fill(100);
    assert.equal(await disk.freeBytes('/'), 100);
    await assert.rejects(file.write([Buffer.alloc(300, 2)], 900), hasCode('full'));
    const sizeBytes = await file.sizeBytes();
    assert(sizeBytes <= 1100, `the file grew to ${sizeBytes} bytes`);
    await file.write([Buffer.alloc(500, 3)], 0);
    await file.write([Buffer.alloc(1100 - sizeBytes, 4)], sizeBytes);
    assert.equal(await disk.freeBytes('/'), 0);
    machine.disk.fill(1e9);
    await file.write([Buffer.alloc(300, 5)], 1100);
    assert.equal(await file.sizeBytes(), 1400);
  });
});

test('calls that were told to fail do so, as many as were told', async () => {
  await onMachine(async (machine) => {
    const file = await machine.world.disk.open(path, 'create');
    machine.disk.failNext('write', 2);
    await assert.rejects(file.write([Buffer.from('x')], 0), hasCode('io'));
    await assert.rejects(file.truncate(0), hasCode('io'));
    await file.write([Buffer.from('sound')], 0);
    machine.disk.failNext('read', 2);
    await assert.rejects(file.read(Buffer.alloc(5), 0), hasCode('io'));
    assert.throws(() => file.readNow(Buffer.alloc(5), 0), hasCode('io'));
    assert.equal(await file.read(Buffer.alloc(5), 0), 5);
    machine.disk.failNext('sync');
    await assert.rejects(machine.world.disk.syncDirectory('/'), hasCode('io'));
    await file.sync();
  });
});

test('a failure that was ordered can be taken back', async () => {
  await onMachine(async (machine) => {
    const file = await machine.world.disk.open(path, 'create');
    machine.disk.failNext('write', 2);
    await assert.rejects(file.write([Buffer.from('x')], 0), hasCode('io'));
    machine.disk.failNoMore();
    await file.write([Buffer.from('x')], 0);
  });
});

test('a rotten bit stays rotten, through reads and crashes', async () => {
  await onMachine(async (machine) => {
    const file = await machine.world.disk.open(path, 'create');
    await file.write([Buffer.alloc(1000)], 0);
    await file.sync();
    await machine.world.disk.syncDirectory('/');
    machine.disk.rot(path, { position: 700, bit: 3 });
    const into = Buffer.alloc(1000);
    file.readNow(into, 0);
    assert.equal(into[700], 8);
    machine.crash();
    assert.equal(machine.disk.contents(path)?.[700], 8);
    const second = machine.disk.rotRandomBit();
    assert.equal(second?.path, path);
    assert.equal(machine.disk.contents(path)![second.position]! & (1 << second.bit), 1 << second.bit);
  });
});

test('rot of a sector with an unsynced write is mended by its sync', async () => {
  await onMachine(async (machine) => {
    const file = await machine.world.disk.open(path, 'create');
    await file.write([Buffer.alloc(600)], 0);
    await file.sync();
    await file.write([Buffer.from([9])], 0);
    machine.disk.rot(path, { position: 1, bit: 0 });
    await file.sync();
    await machine.world.disk.syncDirectory('/');
    assert.equal(machine.disk.durableContents(path)?.[1], 0);
  });
});

test('each fault strikes about as often as its probability says', async () => {
  const faults = { readErrorProbability: 0.2, writeErrorProbability: 0.1, syncErrorProbability: 0.3 };
  await onMachine(
    async (machine) => {
      const file = await machine.world.disk.open(path, 'create');
      const failed = { read: 0, write: 0, sync: 0 };
      const count = (call: keyof typeof failed) => () => {
        failed[call] += 1;
      };
      for (let i = 0; i < 1000; i += 1) {
        await file.write([Buffer.from('abc')], 0).catch(count('write'));
        await file.sync().catch(count('sync'));
        await file.read(Buffer.alloc(3), 0).catch(count('read'));
      }
      assert(failed.read > 150 && failed.read < 250, `reads failed ${failed.read} times`);
      assert(failed.write > 60 && failed.write < 140, `writes failed ${failed.write} times`);
      assert(failed.sync > 240 && failed.sync < 360, `syncs failed ${failed.sync} times`);
    },
    { faults },
  );
});

test('bit rot by seed changes one bit of what is read', async () => {
  await onMachine(
    async (machine) => {
      const file = await machine.world.disk.open(path, 'create');
      await file.write([Buffer.alloc(4096)], 0);
      await file.sync();
      const into = Buffer.alloc(4096);
      file.readNow(into, 0);
      const rotten = into.filter((byte) => byte !== 0);
      assert.equal(rotten.length, 1);
      assert.equal(Math.log2(rotten[0]!) % 1, 0);
    },
    { faults: { bitRotProbability: 1 } },
  );
});

test('a probability outside 0 to 1 is refused with its name', () => {
  assert.throws(
    () => new Simulation({ seed: 1, faults: { bitRotProbability: 2 } }),
    /bitRotProbability.*got 2/,
  );
});
