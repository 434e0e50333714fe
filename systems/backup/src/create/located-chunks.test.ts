// Chunks found by what a service says of them, while gc moves and deletes packs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlobCall } from '../../test/memory-blobs.ts';
import { memoryRepository, storeChunks } from '../../test/memory-repository.ts';
import { fingerprintOf } from '../../test/stored-trees.ts';
import { objectName } from '../format/object-names.ts';
import { LocatedChunks } from './located-chunks.ts';

const chunk = Buffer.from('content');

/** The same chunk in two packs, of which a service names one. */
async function twoCopies() {
  const { repository, blobs } = await memoryRepository();
  const session = await repository.openSession({ purpose: 'create', host: 'h', user: 'u' });
  for (let copy = 0; copy < 2; copy += 1) await storeChunks(repository, session, [chunk]);
  await session.flush();
  const packs = blobs.names('packs/').map((name) => name.split('/').at(-1)!);
  const named = { id: packs[0] };
  const locate = async () => [named.id];
  const chunks = new LocatedChunks(repository, { locate });
  const read = () => Array.fromAsync(chunks.readChunks(fingerprintOf(repository, chunk)));
  const remove = (id: string | undefined) => blobs.delete([objectName('packs', id!)]);
  const isRead = ({ operation, name }: BlobCall) => operation === 'get' && name.startsWith('packs/');
  const gets = () => blobs.calls.filter(isRead).length;
  return { packs, named, read, remove, gets };
}

test('a chunk that gc moved since its pack was looked at is read where it is now', async () => {
  const { packs, named, read, remove } = await twoCopies();
  assert.equal(Buffer.concat(await read()).toString(), 'content');
  const locating = read();
  named.id = packs[1];
  await remove(packs[0]);
  assert.equal(Buffer.concat(await locating).toString(), 'content');
});

test('one whose pack is gone is damaged as soon as the service was asked again, and the pack looked for once', async () => {
  const { packs, read, remove, gets } = await twoCopies();
  await read();
  await remove(packs[0]);
  const before = gets();
  await assert.rejects(read(), { code: 'damaged' });
  assert.equal(gets() - before, 1);
});
