// The blobs port's engine `local:`: the whole conformance suite on a real disk, with parts that are cut small, and on a
// simulated machine; and what is its own: places, buckets, what a dead writer leaves, damage.

import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import {
  type Blobs,
  type BlobsOpener,
  blobsConformance,
  openBlobs,
  openSimulatedSql,
  registerBlobs,
} from '@cairn/engines';
import {
  localBlobsOpener,
  type ObjectStorage,
  ObjectStorageError,
  objectBody,
  openObjectStorage,
} from '@cairn/object-storage';
import { createMetrics, silentTelemetry } from '@cairn/telemetry';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { uploadOwner } from '../src/blobs/local-writer.ts';
import { assembleObjectStorage } from '../src/core/assemble.ts';
import indexStore from '../src/data/index-store.ts';
import metadataStore from '../src/metadata/store.ts';

const world = realWorld();
const MiB = 1024 * 1024;
const owner = '000000000000';
const attributes = { headers: {}, userMetadata: {} };

/** What `local:` leads to at the moment. */
let opener: BlobsOpener;
registerBlobs('local', (options) => opener(options));

function openLocal(
  storage: ObjectStorage,
  url: string,
  options: { partBytes?: number } = {},
): Promise<Blobs> {
  opener = localBlobsOpener({ storage, owner, ...options });
  return openBlobs({ url, world });
}

for (const { name, options } of [
  { name: 'local', options: {} },
  { name: 'local in small parts', options: { partBytes: 5 * MiB } },
]) {
  const storage = await openObjectStorage({ directory: await temporaryDirectory({ after }), world });
  after(() => storage.close());
  let places = 0;
  await blobsConformance({
    name,
    open: () => openLocal(storage, `local:conformance/place-${places++}`, options),
  });
}

let machine: SimulatedMachine;
await blobsConformance({
  name: 'local on a simulated machine',
  open: async () => openLocal(await openOn(machine), 'local:conformance'),
  within: async (work) => {
    const simulation = new Simulation({ seed: 1 });
    machine = simulation.machine('storage');
    machine.clockJump(Date.now() - machine.world.clock.nowMs());
    await simulation.run(work);
  },
});

async function openOn({ world }: SimulatedMachine): Promise<ObjectStorage> {
  return assembleObjectStorage({
    world,
    directory: 'segments',
    metadata: await openSimulatedSql(machine, metadataStore),
    index: await openSimulatedSql(machine, indexStore),
    writers: 2,
    segmentBytesMax: 8 * MiB,
    telemetry: { ...silentTelemetry(), metrics: createMetrics() },
  });
}

async function openStorage(t: TestContext): Promise<ObjectStorage> {
  const storage = await openObjectStorage({ directory: await temporaryDirectory(t), world });
  t.after(() => storage.close());
  return storage;
}

test('a bucket is made when it is missing, and owned as the opener says', async (t) => {
  const storage = await openStorage(t);
  await Promise.all([1, 2, 3].map(() => openLocal(storage, 'local:made')));
  assert.equal((await storage.headBucket({ bucket: 'made' })).owner, owner);
});

test('a bucket that is there is taken, with what is in it, whoever owns it', async (t) => {
  const storage = await openStorage(t);
  await storage.createBucket({ bucket: 'found', owner: 'somebody' });
  await storage.putObject({
    bucket: 'found',
    key: 'p/a',
    attributes,
    body: objectBody(Buffer.from('hello')),
  });
  const blobs = await openLocal(storage, 'local:found/p/');
  assert.deepEqual(await bytesOf(blobs, 'a'), Buffer.from('hello'));
  assert.equal((await storage.headBucket({ bucket: 'found' })).owner, 'somebody');
});

test('a prefix keeps places of one bucket apart, and may be escaped', async (t) => {
  const storage = await openStorage(t);
  const inner = await openLocal(storage, 'local:places/p%20%25/inner');
  await inner.put('name', Buffer.from('x'));
  const outer = await openLocal(storage, 'local:places');
  assert.deepEqual(await namesOf(outer), ['p %/inner/name']);
  await outer.put('p %/innermost', Buffer.from('x'));
  assert.deepEqual(await namesOf(inner), ['name']);
});

test('what names no place is refused', async (t) => {
  const storage = await openStorage(t);
  for (const url of [
    'local:',
    'local:A',
    'local://bucket/p',
    'local:bucket?x',
    'local:b%/p',
    'local:ok-1/%zz',
  ])
    await assert.rejects(openLocal(storage, url), { name: 'BlobsError', code: 'invalid-url' }, url);
  await assert.rejects(openLocal(storage, `local:bucket/${'p'.repeat(124)}`), /prefix is over 124 bytes/);
  await assert.rejects(openLocal(storage, 'local:bucket/%00'), { code: 'invalid-url' });
  assert.deepEqual(await storage.listBuckets(), [], 'nothing was made');
});

test('a bucket that is deleted under an open place is reported, not made again', async (t) => {
  const storage = await openStorage(t);
  const blobs = await openLocal(storage, 'local:gone');
  await storage.deleteBucket({ bucket: 'gone' });
  for (const call of [
    () => blobs.put('name', Buffer.from('x')),
    () => blobs.put('name', pieces(3 * MiB)),
    () => blobs.put('name', Buffer.from('x'), { ifAbsent: true }),
    () => blobs.get('name'),
    () => blobs.head('name'),
    () => blobs.delete(['name']),
    () => blobs.list({ prefix: '' }),
  ])
    await assert.rejects(call, { name: 'BlobsError', code: 'no-bucket' });
});

test('a stream of several parts is one object, and no upload is left', async (t) => {
  const storage = await openStorage(t);
  const blobs = await openLocal(storage, 'local:parts', { partBytes: 5 * MiB });
  await blobs.put('name', pieces(12 * MiB));
  assert.equal((await storage.headObject({ bucket: 'parts', key: 'name' })).partCount, 3);
  assert.deepEqual(await bytesOf(blobs, 'name'), Buffer.concat(await Array.fromAsync(pieces(12 * MiB))));
  await assert.rejects(blobs.put('other', broken(12 * MiB)), /the source broke/);
  assert.equal((await storage.stats()).uploads, 0);
});

test('uploads that a killed process left are aborted at the next opening, others are not', async (t) => {
  const directory = await temporaryDirectory(t);
  const before = await openObjectStorage({ directory, world });
  await openLocal(before, 'local:killed');
  const upload = { bucket: 'killed', attributes };
  await before.createUpload({ ...upload, key: 'left', owner: uploadOwner });
  await before.createUpload({ ...upload, key: 'of-a-client', owner });
  await before.close();
  const storage = await openObjectStorage({ directory, world });
  t.after(() => storage.close());
  await openLocal(storage, 'local:killed');
  const all = { bucket: 'killed', prefix: '', delimiter: '', afterKey: '', afterUploadId: '', limit: 10 };
  assert.deepEqual(
    (await storage.listUploads(all)).uploads.map(({ key }) => key),
    ['of-a-client'],
  );
});

test('a second opening leaves the uploads of this process alone', async (t) => {
  const storage = await openStorage(t);
  const blobs = await openLocal(storage, 'local:busy');
  let resume = () => {};
  const paused = new Promise<void>((resolve) => {
    resume = resolve;
  });
  async function* slow() {
    yield* pieces(3 * MiB);
    await paused;
    yield Buffer.from('end');
  }
  const put = blobs.put('name', slow());
  while ((await storage.stats()).uploads === 0) await new Promise((resolve) => setImmediate(resolve));
  await openBlobs({ url: 'local:busy/elsewhere', world });
  resume();
  assert.equal(await put, 'stored');
});

test('damage and a full disk are errors of the port', async (t) => {
  const storage = await openStorage(t);
  const failing = (code: 'InternalError' | 'InsufficientStorage') => () =>
    Promise.reject(new ObjectStorageError(code));
  const broken = {
    ...storage,
    getObject: failing('InternalError'),
    putObject: failing('InsufficientStorage'),
  };
  const blobs = await openLocal(broken, 'local:failing');
  await assert.rejects(blobs.get('name'), { code: 'failed', retryable: false });
  await assert.rejects(blobs.put('name', Buffer.from('x')), { code: 'full', retryable: true });
});

async function* pieces(bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; at += 100_000) yield Buffer.alloc(Math.min(100_000, bytes - at), `${at}`);
}

async function* broken(bytes: number): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes);
  throw new Error('the source broke');
}

async function bytesOf(blobs: Blobs, name: string): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync((await blobs.get(name))!.body));
}

async function namesOf(blobs: Blobs): Promise<string[]> {
  return (await blobs.list({ prefix: '' })).blobs.map((info) => info.name);
}
