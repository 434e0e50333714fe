// How an encrypted object is read: in as few calls as one that is not, though its last frame is a small block of its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ObjectStorage, objectBody } from '@cairn/object-storage';
import { type DiskFile, realWorld, type World } from '@cairn/world';
import { bucket, contentOf, MiB, openNew } from '../drives/several-drives.ts';

const attributes = { headers: {}, userMetadata: {} };

test('1 MiB is read in four calls, encrypted as not, and in none on another thread', async (t) => {
  const reads: string[] = [];
  const { storage } = await openNew(t, { drives: 1, redundancy: 'none', world: worldThatCounts(reads) });
  const content = contentOf('counted', MiB);
  for (const encryption of [undefined, 'AES256'] as const) {
    await storage.putObject({ bucket, key: 'key', attributes, body: objectBody(content), encryption });
    await pieces(storage);
    reads.length = 0;
    const given = await pieces(storage);
    assert(Buffer.concat(given).equals(content));
    assert.deepEqual(reads, Array(4).fill('cached'), String(encryption));
    assert.equal(given.length, 4);
  }
});

async function pieces(storage: ObjectStorage): Promise<readonly Buffer[]> {
  const { content } = await storage.getObject({ bucket, key: 'key' });
  const given: Buffer[] = [];
  for await (const chunk of content.chunks()) given.push(Buffer.from(chunk));
  return given;
}

/** Whose memory has all that was written, and gives no less than a page at a time. */
function worldThatCounts(reads: string[]): World {
  const { disk, ...real } = realWorld();
  return {
    ...real,
    disk: {
      ...disk,
      open: async (path, mode) => counting(await disk.open(path, mode), reads),
    },
  };
}

function counting(file: DiskFile, reads: string[]): DiskFile {
  const read: DiskFile['read'] = (into, position) => {
    reads.push('on another thread');
    return file.read(into, position);
  };
  const readCached: DiskFile['readCached'] = (into, position) => {
    if (into.byteLength < 4_096) return 0;
    reads.push('cached');
    return file.readNow(into, position);
  };
  return new Proxy(file, {
    get: (target, member) => {
      if (member === 'read') return read;
      if (member === 'readCached') return readCached;
      const value = Reflect.get(target, member) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
