// Upkeep under simulation: compaction, the search for orphans, the scrubber, a full disk; and proof that a rule which is
// left out would be noticed.

import assert from 'node:assert/strict';
import { openSimulatedSql, simulatedSqlFaults } from '@cairn/engines';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { earlyTests } from '@cairn/testing';
import type { Disk, DiskFile, World } from '@cairn/world';
import { checkCaught, checkSeeds, type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { assembleObjectStorage } from '../../src/core/assemble.ts';
import type { IndexBatch } from '../../src/data/index/changes.ts';
import indexStore from '../../src/data/index-store.ts';
import type { DataStoreSettings } from '../../src/data/open-data-store.ts';
import metadataStore from '../../src/metadata/store.ts';
import { replacing } from './sabotage.ts';
import { rules, switchBeforeSync } from './sabotage-upkeep.ts';
import { scenarios } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';
const bucket = 'simulated';
const scrubPeriodMs = 3_600_000;
const attributes = { headers: {}, userMetadata: {} };

test('garbage is collected and segments are compacted under every fault, and nothing else goes', async () => {
  await checkSeeds(scenarios.garbage, { seeds: 40, workspace });
});

test('no version that is there is taken for an orphan', async () => {
  await checkSeeds(scenarios['garbage-versions'], { seeds: 40, workspace });
});

test('upkeep never makes rot worse', async () => {
  await checkSeeds(scenarios['garbage-rot'], { seeds: 30, workspace });
});

test('the first blob that a crash left undecided is looked for as well as the others', async () => {
  await checkSeeds(scenarios.garbage, { firstSeed: 71, seeds: 1, workspace });
});

for (const { what, seeds, leaveOut } of rules) {
  test(`it is noticed within ${seeds} seeds when it does not hold that ${what}`, async () => {
    const restore = leaveOut();
    try {
      await checkCaught(scenarios.garbage, { seeds });
    } finally {
      restore();
    }
  });
}

test('power that is lost as soon as places were switched to copies takes no object', async () => {
  assert.equal(await lostAfterSwitch(), 0);
});

test('it is noticed when places are switched to copies that are not synced', async () => {
  const restore = switchBeforeSync();
  try {
    assert((await lostAfterSwitch()) > 0, 'nothing was lost without it');
  } finally {
    restore();
  }
});

test('the scrubber finds rot that nobody read, goes on where a crash stopped it, and clears what was repaired', async () => {
  await simulated(async ({ machine, open, sleep }) => {
    let storage = await open({ scrubPeriodMs });
    for (let number = 0; number < 200; number++) await put(storage, `k${number}`, 3_000);
    await sleep(scrubPeriodMs); // The first pass found little; the next one begins.
    await sleep(scrubPeriodMs / 2);
    const half = (await storage.stats()).scrub;
    assert(half.readBlobs > 50 && half.readBlobs < 150, `${half.readBlobs} of 200 after half of the period`);
    machine.crash();
    machine.restart();
    storage = await open({ scrubPeriodMs });
    const resumed = (await storage.stats()).scrub;
    assert.deepEqual([resumed.startedMs, resumed.readBlobs], [half.startedMs, half.readBlobs]);
    const path = machine.disk.files().find((name) => name.endsWith('.segment'))!;
    const position = machine.disk.contents(path)!.length - 1_000;
    machine.disk.rot(path, { position, bit: 3 });
    await sleep(scrubPeriodMs);
    assert.equal((await storage.stats()).damagedBlobs, 1);
    machine.disk.rot(path, { position, bit: 3 });
    await sleep(scrubPeriodMs);
    assert.equal((await storage.stats()).damagedBlobs, 0);
  });
});

test('a scrubber that is behind goes at a quarter of its pace beside clients who only read', async () => {
  const [quiet, beside] = [
    await scrubbedIn10s({ besideClients: false }),
    await scrubbedIn10s({ besideClients: true }),
  ];
  assert(beside > quiet / 6 && beside < quiet / 3, `${beside} reads beside clients, ${quiet} without`);
});

async function scrubbedIn10s({ besideClients }: { besideClients: boolean }): Promise<number> {
  let reads = 0;
  await simulated(async ({ machine, open, sleep, nowMs }) => {
    let isCounted = false;
    const counted = withCalls(machine.world.disk, 'read', async (read) => {
      if (isCounted) reads++;
      return read();
    });
    const storage = await open(
      { scrubPeriodMs: 1, scrubBytesPerSecond: 32 * 1024 * 1024 },
      { disk: counted },
    );
    for (let number = 0; number < 100; number++) await put(storage, `k${number}`, 3_000);
    isCounted = true;
    for (const endMs = nowMs() + 10_000; nowMs() < endMs; ) {
      if (besideClients)
        await storage.listObjects({ bucket, prefix: '', delimiter: '', after: '', limit: 1 });
      await sleep(5);
    }
  });
  return reads;
}

test('small blobs are scrubbed with few reads, and of neighbours only the one whose record rotted is damaged', async () => {
  await simulated(async ({ machine, open, sleep }) => {
    let reads = 0;
    const counted = withCalls(machine.world.disk, 'read', async (read) => {
      reads++;
      return read();
    });
    const storage = await open({ scrubPeriodMs: 1_000 }, { disk: counted });
    for (let number = 0; number < 200; number++) await put(storage, `k${number}`, 3_000);
    await sleep(5_000);
    reads = 0;
    const before = (await storage.stats()).scrub;
    await sleep(60_000);
    const { startedMs, finishedMs } = (await storage.stats()).scrub;
    const passes = Math.round((Math.max(startedMs, finishedMs) - before.startedMs) / 1_000);
    assert(passes > 10 && reads < passes * 20, `${reads} reads in ${passes} passes through 200 blobs`);
    const path = machine.disk.files().find((name) => name.endsWith('.segment'))!;
    const content = Buffer.from(machine.disk.contents(path)!).indexOf('k100 ');
    // In the header of the record, so that nobody knows where the next one begins.
    machine.disk.rot(path, { position: content - 64 + 8, bit: 3 });
    await sleep(10_000);
    assert.equal((await storage.stats()).damagedBlobs, 1);
    await assert.rejects(readThrough(storage, 'k100'), { code: 'InternalError' });
    await readThrough(storage, 'k101');
  });
});

test('a scrubber with a period of a second begins within that second', async () => {
  await simulated(async ({ open, sleep }) => {
    const storage = await open({ scrubPeriodMs: 1_000 });
    await put(storage, 'k', 3_000);
    await sleep(1_500);
    const { startedMs, readBlobs } = (await storage.stats()).scrub;
    assert(startedMs > 0 && readBlobs === 1, `${readBlobs} blobs were read`);
  });
});

test('a clock that was ahead for a while does not keep the scrubber away until then, here or behind a restart', async () => {
  const yearMs = 365 * 86_400_000;
  await simulated(async ({ machine, open, sleep }) => {
    const nowMs = () => machine.world.clock.nowMs();
    const scrubbed = async (storage: ObjectStorage) => {
      await sleep(3 * scrubPeriodMs);
      const { startedMs, finishedMs } = (await storage.stats()).scrub;
      for (const atMs of [startedMs, finishedMs])
        assert(Math.abs(nowMs() - atMs) <= 2 * scrubPeriodMs, `${nowMs()}: ${startedMs} to ${finishedMs}`);
    };
    let storage = await open({ scrubPeriodMs });
    for (let number = 0; number < 200; number++) await put(storage, `k${number}`, 3_000);
    for (const restarted of [false, true]) {
      machine.clockJump(yearMs);
      await scrubbed(storage);
      machine.clockJump(-yearMs);
      if (restarted) {
        machine.crash();
        machine.restart();
        storage = await open({ scrubPeriodMs });
      }
      await scrubbed(storage);
    }
  });
});

test('a full disk refuses uploads while reads and deletes go on, and room that is made lets uploads in again', async () => {
  await simulated(async ({ machine, open, sleep }) => {
    const storage = await open({ reserveBytes: 300_000 });
    machine.disk.fill(3_000_000);
    let stored = 0;
    for (;;) {
      const refused = await put(storage, `k${stored}`, 40_000).then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      if (refused !== undefined) {
        assert.equal(refused, 'InsufficientStorage');
        break;
      }
      stored++;
    }
    assert(stored > 50, `only ${stored} objects fit`);
    for (let number = 0; number < stored; number++) await readThrough(storage, `k${number}`);
    // Three of four, so that no segment is empty by itself: compaction has to find room for its copies.
    for (let number = 0; number < stored; number++) {
      if (number % 4 !== 0) await storage.deleteObject({ bucket, key: `k${number}` });
    }
    await sleep(30_000);
    for (let number = 0; number < stored / 2; number++) await put(storage, `again${number}`, 40_000);
    for (let number = 0; number < stored; number += 4) await readThrough(storage, `k${number}`);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('a disk that runs full in the middle of compaction does no harm, and compaction goes on when there is room', async () => {
  await simulated(async ({ machine, open }) => {
    const storage = await open({ reserveBytes: 0 });
    for (let number = 0; number < 100; number++) await put(storage, `k${number}`, 40_000);
    for (let number = 0; number < 100; number++) {
      if (number % 3 !== 0) await storage.deleteObject({ bucket, key: `k${number}` });
    }
    machine.disk.fill(60_000);
    const report = await storage.gc();
    assert.match(report.problems.join(), /compaction ended early/);
    for (let number = 0; number < 100; number += 3) await readThrough(storage, `k${number}`);
    machine.disk.fill(2 ** 40);
    assert.deepEqual((await storage.gc()).problems, []);
    const { deadBytes, liveBytes } = await storage.stats();
    assert(deadBytes < liveBytes, `${deadBytes} dead, ${liveBytes} live`);
    for (let number = 0; number < 100; number += 3) await readThrough(storage, `k${number}`);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
});

test('neither a removal nor gc waits for a compaction that goes slowly in the background', async () => {
  await simulated(async ({ open, sleep, nowMs }) => {
    const storage = await open({ compactionBytesPerSecond: 1_000 });
    for (let number = 0; number < 100; number++) await put(storage, `k${number}`, 40_000);
    for (let number = 0; number < 100; number++) {
      if (number % 3 !== 0) await storage.deleteObject({ bucket, key: `k${number}` });
    }
    await sleep(10_000);
    await storage.deleteObject({ bucket, key: 'k0' });
    await sleep(2_000);
    assert.equal((await storage.stats()).garbageBlobs, 0, 'the removal waits');
    const startMs = nowMs();
    assert.deepEqual((await storage.gc()).problems, []);
    assert(nowMs() - startMs < 5_000, `gc took ${nowMs() - startMs} ms`);
    const { deadBytes, liveBytes } = await storage.stats();
    assert(deadBytes < liveBytes, `${deadBytes} dead, ${liveBytes} live`);
  });
});

test('the blob of a put that the metadata store refused for want of room is removed without a restart', async () => {
  await simulated(async ({ machine, open, sleep }) => {
    const storage = await open({});
    simulatedSqlFaults(machine, metadataStore.name).full = true;
    await assert.rejects(put(storage, 'k', 1_000), { code: 'InsufficientStorage' });
    simulatedSqlFaults(machine, metadataStore.name).full = false;
    await sleep(5_000);
    assert.equal((await storage.stats()).blobs, 0);
  });
});

/** Objects that cannot be read after the power was lost in the moment in which compaction had switched their places. */
async function lostAfterSwitch(): Promise<number> {
  let lost = 0;
  await simulated(async ({ machine, open, sleep }) => {
    const before = await open({}, { disk: withSlowSync(machine.world), afterSwitch: () => machine.crash() });
    const keys = Array.from({ length: 40 }, (_, number) => `k${number}`);
    for (const key of keys) await put(before, key, 40_000);
    const kept = keys.filter((_, number) => number % 3 === 0);
    for (const key of keys) if (!kept.includes(key)) await before.deleteObject({ bucket, key });
    void before.gc();
    while (machine.running) await sleep(10);
    machine.restart();
    const after = await open({});
    for (const key of kept) await readThrough(after, key).catch(() => lost++);
  });
  return lost;
}

/** A disk whose syncs take longer than any transaction. */
function withSlowSync({ disk, clock }: World): Disk {
  return withCalls(disk, 'sync', (sync) => clock.sleep(50).then(sync));
}

/** A disk with something around one kind of calls to its files. */
function withCalls(
  disk: Disk,
  wrapped: 'sync' | 'read',
  around: (call: () => Promise<unknown>) => Promise<unknown>,
): Disk {
  const wrap = (file: DiskFile) =>
    new Proxy(file, {
      get: (target, name: keyof DiskFile) => {
        const value = target[name];
        if (typeof value !== 'function') return value;
        if (name !== wrapped) return value.bind(target);
        return (...options: unknown[]) =>
          around(() => Reflect.apply(value, target, options) as Promise<unknown>);
      },
    });
  return new Proxy(disk, {
    get: (target, name: keyof Disk) => {
      if (name === 'open')
        return (...options: Parameters<Disk['open']>) => target.open(...options).then(wrap);
      return target[name].bind(target);
    },
  });
}

type Hooks = {
  readonly disk?: Disk;
  /** The index has other places for blobs that were moved. */
  readonly afterSwitch?: () => void;
};

type Simulated = {
  readonly machine: SimulatedMachine;
  open(settings: Partial<DataStoreSettings>, hooks?: Hooks): Promise<ObjectStorage>;
  sleep(ms: number): Promise<void>;
  nowMs(): number;
};

async function simulated(run: (parts: Simulated) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1, eventsMax: 10_000_000 });
  const machine = simulation.machine('storage');
  const open = async (settings: Partial<DataStoreSettings>, hooks: Hooks = {}) => {
    const index = await openSimulatedSql(machine, indexStore);
    const write: typeof index.write = async (name, input) => {
      const answer = await index.write(name, input);
      if (name === 'indexBlobs' && (input as IndexBatch).moved.length > 0) hooks.afterSwitch?.();
      return answer;
    };
    const { world } = machine;
    const storage = await assembleObjectStorage({
      metadata: await openSimulatedSql(machine, metadataStore),
      index: replacing(index, { write }),
      ...{
        world: { ...world, disk: hooks.disk ?? world.disk },
        directory: 'segments',
        writers: 1,
        segmentBytesMax: 1_000_000,
      },
      settings,
      telemetry: { ...silentTelemetry(), metrics: createMetrics() },
    });
    await storage.createBucket({ bucket, owner: 'me' }).catch(() => {});
    return storage;
  };
  await simulation.run(() =>
    run({
      machine,
      open,
      sleep: (ms) => simulation.clock.sleep(ms),
      nowMs: () => simulation.clock.nowMs(),
    }),
  );
}

async function put(storage: ObjectStorage, key: string, sizeBytes: number): Promise<void> {
  const body = objectBody(Buffer.alloc(sizeBytes, `${key} `));
  await storage.putObject({ bucket, key, attributes, body });
}

async function readThrough(storage: ObjectStorage, key: string): Promise<void> {
  const { content } = await storage.getObject({ bucket, key });
  for await (const chunk of content.chunks()) assert(chunk.byteLength > 0);
}

await run();
