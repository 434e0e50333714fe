// Appending to objects as a library. For any engine of the metadata.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { crc32 } from 'node:zlib';
import { type ObjectStorage, objectBody, type WriteCondition } from '@cairn/object-storage';
import type { TestContext } from '@cairn/testing';
import { openedOn, outcome } from './locking-storage.ts';

const bucket = 'logs';
const key = 'log';

export type AppendingSuiteOptions = {
  /** The URL of an empty metadata store; a file in the data folder when absent. */
  readonly metadataUrl?: () => Promise<string>;
  readonly skip: string | false;
};

function append(storage: ObjectStorage, offset: number, text: string, condition?: WriteCondition) {
  const attributes = { headers: { 'content-type': `text/${offset}` }, userMetadata: {} };
  const body = objectBody(Buffer.from(text), { checksum: 'crc32' });
  return storage.appendObject({ bucket, key, offset, attributes, body, condition });
}

async function textOf(storage: ObjectStorage): Promise<string> {
  const { content } = await storage.getObject({ bucket, key });
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).toString();
}

const md5 = (...pieces: (string | Buffer)[]) => {
  const hash = createHash('md5');
  for (const piece of pieces) hash.update(piece);
  return hash.digest();
};

/** Registers the tests. */
export function appendingSuite(engine: string, { metadataUrl, skip }: AppendingSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const opened = async (t: TestContext) => {
    const found = await openedOn(t, metadataUrl);
    await found.storage.createBucket({ bucket, owner: 'me' });
    return found;
  };

  test(named('an object grows by what is appended, and its bytes stay where they are'), {
    skip,
  }, async (t) => {
    const { storage, clock } = await opened(t);
    const first = await append(storage, 0, 'one ');
    assert.equal(first.etag, md5('one ').toString('hex'));
    const before = (await storage.inspect({ bucket, key })).placements;
    clock.timeMs += 1_000;
    const second = await append(storage, 4, 'two ');
    assert.deepEqual([second.sizeBytes, second.modifiedMs], [8, clock.timeMs]);
    assert.equal(second.etag, `${md5(md5('one '), md5('two ')).toString('hex')}-2`);
    const third = await append(storage, 8, 'three');
    assert.match(third.etag, /^[0-9a-f]{32}-3$/);
    const text = 'one two three';
    assert.equal(await textOf(storage), text);
    const value = Buffer.alloc(4);
    value.writeUInt32BE(crc32(text));
    const checksum = { algorithm: 'crc32', type: 'FULL_OBJECT', value: value.toString('base64') };
    assert.deepEqual(third.checksum, checksum);
    assert.deepEqual(await storage.headObject({ bucket, key }), third);
    assert.equal(third.headers['content-type'], 'text/0', 'attributes are those of the first');
    const after = (await storage.inspect({ bucket, key })).placements;
    assert.deepEqual(after.slice(0, 1), before);
    assert.equal((await storage.stats()).blobs, 3);
    assert.deepEqual(await storage.check({ deep: true }), []);
    await storage.deleteObject({ bucket, key });
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 0);
  });

  test(named('of appends at the same place one succeeds, and nothing is lost of those that try again'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    const words = Array.from({ length: 12 }, (_, index) => `<${index}>`);
    const addUntilDone = async (word: string): Promise<void> => {
      for (;;) {
        const size = await storage.headObject({ bucket, key }).then(
          ({ sizeBytes }) => sizeBytes,
          () => 0,
        );
        const found = await outcome(append(storage, size, word));
        if (found === 'done') return;
        assert.equal(found, 'InvalidWriteOffset');
      }
    };
    await Promise.all(words.map(addUntilDone));
    const text = await textOf(storage);
    assert.deepEqual(text.match(/<\d+>/g)!.toSorted(), words.toSorted());
    assert.equal(text.length, words.join('').length);
    await storage.gc();
    const { blobs, referencedBlobs } = await storage.stats();
    assert.deepEqual([blobs, referencedBlobs], [12, 12]);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(named('a download under way ends where the object ended when it began'), { skip }, async (t) => {
    const { storage } = await opened(t);
    await append(storage, 0, 'one ');
    await append(storage, 4, 'two ');
    const { content } = await storage.getObject({ bucket, key });
    await append(storage, 8, 'three');
    const chunks = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
    assert.equal(Buffer.concat(chunks).toString(), 'one two ');
  });

  test(named('an append elsewhere than at the end, or under a condition that fails, is refused'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t);
    const refused = async (offset: number, condition?: WriteCondition) =>
      outcome(append(storage, offset, 'x', condition));
    assert.equal(await refused(1), 'InvalidWriteOffset');
    assert.equal(await refused(0, { ifMatch: '*' }), 'NoSuchKey');
    const { etag } = await append(storage, 0, 'one');
    assert.equal(await refused(0), 'InvalidWriteOffset');
    assert.equal(await refused(4), 'InvalidWriteOffset');
    assert.equal(await refused(3, { ifNoneMatch: '*' }), 'PreconditionFailed');
    assert.equal(await refused(3, { ifMatch: 'other' }), 'PreconditionFailed');
    assert.equal(await refused(3, { ifMatch: etag }), 'done');
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 2, 'what was refused is gone');
  });

  test(named('an encrypted object grows as others do, and its copy on its own'), { skip }, async (t) => {
    const { storage } = await opened(t);
    await storage.configureBucket({ bucket, documents: { encryption: '{"algorithm":"AES256"}' } });
    await append(storage, 0, 'one ');
    await storage.copyObject({ bucket, key: 'copy', source: { bucket, key } });
    await append(storage, 4, 'two ');
    await storage.rotateMasterKey();
    const { encryption, partCount } = await append(storage, 8, 'three');
    assert.deepEqual([encryption?.by, partCount], ['master', 3]);
    assert.equal(await textOf(storage), 'one two three');
    await storage.deleteObject({ bucket, key });
    await storage.renameObject({ bucket, key, source: 'copy' });
    await append(storage, 4, 'more');
    assert.equal(await textOf(storage), 'one more');
    assert.deepEqual(await storage.check({ deep: true }), []);
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 2);
  });

  test(named('an object of parts grows up to the last part number'), { skip }, async (t) => {
    const { storage } = await opened(t);
    const attributes = { headers: {}, userMetadata: {} };
    const { uploadId } = await storage.createUpload({ bucket, key, attributes, owner: 'me' });
    const upload = { bucket, key, uploadId };
    const part = { ...upload, partNumber: 9_999, body: objectBody(Buffer.from('part ')) };
    const { etag } = await storage.uploadPart(part);
    await storage.completeUpload({ ...upload, parts: [{ partNumber: 9_999, etag }] });
    const appended = await append(storage, 5, 'one');
    assert.deepEqual([appended.partCount, appended.checksum], [2, undefined], 'no checksum of a whole');
    assert.equal(await outcome(append(storage, 8, 'two')), 'TooManyParts');
    assert.equal(await textOf(storage), 'part one');
  });
}
