// Quotas: what does not fit is refused whole, whoever comes at once; what is deleted makes room; a restart counts the same.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  BackupError,
  collectGarbage,
  createSnapshot,
  forgetSnapshots,
  initRepository,
  openRepository,
  verifyRepository,
} from '../../src/index.ts';
import { Usage } from '../../src/service/repositories/usage.ts';
import { startTestService } from './start-service.ts';

test('what does not fit the quota is refused, and leaves nothing', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  await blobs.put('config', Buffer.alloc(1_000));
  await service.call('PUT /repositories/home/quota', { quotaBytes: 10_000 });
  await assert.rejects(blobs.put('a', Buffer.alloc(9_001)), isFull);
  await assert.rejects(blobs.put('a', pieces(9_001)), isFull);
  assert.equal(await blobs.head('a'), undefined);
  assert.equal(await used(service), 1_000);
  assert.equal(await blobs.put('a', pieces(9_000)), 'stored');
  await assert.rejects(blobs.put('b', Buffer.alloc(1)), isFull);
  assert.equal(await blobs.put('a', Buffer.alloc(0)), 'stored', 'what it replaces is given back');
  assert.equal(await used(service), 1_000);
});

test('puts at once stay within the quota together', async (t) => {
  const service = await startTestService(t);
  const blobs = await service.open('home');
  await blobs.put('config', Buffer.alloc(0));
  await service.call('PUT /repositories/home/quota', { quotaBytes: 1_000_000 });
  const puts = Array.from({ length: 20 }, (_, index) =>
    blobs.put(`${index}`, pieces(100_000), { ifAbsent: true }),
  );
  const outcomes = await Promise.allSettled(puts);
  const stored = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert(stored <= 10, `${stored} were stored`);
  assert.equal(await used(service), stored * 100_000);
});

test('deletions make room, what exists costs nothing, and a restart counts the same', async (t) => {
  const data = await temporaryDirectory(t);
  const service = await startTestService(t, { data });
  const blobs = await service.open('home');
  for (const name of ['a', 'b', 'c']) await blobs.put(name, Buffer.alloc(1_000));
  assert.equal(await blobs.put('a', Buffer.alloc(5_000), { ifAbsent: true }), 'exists');
  await blobs.delete(['b', 'missing']);
  assert.equal(await used(service), 2_000);
  await service.call('PUT /repositories/home/quota', { quotaBytes: 2_500 });
  await service.service.stop();

  const again = await startTestService(t, { data });
  assert.equal(await used(again), 2_000);
  await assert.rejects((await again.open('home')).put('d', Buffer.alloc(501)), isFull);
  await again.call('PUT /repositories/home/quota', {});
  assert.equal(await (await again.open('home')).put('d', Buffer.alloc(501)), 'stored');
});

test('a backup that the quota ends says how much is used of how much, and what was there stays whole', async (t) => {
  const service = await startTestService(t);
  const options = { world: realWorld(), password: 'of the tests' };
  await initRepository({ ...options, blobs: await service.open('home'), host: 'h', user: 'u' });
  const repository = await openRepository({ ...options, blobs: await service.open('home') });
  t.after(() => repository.close());
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'noise'), randomBytes(2_000_000));
  const quotaBytes = ((await used(service)) as number) + 1_000_000;
  await service.call('PUT /repositories/home/quota', { quotaBytes });
  const began = performance.now();
  await assert.rejects(
    createSnapshot(repository, { paths: [tree], host: 'h', user: 'u' }),
    (error: Error) => {
      assert(error instanceof BackupError && error.code === 'quota-exceeded', String(error));
      assert.match(
        error.message,
        /could not put packs.*: the quota .* used up \(\d+ bytes of a quota of \d+ are used/,
      );
      assert.equal(error.message.split('could not').length, 2, error.message);
      return true;
    },
  );
  assert(performance.now() - began < 20_000, 'a quota is not asked again and again');
  assert(((await used(service)) as number) <= quotaBytes);
  assert.equal((await verifyRepository(repository, { readData: { kind: 'all' } })).damaged, false);
});

test('a quota that was lowered below what is stored is left by forget and gc', async (t) => {
  const service = await startTestService(t);
  const options = { world: realWorld(), password: 'of the tests' };
  await initRepository({ ...options, blobs: await service.open('home'), host: 'h', user: 'u' });
  const repository = await openRepository({ ...options, blobs: await service.open('home') });
  t.after(() => repository.close());
  const tree = await temporaryDirectory(t);
  const backUp = async () => {
    await writeFile(join(tree, 'noise'), randomBytes(2_000_000));
    return createSnapshot(repository, { paths: [tree], host: 'h', user: 'u' });
  };
  const first = await backUp();
  await backUp();
  await service.call('PUT /repositories/home/quota', { quotaBytes: 3_000_000 });
  await assert.rejects(
    backUp(),
    (error: Error) => error instanceof BackupError && error.code === 'quota-exceeded',
  );
  await forgetSnapshots(repository, [first.snapshot!.id]);
  const report = await collectGarbage(repository, { host: 'h', user: 'u' });
  assert(report.packsDeleted > 0, JSON.stringify(report));
  assert(((await used(service)) as number) < 3_000_000);
  await assert.rejects((await service.open('home')).put('anything', Buffer.alloc(1_000_000)), isFull);
});

test('what makes room goes beyond the quota by the reserve, and no further', () => {
  const usage = new Usage(100, 50);
  const reserve = 64 * 1024 * 1024;
  assert.throws(() => usage.take(1, 'put a pack'), isQuota);
  usage.take(reserve - 1, 'put a verdict', { makesRoom: true });
  assert.throws(() => usage.take(2, 'put a verdict', { makesRoom: true }), isQuota);
  usage.giveBack(10);
  usage.take(2, 'put a verdict', { makesRoom: true });
  assert.equal(usage.bytes, 100 + reserve - 1 - 10 + 2);
});

function isQuota(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'quota-exceeded';
}

async function used(service: Awaited<ReturnType<typeof startTestService>>): Promise<unknown> {
  return (await service.call('GET /repositories/home')).body.usedBytes;
}

async function* pieces(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= 1_000) yield Buffer.alloc(Math.min(1_000, left));
}

function isFull(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'full' && /quota/.test(error.message);
}
