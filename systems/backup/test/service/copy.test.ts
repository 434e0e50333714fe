// Copies into a repository at the service: it is asked what it knows, and its index is not read.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { BackupError } from '../../src/errors.ts';
import {
  copySnapshots,
  createSnapshot,
  fingerprintServiceFor,
  initRepository,
  openRepository,
  openStore,
  type Repository,
  verifyRepository,
} from '../../src/index.ts';
import type { FingerprintService, ServiceSession } from '../../src/service/fingerprint-service.ts';
import { memoryRepository } from '../memory-repository.ts';
import { root, startTestService } from './start-service.ts';

const world = realWorld();
const owner = { host: 'elm', user: 'ann' };
const password = 'of the tests';

for (const secrets of ['its own', 'the same'] as const) {
  for (const concurrency of ['optimistic', 'pessimistic'] as const) {
    test(`copies to a ${concurrency} repository with ${secrets} secrets upload what it lacks, and read no index of it`, async (t) => {
      const tree = await temporaryDirectory(t);
      await mkdir(join(tree, 'folder'));
      for (let file = 0; file < 20; file++)
        await writeFile(join(tree, 'folder', `${file}`), randomBytes(50_000));
      const { repository: source } = await memoryRepository();
      t.after(() => source.close());
      const backUp = () => createSnapshot(source, { paths: [tree], ...owner, archivers: 1 });
      await backUp();
      await writeFile(join(tree, 'large'), randomBytes(3_000_000));
      await backUp();
      const { snapshots } = await source.snapshots();

      const service = await startTestService(t);
      const url = service.url('home');
      const blobs = await openStore({ url, world, credentials: root });
      await initRepository({
        ...{ blobs, world, password, ...owner },
        parameters: { concurrency },
        ...(secrets === 'the same' && { secrets: source.keyring }),
      });
      await blobs.close();
      const openService = fingerprintServiceFor({ url, world, credentials: root, concurrency })!;
      const copy = async (which: Repository, ids: readonly string[]) => {
        const chosen = snapshots.filter(({ id }) => ids.includes(id));
        return copySnapshots(source, which, chosen, { ...owner, openService });
      };
      const [older, newer] = snapshots.map(({ id }) => id);
      const first = await target(url);
      t.after(() => first.repository.close());
      await copy(first.repository, [older!]);
      const used = async () => Number((await service.call('GET /repositories/home')).body.usedBytes);
      const before = await used();
      const second = await target(url);
      t.after(() => second.repository.close());
      await copy(second.repository, [older!, newer!]);
      const added = (await used()) - before;
      assert(added > 3_000_000 && added < 3_200_000, `${added} bytes were added for 3,000,000`);
      for (const { reads } of [first, second])
        assert.deepEqual(
          reads.filter((name) => /^(index\/|list (packs|index))/.test(name)),
          [],
        );
      const { findings, snapshots: verified } = await verifyRepository(first.repository, {
        readData: { kind: 'all' },
        workers: 1,
      });
      assert.deepEqual([findings, verified], [[], 2]);
      assert.equal((await service.call('GET /repositories/home')).body.leases, 0);
    });
  }
}

test('of snapshots that are copied in one run, each content is read once', async (t) => {
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'both'), randomBytes(3_000_000));
  const { repository: source } = await memoryRepository();
  t.after(() => source.close());
  for (const name of ['first', 'second']) {
    await writeFile(join(tree, name), name);
    await createSnapshot(source, { paths: [tree], ...owner, archivers: 1 });
  }
  let bytesRead = 0;
  const readChunks = source.readChunks.bind(source);
  source.readChunks = async function* (...parameters) {
    for await (const raw of readChunks(...parameters)) {
      bytesRead += raw.length;
      yield raw;
    }
  };
  const service = await startTestService(t);
  const url = service.url('home');
  const blobs = await openStore({ url, world, credentials: root });
  await initRepository({ blobs, world, password, ...owner });
  const repository = await openRepository({ blobs, world, password });
  t.after(() => repository.close());
  const openService = fingerprintServiceFor({ url, world, credentials: root, concurrency: 'optimistic' })!;
  await copySnapshots(source, repository, (await source.snapshots()).snapshots, { ...owner, openService });
  assert(bytesRead > 3_000_000 && bytesRead < 3_100_000, `${bytesRead} bytes were read for 3,000,000`);
});

test('a copy whose session the service calls fenced starts again', async (t) => {
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'file'), 'contents');
  const [{ repository: source }, { repository }] = [await memoryRepository(), await memoryRepository()];
  t.after(() => Promise.all([source.close(), repository.close()]));
  await createSnapshot(source, { paths: [tree], ...owner, archivers: 1 });
  const sessions: string[] = [];
  const openService = async ({ id }: ServiceSession): Promise<FingerprintService> => {
    const isFirst = sessions.push(id) === 1;
    return {
      lookup: async (fingerprints) => new Uint8Array(fingerprints.length / 32),
      locate: async () => [],
      register: async () => {
        if (isFirst) throw new BackupError('fenced', { attempted: 'register a pack' });
      },
      settle: async () => 'settled',
      counts: () => ({ fingerprints: 0, saved: 0, asked: 0, known: 0, promised: 0, requests: 0 }),
      close: async () => {},
    };
  };
  const [copied] = await copySnapshots(source, repository, (await source.snapshots()).snapshots, {
    ...{ ...owner, openService },
  });
  assert.equal(sessions.length, 2);
  assert.equal(copied?.made, sessions[1]);
});

/** Names of what is read and listed of it. */
async function target(url: string) {
  const reads: string[] = [];
  const blobs = await openStore({ url, world, credentials: root });
  const get: typeof blobs.get = (name, options) => {
    reads.push(name);
    return blobs.get(name, options);
  };
  const list: typeof blobs.list = (options) => {
    reads.push(`list ${options.prefix}`);
    return blobs.list(options);
  };
  const noting = {
    ...{ get, list },
    put: blobs.put.bind(blobs),
    head: blobs.head.bind(blobs),
    delete: blobs.delete.bind(blobs),
    close: blobs.close.bind(blobs),
  };
  return { reads, repository: await openRepository({ blobs: noting, world, password }) };
}
