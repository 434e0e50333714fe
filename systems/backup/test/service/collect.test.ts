// `gc` through the service: what it deletes is known to nobody afterwards, and what is left stays known.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import {
  collectGarbage,
  createSnapshot,
  fingerprintServiceFor,
  forgetSnapshots,
  initRepository,
  openRepository,
  openStore,
  verifyRepository,
} from '../../src/index.ts';
import { root, startTestService } from './start-service.ts';

const world = realWorld();
const owner = { host: 'elm', user: 'ann' };
const password = 'of the tests';

test('what gc deleted is uploaded again, and what it kept is not', async (t) => {
  const service = await startTestService(t);
  const url = service.url('home');
  const blobs = await openStore({ url, world, credentials: root });
  const chunkBytes = { min: 4096, average: 16_384, max: 65_536 };
  await initRepository({ blobs, world, password, ...owner, parameters: { chunkBytes } });
  const repository = await openRepository({ blobs, world, password });
  t.after(() => repository.close());
  const openService = fingerprintServiceFor({ url, world, credentials: root, concurrency: 'optimistic' })!;
  const tree = await temporaryDirectory(t);
  const backUp = () => createSnapshot(repository, { paths: [tree], ...owner, openService });
  const known = async () => Number((await service.call('GET /repositories/home')).body.fingerprints);

  const gone = randomBytes(1_000_000);
  await writeFile(join(tree, 'gone'), gone);
  const first = await backUp();
  await rm(join(tree, 'gone'));
  await writeFile(join(tree, 'kept'), randomBytes(1_000_000));
  await backUp();
  await forgetSnapshots(repository, [first.snapshot!.id]);
  await collectGarbage(repository, owner);
  await collectGarbage(repository, owner); // in case the first one waited
  const { body } = await service.call('GET /repositories/home');
  assert((body.usedBytes as number) < 1_300_000, `${body.usedBytes} bytes are left`);

  const keptAgain = await backUp();
  assert(keptAgain.summary.bytesAdded < 50_000, `${keptAgain.summary.bytesAdded} bytes for what was kept`);
  await writeFile(join(tree, 'gone'), gone);
  const goneAgain = await backUp();
  assert(goneAgain.summary.bytesAdded > 1_000_000, 'what was deleted is not known');
  assert((await known()) > 0);
  const report = await verifyRepository(repository, { readData: { kind: 'all' } });
  assert.deepEqual(report.findings, []);
});
