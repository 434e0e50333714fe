import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { memoryRepository, storeChunks } from '../../test/memory-repository.ts';
import { changed, contentOf } from '../../test/simulation/changed-blobs.ts';
import type { Repository } from '../core/repository.ts';
import { packObjectBytesHighest } from '../limits.ts';
import { FooterReader } from './footer-reader.ts';

const GiB = 1024 ** 3;

test('a store that makes a pack larger, and its footer as large as it likes, is given no memory for that', async () => {
  const { repository } = await memoryRepository();
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  await storeChunks(repository, session, [Buffer.from('content')]);
  const [pack] = (await repository.blobs.list({ prefix: 'packs/' })).blobs;
  const asked: number[] = [];
  const blobs = changed(repository.blobs, {
    get: async (_name, options) => {
      const { length } = options!.range!;
      asked.push(length);
      const bytes = Buffer.alloc(Math.min(length, packObjectBytesHighest));
      if (length > 16) bytes.writeUInt32LE(3 * GiB, bytes.length - 16); // of the footer, in the trailer
      return contentOf({ info: { ...pack!, sizeBytes: 8 * GiB }, bytes });
    },
  });
  const watched: Repository = Object.create(repository, { blobs: { value: blobs } });
  const id = pack!.name.split('/').at(-1)!;
  const footer = await new FooterReader(watched).read(id, 8 * GiB);
  assert.match(`${footer}`, /longer than a pack/);
  assert(Math.max(...asked) < packObjectBytesHighest, `${asked}`);
  await session.abandon();
  await repository.close();
});

test('a body that breaks off once is no damage of the pack', async () => {
  const { repository } = await memoryRepository();
  const session = await repository.openSession({ purpose: 'create', host: 'host', user: 'user' });
  await storeChunks(repository, session, [Buffer.from('content')]);
  const [pack] = (await repository.blobs.list({ prefix: 'packs/' })).blobs;
  let breaks = 0;
  const blobs = changed(repository.blobs, {
    get: async (name, options) => {
      const content = await repository.blobs.get(name, options);
      if (content === undefined || breaks > 0) return content;
      breaks += 1;
      return { ...content, body: breakingBody(name) };
    },
  });
  const cut: Repository = Object.create(repository, { blobs: { value: blobs } });
  const id = pack!.name.split('/').at(-1)!;
  const footer = await new FooterReader(cut).read(id, pack!.sizeBytes);
  assert(typeof footer === 'object', `${footer}`);
  assert.deepEqual([footer.id, breaks], [id, 1]);
  await session.abandon();
  await repository.close();
});

async function* breakingBody(name: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from('c');
  throw new BlobsError('unavailable', { attempted: `get ${name}` });
}
