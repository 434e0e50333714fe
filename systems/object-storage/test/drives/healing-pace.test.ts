// Healing of a replaced drive on the simulated clock: it keeps to `healBytesPerSecond`, and shows how far it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSimulatedSql } from '@cairn/engines';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { Simulation } from '@cairn/world/simulated';
import { assembleObjectStorage } from '../../src/core/assemble.ts';
import metadataStore from '../../src/metadata/store.ts';
import { SimulatedDrives } from '../simulation/simulated-drives.ts';

const KiB = 1024;
const objects = 60;
const objectBytes = 200 * KiB;
const bytesPerSecond = 100 * KiB;
const bucket = 'kept';

type Parts = {
  readonly storage: ObjectStorage;
  readonly drives: SimulatedDrives;
  readonly simulation: Simulation;
  readonly counted: (name: string) => number;
};

async function onDrives(run: (parts: Parts) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1, eventsMax: 10_000_000 });
  await simulation.run(async () => {
    const machine = simulation.machine('storage');
    const drives = new SimulatedDrives(machine, { drives: 3 });
    const metrics = createMetrics();
    await machine.world.disk.makeDirectory('data');
    const storage = await assembleObjectStorage({
      metadata: await openSimulatedSql(machine, metadataStore),
      ...{ world: drives.world(machine.world), directory: 'segments', index: undefined },
      drives: {
        ...{ directory: 'data', folders: drives.folders, redundancy: 'mirror:3' },
        healBytesPerSecond: bytesPerSecond,
        openIndex: (path) => drives.openIndex(path),
      },
      ...{ writers: 1, segmentBytesMax: 4_000_000 },
      settings: { reserveBytes: 0 },
      telemetry: { ...silentTelemetry(), metrics },
    });
    const counted = (name: string) =>
      Number(new RegExp(`^cairn_object_storage_${name} (.*)$`, 'm').exec(metrics.expose())?.[1]);
    await run({ storage, drives, simulation, counted });
    await storage.close();
  });
}

async function fill(storage: ObjectStorage): Promise<void> {
  await storage.createBucket({ bucket, owner: 'me' });
  for (let index = 0; index < objects; index++) {
    const body = objectBody(Buffer.alloc(objectBytes, `${index} `));
    const attributes = { headers: {}, userMetadata: {} };
    await storage.putObject({ bucket, key: String(index), attributes, body });
  }
}

const healingOf = async (storage: ObjectStorage) => (await storage.stats()).drives!.healing;

test('a replaced drive is filled at the pace that is set, and how far it is is shown all the while', () =>
  onDrives(async ({ storage, drives, simulation, counted }) => {
    const { clock } = simulation;
    await fill(storage);
    await clock.sleep(60_000);
    const [folder] = drives.folders;
    drives.pull(0);
    for (;;) {
      const { drives: found } = (await storage.stats()).drives!;
      if (found[0]!.state === 'missing') break;
      await clock.sleep(1_000);
    }
    assert.equal(counted('missing_drives'), 1);
    drives.exchange(0);
    await storage.replaceDrive({ folder: folder! });
    const startedMs = clock.nowMs();
    let seen = await healingOf(storage);
    assert.deepEqual([seen.running, seen.healedBlobs], [true, 0]);
    let steps = 0;
    while (seen.running) {
      await clock.sleep(1_000);
      const now = await healingOf(storage);
      const paced = Math.min(((clock.nowMs() - startedMs) / 1_000) * bytesPerSecond, objects * objectBytes);
      // A blob is counted when it is whole, and the clock rests behind the bytes that it rests for.
      assert(Math.abs(now.healedBytes - paced) <= 2 * objectBytes, `${now.healedBytes} in place of ${paced}`);
      assert(now.healedBytes >= seen.healedBytes && now.scannedBlobs >= seen.scannedBlobs);
      if (now.healedBlobs > seen.healedBlobs) steps++;
      seen = now;
    }
    const seconds = (clock.nowMs() - startedMs) / 1_000;
    const wantedSeconds = (objects * objectBytes) / bytesPerSecond;
    assert(seconds >= wantedSeconds * 0.99 && seconds <= wantedSeconds * 1.05, `${seconds} s`);
    assert.equal(steps, objects, 'each is shown as soon as it is done');
    assert.deepEqual([seen.healedBlobs, seen.scannedBlobs, seen.degradedBlobs], [objects, objects, 0]);
    assert.equal(counted('healing_blobs_total'), objects);
    assert.equal(counted('healing_bytes_total'), seen.healedBytes);
    assert.equal(counted('missing_drives'), 0);
  }));
