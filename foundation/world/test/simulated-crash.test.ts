// What a simulated crash keeps and loses, under many seeds: what was synced always stays, what was not must sometimes go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, type DiskFile, type World } from '../src/index.ts';
import { type SimulatedMachine, Simulation } from '../src/simulated.ts';

const seeds = Array.from({ length: 200 }, (_, i) => i + 1);
const path = '/data/file';

/** Runs `before`, crashes, and gives what `after` makes of the machine, for each seed. */
async function acrossSeeds<T>(options: {
  before: (machine: SimulatedMachine) => Promise<void>;
  after: (machine: SimulatedMachine) => T;
  powerLoss?: boolean;
}): Promise<T[]> {
  const results: T[] = [];
  for (const seed of seeds) {
    const simulation = new Simulation({ seed });
    const machine = simulation.machine('node-1');
    await simulation.run(async () => {
      await machine.world.disk.makeDirectory('/data');
      await options.before(machine);
    });
    machine.crash({ powerLoss: options.powerLoss ?? true });
    results.push(options.after(machine));
  }
  return results;
}

async function createDurably({ disk }: World): Promise<DiskFile> {
  const file = await disk.open(path, 'create');
  await disk.syncDirectory('/data');
  return file;
}

const contentsOf = (machine: SimulatedMachine) => machine.disk.contents(path);

test('what was synced survives every power loss', async () => {
  const bytes = Buffer.alloc(5000, 7);
  const found = await acrossSeeds({
    before: async ({ world }) => {
      const file = await createDurably(world);
      await file.write([bytes], 0);
      await file.sync();
    },
    after: contentsOf,
  });
  for (const contents of found) assert.deepEqual(contents, bytes);
});

test('unsynced sectors are kept, lost or torn, each by itself', async () => {
  const fates = await acrossSeeds({
    before: async ({ world }) => {
      const file = await createDurably(world);
      await file.write([Buffer.alloc(2048, 1)], 0);
      await file.sync();
      await file.write([Buffer.alloc(2048, 2)], 0);
    },
    after: (machine) => [0, 512, 1024, 1536].map((at) => fateOf(contentsOf(machine)!.subarray(at, at + 512))),
  });
  const together = fates.map((sectors) => sectors.join());
  for (const fate of ['kept', 'lost', 'torn']) assert(together.some((sectors) => sectors.includes(fate)));
  assert(together.includes('kept,kept,kept,kept'));
  assert(together.includes('lost,lost,lost,lost'));
  assert(fates.some(([first, second]) => first === 'lost' && second === 'kept'));
});

/** A sector may hold a prefix of the new bytes, never a mix in another order. */
function fateOf(sector: Buffer): string {
  const newBytes = sector.indexOf(1) === -1 ? 512 : sector.indexOf(1);
  assert.deepEqual(sector, Buffer.concat([Buffer.alloc(newBytes, 2), Buffer.alloc(512 - newBytes, 1)]));
  if (newBytes === 512) return 'kept';
  return newBytes === 0 ? 'lost' : 'torn';
}

test('an unsynced size is the old one, the new one or one in between, and unwritten bytes are zeros', async () => {
  const found = await acrossSeeds({
    before: async ({ world }) => {
      const file = await createDurably(world);
      await file.write([Buffer.alloc(100, 1)], 0);
      await file.sync();
      await file.write([Buffer.alloc(4000, 2)], 100);
    },
    after: (machine) => contentsOf(machine)!,
  });
  const sizes = new Set(found.map((contents) => contents.length));
  assert(sizes.has(100) && sizes.has(4100));
  assert([...sizes].some((size) => size > 100 && size < 4100));
  for (const contents of found) assert.deepEqual(contents.subarray(0, 100), Buffer.alloc(100, 1));
  assert(found.some((contents) => contents.length > 100 && contents.subarray(100).includes(0)));
});

test('a sync covers what was completed before it started, and need not cover what came later', async () => {
  const found = await acrossSeeds({
    before: async ({ world }) => {
      const file = await createDurably(world);
      await file.write([Buffer.alloc(512, 1)], 0);
      const syncing = file.sync();
      await file.write([Buffer.alloc(512, 2)], 0);
      await syncing;
    },
    after: (machine) => contentsOf(machine)!,
  });
  for (const contents of found) assert.equal(contents.length, 512);
  for (const contents of found) assert(!contents.includes(0));
  assert(found.some((contents) => contents.includes(1)));
  assert(found.some((contents) => contents.includes(2)));
});

test('a created file is gone, or not, until its folder is synced', async () => {
  const found = await acrossSeeds({
    before: async ({ world: { disk } }) => {
      const file = await disk.open(path, 'create');
      await file.write([Buffer.from('synced')], 0);
      await file.sync();
    },
    after: (machine) => contentsOf(machine)?.toString(),
  });
  assert.deepEqual(new Set(found), new Set(['synced', undefined]));
});

test('a rename is kept or lost as a whole, and a synced one is kept', async () => {
  const rename = async ({ disk }: World) => {
    for (const name of ['old', 'new']) {
      const file = await disk.open(`/data/${name}`, 'create');
      await file.write([Buffer.from(name)], 0);
      await file.sync();
    }
    await disk.syncDirectory('/data');
    await disk.rename('/data/new', '/data/old');
  };
  const look = (machine: SimulatedMachine) =>
    machine.disk.files().map((name) => `${name}=${machine.disk.contents(name)}`);
  const unsynced = await acrossSeeds({ before: ({ world }) => rename(world), after: (m) => look(m).join() });
  assert.deepEqual(new Set(unsynced), new Set(['/data/old=new', '/data/new=new,/data/old=old']));
  const synced = await acrossSeeds({
    before: async ({ world }) => {
      await rename(world);
      await world.disk.syncDirectory('/data');
    },
    after: (machine) => look(machine).join(),
  });
  assert.deepEqual(new Set(synced), new Set(['/data/old=new']));
});

test('a removed file comes back, or not, until its folder is synced', async () => {
  const found = await acrossSeeds({
    before: async ({ world }) => {
      await createDurably(world);
      await world.disk.remove(path);
    },
    after: (machine) => machine.disk.files().length,
  });
  assert.deepEqual(new Set(found), new Set([0, 1]));
});

test('kill -9 loses nothing that was completed', async () => {
  const found = await acrossSeeds({
    before: async ({ world: { disk } }) => {
      const file = await disk.open(path, 'create');
      await file.write([Buffer.alloc(3000, 3)], 0);
    },
    after: contentsOf,
    powerLoss: false,
  });
  for (const contents of found) assert.deepEqual(contents, Buffer.alloc(3000, 3));
});

test('a call under way in a crash happened wholly, partly or not at all, and never settles', async () => {
  let settled = 0;
  const sizes = await acrossSeeds({
    before: async ({ world }) => {
      const file = await createDurably(world);
      void file.write([Buffer.alloc(1000, 1)], 0).finally(() => {
        settled += 1;
      });
    },
    after: (machine) => contentsOf(machine)!.length,
    powerLoss: false,
  });
  assert(sizes.includes(0));
  assert(sizes.some((size) => size > 0 && size < 1000));
  assert.equal(settled, 0);
});

test('after a failed sync unsynced bytes read well and are lost by the next power loss, even if synced again', async () => {
  const found = await acrossSeeds({
    before: async (machine) => {
      const file = await createDurably(machine.world);
      await file.write([Buffer.alloc(2048, 1)], 0);
      await file.sync();
      await file.write([Buffer.alloc(2048, 2)], 0);
      machine.disk.failNext('sync');
      await assert.rejects(file.sync(), (error) => error instanceof DiskError && error.code === 'io');
      const into = Buffer.alloc(2048);
      await file.read(into, 0);
      assert.deepEqual(into, Buffer.alloc(2048, 2));
      await file.sync();
    },
    after: (machine) => contentsOf(machine)!,
  });
  const lost = found.filter((contents) => contents.includes(1));
  assert(lost.length > found.length / 2, `only ${lost.length} of ${found.length} seeds lost anything`);
});
