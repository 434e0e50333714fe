// What the running storage does about blobs that were found damaged: on virtual time.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody, type VersionName } from '@cairn/object-storage';
import { createMetrics, type Metrics, silentTelemetry } from '@cairn/telemetry';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { wholeContent } from '../../src/core/object-content.ts';
import '../../src/core/repair/blob-repairer.ts';
import { openOnMachine } from '../open-on-machine.ts';
import { replication } from '../replication/replicating.ts';
import { headerBytes, segmentFile } from '../replication/rot-object.ts';

const attributes = { headers: {}, userMetadata: {} };
const away = 'arn:cairn:replication:::away';
const minuteMs = 60_000;

type Opened = {
  readonly storage: ObjectStorage;
  readonly metrics: Metrics;
  readonly simulation: Simulation;
  /** When the other server was asked for bytes. */
  readonly askedMs: number[];
  /** `meanwhile` happens while it is asked. */
  readonly server: { answers: boolean; meanwhile: () => Promise<void> };
  put(key: string, bucket?: string): Promise<void>;
  rot(name: VersionName): Promise<void>;
};

const contentOf = (key: string) => Buffer.from(`the content of ${key}`);

async function running(run: (opened: Opened) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('storage');
  const server = { answers: true, meanwhile: async () => {} };
  const askedMs: number[] = [];
  const destination = {
    objection: async () => undefined,
    replicate: async () => ({ versionId: 'there' }),
    read: async ({ key }: { key: string }) => {
      askedMs.push(simulation.clock.monotonicMs());
      await server.meanwhile();
      if (!server.answers) throw new Error('away');
      return wholeContent(contentOf(key));
    },
    abandon: async () => {},
    close() {},
  };
  const metrics = createMetrics();
  await simulation.run(async () => {
    const storage = await openOnMachine(machine, {
      replication: { destinations: { [away]: destination } },
      telemetry: { ...silentTelemetry(), metrics },
    });
    for (const bucket of ['source', 'plain']) await storage.createBucket({ bucket, owner: 'me' });
    await storage.setBucketVersioning({ bucket: 'source', versioning: 'enabled' });
    const documents = replication([{ destination: away }]);
    await storage.configureBucket({ bucket: 'source', documents });
    await run({
      ...{ storage, metrics, simulation, askedMs, server },
      async put(key, bucket = 'source') {
        await storage.putObject({ bucket, key, attributes, body: objectBody(contentOf(key)) });
        await simulation.clock.sleep(minuteMs);
      },
      rot: (name) => rotAndRead(machine, storage, name),
    });
    await storage.close();
  });
}

async function rotAndRead(
  machine: SimulatedMachine,
  storage: ObjectStorage,
  name: VersionName,
): Promise<void> {
  const [{ log, runs } = { log: undefined, runs: [] }] = (await storage.inspect(name)).placements;
  const { segment, position } = runs[0]!;
  machine.disk.rot(`segments/log-${log}/${segmentFile(segment)}`, {
    position: position + headerBytes,
    bit: 0,
  });
  await assert.rejects(storage.getObject(name), { code: 'InternalError' });
}

test('what a read finds damaged is there again a little later, counted, and damaged no more', async () => {
  await running(async ({ storage, metrics, simulation, put, rot }) => {
    await put('a');
    await rot({ bucket: 'source', key: 'a' });
    assert.equal((await storage.stats()).damagedBlobs, 1);
    await simulation.clock.sleep(minuteMs);
    const { content } = await storage.getObject({ bucket: 'source', key: 'a' });
    assert(contentOf('a').equals(content.whole!));
    const { damagedBlobs, blobs, repairs } = await storage.stats();
    assert.deepEqual([damagedBlobs, blobs], [0, 1]);
    const repairedBytes = contentOf('a').byteLength;
    assert.deepEqual(repairs, { repairedBlobs: 1, repairedBytes, unrepairedBlobs: 0, unrepaired: [] });
    assert.match(metrics.expose(), /\ncairn_object_storage_repaired_blobs_total 1\n/);
    assert.match(
      metrics.expose(),
      new RegExp(`\ncairn_object_storage_repaired_bytes_total ${repairedBytes}\n`),
    );
    assert.match(metrics.expose(), /\ncairn_object_storage_unrepaired_blobs 0\n/);
  });
});

test('a server that is away is asked again, later and later, and told of; when it is back the object is', async () => {
  await running(async ({ storage, metrics, simulation, askedMs, server, put, rot }) => {
    await put('a');
    server.answers = false;
    await rot({ bucket: 'source', key: 'a' });
    await simulation.clock.sleep(60 * minuteMs);
    const rests = askedMs.slice(1).map((atMs, index) => Math.floor((atMs - askedMs[index]!) / minuteMs));
    assert.deepEqual(rests, [1, 2, 4, 8, 16]);
    const { unrepaired, unrepairedBlobs } = (await storage.stats()).repairs;
    assert.equal(unrepairedBlobs, 1);
    assert.deepEqual(unrepaired[0]!.objects, ['object source/a']);
    assert.equal(unrepaired[0]!.reason, `object source/a from ${away}: away`);
    assert.match(metrics.expose(), /\ncairn_object_storage_repair_failures_total 6\n/);
    assert.match(metrics.expose(), /\ncairn_object_storage_unrepaired_blobs 1\n/);
    server.answers = true;
    await simulation.clock.sleep(60 * minuteMs);
    assert.equal((await storage.stats()).damagedBlobs, 0);
    assert.deepEqual((await storage.stats()).repairs.unrepaired, []);
  });
});

test('what has no replica is told with the reason, and forgotten with its object', async () => {
  await running(async ({ storage, simulation, put, rot }) => {
    await put('a', 'plain');
    await rot({ bucket: 'plain', key: 'a' });
    await simulation.clock.sleep(minuteMs);
    const reasons = async () => (await storage.stats()).repairs.unrepaired.map(({ reason }) => reason);
    assert.deepEqual(await reasons(), ['object plain/a: no replica of it is known']);
    await storage.deleteObject({ bucket: 'plain', key: 'a' });
    await put('b', 'plain');
    await rot({ bucket: 'plain', key: 'b' });
    await simulation.clock.sleep(minuteMs);
    assert.deepEqual(await reasons(), ['object plain/b: no replica of it is known']);
  });
});

test('an object that is overwritten while its replica comes stays what it became, and nothing is left over', async () => {
  await running(async ({ storage, simulation, put, rot, server, askedMs }) => {
    await put('a');
    const { versionId } = await storage.headObject({ bucket: 'source', key: 'a' });
    await rot({ bucket: 'source', key: 'a' });
    server.meanwhile = async () => {
      await storage.deleteObject({ bucket: 'source', key: 'a', versionId });
      await storage.putObject({
        ...{ bucket: 'source', key: 'a', attributes, body: objectBody(Buffer.from('another')) },
      });
    };
    await simulation.clock.sleep(10 * minuteMs);
    assert.equal(askedMs.length, 1);
    const { content } = await storage.getObject({ bucket: 'source', key: 'a' });
    assert.equal(Buffer.from(content.whole!).toString(), 'another');
    await storage.gc();
    const { blobs, damagedBlobs } = await storage.stats();
    assert.deepEqual([blobs, damagedBlobs], [1, 0]);
  });
});
