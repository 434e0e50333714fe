// Reading chunks: in order, in few requests, with bounded memory, and around whatever happened to a pack.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { isBackupError } from '../../../test/backup-error.ts';
import { failing, type MemoryBlobs } from '../../../test/memory-blobs.ts';
import {
  memoryRepository,
  openTestRepository,
  sealTestPack,
  storeChunks,
} from '../../../test/memory-repository.ts';
import { objectName } from '../../format/object-names.ts';
import type { PackType } from '../../packing/sealed-pack.ts';
import type { Repository } from '../repository.ts';

const create = { purpose: 'create', host: 'h', user: 'u' } as const;

/** Bytes that do not compress, the same for the same name. */
function bytesOf(name: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(name).digest();
}

async function store(
  repository: Repository,
  packs: readonly (readonly Uint8Array[])[],
  type: PackType = 'data',
): Promise<Uint8Array[]> {
  const session = await repository.openSession(create);
  const stored: Uint8Array[] = [];
  for (const chunks of packs) stored.push(await storeChunks(repository, session, chunks, type));
  await session.flush();
  await session.abandon();
  return stored;
}

async function readAll(repository: Repository, fingerprints: Uint8Array): Promise<Buffer[]> {
  return Array.fromAsync(repository.readChunks(fingerprints), (bytes) => Buffer.from(bytes));
}

function getsOf(blobs: MemoryBlobs): number {
  return blobs.calls.filter(({ operation, name }) => operation === 'get' && name.startsWith('packs/')).length;
}

function pick(fingerprints: Uint8Array, ...numbers: readonly number[]): Buffer {
  return Buffer.concat(numbers.map((number) => fingerprints.subarray(number * 32, (number + 1) * 32)));
}

test('chunks come in the order in which they are asked for, also twice, neighbours in one request', async () => {
  const { repository, blobs } = await memoryRepository();
  const first = Array.from({ length: 10 }, (_, i) => bytesOf(`a${i}`, 10_000 + i));
  const second = Array.from({ length: 10 }, (_, i) => bytesOf(`b${i}`, 10_000 + i));
  const [a, b] = (await store(repository, [first, second])) as [Uint8Array, Uint8Array];
  blobs.calls.length = 0;
  const wanted = Buffer.concat([pick(a, 3, 2), pick(b, 9), pick(a, 9, 3), pick(b, 0)]);
  assert.deepEqual(await readAll(repository, wanted), [
    first[3],
    first[2],
    second[9],
    first[9],
    first[3],
    second[0],
  ]);
  assert.equal(getsOf(blobs), 3, 'of the second pack the first and the last lie too far apart');
  blobs.calls.length = 0;
  assert.deepEqual(await readAll(repository, Buffer.concat([b, a])), [...second, ...first]);
  assert.equal(getsOf(blobs), 2);
  assert.deepEqual(await readAll(repository, new Uint8Array(0)), []);
});

test('what is ahead of the reader is a few windows, and nothing more is read when he leaves', async () => {
  const { repository, blobs } = await memoryRepository({ parameters: { packBytes: 8 * 1024 * 1024 } });
  const packs = Array.from({ length: 12 }, (_, i) => [0, 1, 2].map((j) => bytesOf(`${i} ${j}`, 2_400_000)));
  const fingerprints = Buffer.concat(await store(repository, packs));
  blobs.calls.length = 0;
  let read = 0;
  let atMost = 0;
  for await (const bytes of repository.readChunks(fingerprints)) {
    read += bytes.length;
    const got = getsOf(blobs) * 7_200_000;
    atMost = Math.max(atMost, got - read);
  }
  assert.equal(read, 36 * 2_400_000);
  assert(atMost <= 5 * 8 * 1024 * 1024, `${atMost} bytes ahead`);
  blobs.calls.length = 0;
  for await (const _ of repository.readChunks(fingerprints)) break;
  assert(getsOf(blobs) <= 5, `${getsOf(blobs)} reads for one chunk`);
});

test('a pack that gc rewrote is found again in a fresh index', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const chunks = [bytesOf('a', 1_000), bytesOf('b', 1_000)];
  const [fingerprints] = (await store(repository, [chunks])) as [Uint8Array];
  const reader = await openTestRepository({ blobs, world });
  const old = (await reader.index()).packs[0]!.id;
  await store(repository, [chunks]);
  await blobs.delete([objectName('packs', old)]);
  assert.deepEqual(await readAll(reader, fingerprints), chunks);
});

test('a chunk that gc moves again and again while the reader sleeps is found', async () => {
  const { repository, blobs, world } = await memoryRepository();
  const chunks = [bytesOf('a', 1_000)];
  const [fingerprints] = (await store(repository, [chunks])) as [Uint8Array];
  const reader = await openTestRepository({ blobs, world });
  await reader.index();
  let moves = 3;
  blobs.disturb = async ({ operation, name }) => {
    if (operation !== 'get' || !name.startsWith('packs/') || moves === 0) return undefined;
    moves -= 1;
    await store(repository, [chunks]);
    await blobs.delete([name]);
    return undefined;
  };
  assert.deepEqual(await readAll(reader, fingerprints), chunks);
  assert.equal(moves, 0);
});

test('of a store that lists a pack that it does not give, the reader has enough after a few tries', async () => {
  const { repository, blobs } = await memoryRepository();
  const [fingerprints] = (await store(repository, [[bytesOf('a', 1_000)]])) as [Uint8Array];
  const get = blobs.get.bind(blobs);
  blobs.get = async (name, options) => (name.startsWith('packs/') ? undefined : get(name, options));
  await assert.rejects(readAll(repository, fingerprints), isBackupError('damaged', /it is gone/));
});

test('a chunk that is hurt in one pack is read from another', async () => {
  const { repository, blobs } = await memoryRepository();
  const chunks = [bytesOf('a', 1_000), bytesOf('b', 1_000)];
  const [fingerprints] = (await store(repository, [chunks, chunks])) as [Uint8Array];
  const { packId, offset } = (await repository.index({ refresh: true })).locate(
    fingerprints.subarray(0, 32),
  )!;
  blobs.alter(objectName('packs', packId), (bytes) => bytes.fill(bytes[offset]! ^ 1, offset, offset + 1));
  assert.deepEqual(await readAll(repository, fingerprints), chunks);
});

test('a chunk that is hurt in every pack is named, with its pack; those before it were given out', async () => {
  const { repository, blobs } = await memoryRepository({ parameters: { packBytes: 8 * 1024 * 1024 } });
  const chunks = Array.from({ length: 30 }, (_, i) => bytesOf(`${i}`, 1_000_000));
  const stored = await store(
    repository,
    chunks.map((chunk) => [chunk]),
  );
  const fingerprints = Buffer.concat(stored);
  const { packId, offset } = (await repository.index({ refresh: true })).locate(stored[29]!)!;
  const name = objectName('packs', packId);
  blobs.alter(name, (bytes) => bytes.fill(bytes[offset]! ^ 1, offset, offset + 1));
  const before = blobs.snapshot();
  let given = 0;
  const reading = async () => {
    for await (const _ of repository.readChunks(fingerprints)) given += 1;
  };
  const hex = Buffer.from(stored[29]!).toString('hex');
  await assert.rejects(reading(), isBackupError('damaged', new RegExp(`${hex}.*${name}`)));
  assert(given > 10, `${given} chunks`);
  blobs.alter(name, (bytes) => bytes.subarray(0, offset + 10));
  await assert.rejects(
    readAll(repository, stored[29]!),
    isBackupError('damaged', new RegExp(`${name}.*cut short`)),
  );
  await blobs.delete([name]);
  await assert.rejects(readAll(repository, stored[29]!), isBackupError('damaged', new RegExp(hex)));
  assert.equal(blobs.snapshot().size, before.size - 1, 'nothing is written');
});

test('a chunk that nobody stored is named', async () => {
  const { repository } = await memoryRepository();
  const unknown = new Uint8Array(32).fill(0xab);
  await assert.rejects(
    readAll(repository, unknown),
    isBackupError('damaged', /(ab){32}.*no pack that is there/),
  );
});

test('a store that stays away is an error of the store, not of the repository', async () => {
  const { repository, blobs } = await memoryRepository();
  const [fingerprints] = (await store(repository, [[bytesOf('a', 1_000)]])) as [Uint8Array];
  await repository.index();
  const { BlobsError } = await import('@cairn/engines');
  blobs.disturb = () => {
    throw new BlobsError('denied', { attempted: 'get' });
  };
  await assert.rejects(readAll(repository, fingerprints), isBackupError('denied'));
  blobs.disturb = failing(({ operation }) => operation === 'get', 'before', 1);
  assert.equal((await readAll(repository, fingerprints)).length, 1);
});

test('a reader that aborts ends with its reason', async () => {
  const { repository } = await memoryRepository();
  const [fingerprints] = (await store(repository, [[bytesOf('a', 1_000), bytesOf('b', 1_000)]])) as [
    Uint8Array,
  ];
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  const reading = async () => {
    for await (const _ of repository.readChunks(fingerprints, { signal: controller.signal })) {
      controller.abort(reason);
    }
  };
  await assert.rejects(reading(), (error) => error === reason);
});

test('manifest packs, index and snapshots are read once where there is a cache, and a rotten cache harms nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  const { repository, blobs, world } = await memoryRepository();
  const chunks = [bytesOf('a', 1_000), bytesOf('b', 1_000)];
  const [fingerprints] = (await store(repository, [chunks], 'manifest')) as [Uint8Array];
  const open = () => openTestRepository({ blobs, world, cache: { directory } });
  const reads = async () => {
    const reader = await open();
    blobs.calls.length = 0;
    assert.deepEqual(await readAll(reader, fingerprints.subarray(32)), chunks.slice(1));
    assert.deepEqual(await readAll(reader, fingerprints), chunks);
    assert.equal(reader.cache?.problem, undefined);
    return blobs.calls.filter(({ operation }) => operation === 'get').length;
  };
  assert.equal(await reads(), 2, 'an index object and a pack');
  assert.equal(await reads(), 0);
  const disk = realWorld().disk;
  for (const kind of ['index', 'manifest']) {
    const folder = `${directory}/${repository.id}/${kind}`;
    const path = `${folder}/${(await disk.list(folder))[0]}`;
    const file = await disk.open(path, 'write');
    await file.write([Buffer.alloc(400, 'rot')], 60);
    await file.close();
    assert((await reads()) > 0, kind);
    assert.equal(await reads(), 0, `${kind} is in the cache again`);
  }
});

test('what a session writes of the manifest is in the cache already', async (t) => {
  const directory = await temporaryDirectory(t);
  const { blobs, world } = await memoryRepository();
  const writer = await openTestRepository({ blobs, world, cache: { directory } });
  const chunks = [bytesOf('a', 1_000)];
  const [fingerprints] = (await store(writer, [chunks], 'manifest')) as [Uint8Array];
  const reader = await openTestRepository({ blobs, world, cache: { directory } });
  blobs.calls.length = 0;
  assert.deepEqual(await readAll(reader, fingerprints), chunks);
  assert.deepEqual(
    blobs.calls.filter(({ operation }) => operation === 'get'),
    [],
  );
});

test('packs sealed on shared memory are stored as they are', async () => {
  const { repository } = await memoryRepository();
  const { pack, fingerprints } = sealTestPack(repository, [bytesOf('a', 1_000)]);
  const shared = new Uint8Array(new SharedArrayBuffer(pack.bytes.length));
  shared.set(pack.bytes);
  const session = await repository.openSession(create);
  await session.addPack({ ...pack, bytes: shared });
  shared.fill(0);
  await session.flush();
  assert.deepEqual(await readAll(repository, fingerprints), [bytesOf('a', 1_000)]);
  await session.abandon();
});
