// Copies that share the bytes of their source, as a library. For any engine of the metadata.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { ObjectStorageError } from '@cairn/object-storage';
import { realWorld } from '@cairn/world';
import { SeededRandom } from '@cairn/world/simulated';
import { CopyingRun } from './copying-run.ts';
import {
  append,
  assertSound,
  attributes,
  blobsOf,
  type CopyingSuiteOptions,
  type Name,
  opened,
  put,
  read,
  upload,
} from './copying-storage.ts';

const MiB = 1024 * 1024;
const steps = 250;

/** Registers the tests. */
export function copyingSuite(engine: string, { metadataUrl, skip }: CopyingSuiteOptions): void {
  const named = (name: string) => `${engine}: ${name}`;
  const a: Name = { bucket: 'plain', key: 'a' };
  const b: Name = { bucket: 'plain', key: 'b' };

  test(named('whatever is copied, appended to, renamed and deleted, every version reads as it was stored'), {
    skip,
  }, async (t) => {
    const seed = realWorld().random.integer(2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const { storage } = await opened(t, metadataUrl);
    const run = new CopyingRun(storage, new SeededRandom(seed));
    for (let step = 0; step < steps; step++) {
      await run.step();
      if (step % 10 === 0) await run.verify();
    }
    await run.verify();
    await assertSound(storage);
    await run.deleteAll();
    await storage.gc();
    const { blobs, sharedBlobs } = await storage.stats();
    assert.deepEqual({ blobs, sharedBlobs }, { blobs: 0, sharedBlobs: 0 });
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(named('a copy of 64 MiB takes no space, and next to no time'), { skip }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const content = randomBytes(64 * MiB);
    const putFrom = performance.now();
    const source = await put(storage, a, content);
    const putMs = performance.now() - putFrom;
    const before = await storage.stats();
    const copies: Awaited<ReturnType<typeof storage.copyObject>>[] = [];
    let copyMs = Number.POSITIVE_INFINITY;
    // The best of some: others use the disk too.
    for (let count = 0; count < 5; count++) {
      const copyFrom = performance.now();
      copies.push(await storage.copyObject({ bucket: 'enabled', key: `copy ${count}`, source: a }));
      copyMs = Math.min(copyMs, performance.now() - copyFrom);
    }
    t.diagnostic(`put ${putMs.toFixed(1)} ms, copy ${copyMs.toFixed(1)} ms`);
    assert(copyMs < putMs / 4, `the put took ${putMs} ms, the copy ${copyMs}`);
    const after = await storage.stats();
    assert.equal(after.objectBytes, (1 + copies.length) * content.byteLength);
    for (const what of ['blobs', 'liveBytes', 'deadBytes', 'segmentBytes'] as const)
      assert.equal(after[what], before[what], what);
    for (const copied of copies) {
      assert.deepEqual([copied.etag, copied.checksum], [source.etag, source.checksum]);
      assert.deepEqual(copied.userMetadata, attributes.userMetadata);
    }
    await storage.deleteObject(a);
    await storage.gc();
    const { content: left } = await storage.getObject({ bucket: 'enabled', key: 'copy 0' });
    assert(
      Buffer.concat(await Array.fromAsync(left.chunks(), (chunk) => Buffer.from(chunk))).equals(content),
    );
  });

  test(named('a copy of an object made from parts has the same parts, entity tag and checksum'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const contents = [Buffer.alloc(5 * MiB, 'one '), Buffer.from('two')];
    const source = await upload(storage, a, contents);
    const { source: _, ...copied } = await storage.copyObject({ ...b, source: a });
    assert.match(copied.etag, /-2$/);
    assert.deepEqual(
      { ...copied, key: a.key, modifiedMs: 0 },
      { ...source, modifiedMs: 0, versionId: undefined },
    );
    assert.deepEqual(await blobsOf(storage, b), await blobsOf(storage, a));
    await storage.deleteObject(a);
    await assertSound(storage);
    const { info, content } = await storage.getObject({ ...b, partNumber: 2 });
    assert.deepEqual(info.part?.range, { start: 5 * MiB, length: 3 });
    content.close();
    assert.equal(await read(storage, b), Buffer.concat(contents).toString());
    await storage.deleteObject(b);
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 0);
  });

  test(named('an append to a copy is none to its source, and the other way round'), { skip }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    await put(storage, a, 'one');
    await storage.copyObject({ ...b, source: a });
    await append(storage, a, { offset: 3, text: ' more' });
    await append(storage, b, { offset: 3, text: ' else' });
    assert.deepEqual([await read(storage, a), await read(storage, b)], ['one more', 'one else']);
    // Now they are made from parts, and their first is still shared.
    const c: Name = { bucket: 'plain', key: 'c' };
    await storage.copyObject({ ...c, source: a });
    await append(storage, c, { offset: 8, text: '!' });
    await append(storage, a, { offset: 8, text: '?' });
    assert.deepEqual([await read(storage, a), await read(storage, c)], ['one more?', 'one more!']);
    await storage.deleteObject(a);
    await assertSound(storage);
    assert.deepEqual([await read(storage, b), await read(storage, c)], ['one else', 'one more!']);
  });

  test(named('a copy onto itself changes what is kept beside the bytes, and keeps them'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const replaced = { headers: {}, userMetadata: { colour: 'red' } };
    for (const bucket of ['plain', 'enabled', 'suspended'] as const) {
      for (const write of [put, (...[s, n, c]: Parameters<typeof put>) => upload(s, n, [Buffer.from(c)])]) {
        const name = { bucket, key: 'k' };
        await write(storage, name, 'kept');
        const blobs = await blobsOf(storage, name);
        for (let again = 0; again < 3; again++)
          await storage.copyObject({ ...name, source: name, attributes: replaced });
        assert.deepEqual(await blobsOf(storage, name), blobs);
        assert.equal(await read(storage, name), 'kept');
        assert.deepEqual((await storage.headObject(name)).userMetadata, { colour: 'red' });
      }
    }
    await assertSound(storage);
  });

  test(named('a copy of what is deleted or replaced at the same time is whole, or there is none'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const failed: string[] = [];
    for (let round = 0; round < 40; round++) {
      const text = `round ${round}`;
      await put(storage, a, text);
      await storage.deleteObject(b);
      const copying = storage.copyObject({ ...b, source: a }).catch((error: unknown) => {
        assert(error instanceof ObjectStorageError, String(error));
        failed.push(error.code);
      });
      const changing = round % 2 === 0 ? storage.deleteObject(a) : put(storage, a, `${text} replaced`);
      await Promise.all([copying, changing, storage.gc()]);
      const { objects } = await storage.listObjects({
        ...{ bucket: 'plain', prefix: 'b', delimiter: '', after: '', limit: 1 },
      });
      if (objects.length === 1) assert((await read(storage, b)).startsWith(text));
    }
    for (const code of failed) assert.equal(code, 'NoSuchKey');
    await assertSound(storage);
  });

  test(named('of many copies of one object at the same time each is counted'), { skip }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    await put(storage, a, 'one');
    const copies = Array.from({ length: 20 }, (_, number): Name => ({ bucket: 'enabled', key: `${number}` }));
    await Promise.all(copies.map((name) => storage.copyObject({ ...name, source: a })));
    assert.equal((await storage.stats()).blobs, 1);
    await Promise.all(copies.slice(1).map((name) => storage.deleteObject({ ...name, versionId: undefined })));
    await storage.deleteObject(a);
    await assertSound(storage);
    for (const name of copies.slice(1)) {
      const { versions } = await storage.listVersions({
        ...{ bucket: 'enabled', prefix: name.key, delimiter: '', limit: 2 },
        ...{ afterKey: '', afterVersion: '' },
      });
      for (const { key, versionId } of versions.filter(({ key }) => key === name.key))
        await storage.deleteObject({ bucket: 'enabled', key, versionId });
    }
    await assertSound(storage);
    assert.equal(await read(storage, copies[0]!), 'one');
  });

  test(named('a download from a copy goes on when source and copy are deleted'), { skip }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const contents = [Buffer.alloc(5 * MiB, 'first '), Buffer.alloc(200_000, 'second ')];
    await upload(storage, a, contents);
    await storage.copyObject({ ...b, source: a });
    const { content } = await storage.getObject(b);
    const chunks = content.chunks()[Symbol.asyncIterator]();
    const first = Buffer.from((await chunks.next()).value!);
    await storage.deleteObject(b);
    await storage.deleteObject(a);
    await storage.gc();
    const rest: Buffer[] = [];
    for (let next = await chunks.next(); !next.done; next = await chunks.next())
      rest.push(Buffer.from(next.value));
    assert(Buffer.concat([first, ...rest]).equals(Buffer.concat(contents)));
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 0);
  });

  test(named('bytes are copied for another checksum than the source has'), { skip }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const source = await put(storage, a, 'one');
    const shared = await storage.copyObject({ ...b, source: a, checksum: 'crc32' });
    assert.deepEqual(await blobsOf(storage, b), await blobsOf(storage, a));
    assert.deepEqual(shared.checksum, source.checksum);
    const other = await storage.copyObject({ ...b, source: a, checksum: 'sha256' });
    assert.equal(other.checksum?.algorithm, 'sha256');
    assert.notDeepEqual(await blobsOf(storage, b), await blobsOf(storage, a));
    // Of an object made from parts the checksum is of its parts: who asks for one gets that of the object.
    await upload(storage, a, [Buffer.from('one')]);
    assert.equal((await storage.copyObject({ ...b, source: a })).checksum?.type, 'COMPOSITE');
    const whole = await storage.copyObject({ ...b, source: a, checksum: 'sha256' });
    assert.deepEqual([whole.checksum, whole.partCount], [other.checksum, undefined]);
    await assertSound(storage);
  });

  test(named('a part that is all of an object, or exactly one of its parts, shares the bytes'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    const contents = [Buffer.alloc(5 * MiB, 'one '), Buffer.from('two')];
    await put(storage, a, contents[0]!);
    await upload(storage, b, contents);
    const c: Name = { bucket: 'enabled', key: 'c' };
    const begun = async (checksum?: { algorithm: 'crc32' | 'sha256' }) => {
      const asked = checksum && { checksum: { ...checksum, type: 'COMPOSITE' as const } };
      return { ...c, ...(await storage.createUpload({ ...c, attributes, owner: 'me', ...asked })) };
    };
    const before = (await storage.stats()).blobs;
    const name = await begun();
    const last = () => ({ start: 5 * MiB, length: 3 });
    const first = await storage.uploadPartCopy({ ...name, partNumber: 1, source: a });
    const second = await storage.uploadPartCopy({ ...name, partNumber: 2, source: b, select: last });
    assert.deepEqual([first.sizeBytes, second.sizeBytes], [5 * MiB, 3]);
    const parts = [first, second].map(({ partNumber, etag }) => ({ partNumber, etag }));
    await storage.completeUpload({ ...name, parts });
    assert.equal((await storage.stats()).blobs, before);
    await storage.deleteObject(a);
    await storage.deleteObject(b);
    await assertSound(storage);
    assert.equal(await read(storage, c), Buffer.concat(contents).toString());

    // The checksum that the upload wants has to be there, and the range to be that of a part.
    await put(storage, a, 'three');
    const copied = async (how: { checksum?: 'crc32' | 'sha256'; length?: number }) => {
      const { blobs } = await storage.stats();
      const target = await begun(how.checksum && { algorithm: how.checksum });
      const range = how.length === undefined ? undefined : { start: 0, length: how.length };
      const part = await storage.uploadPartCopy({ ...target, partNumber: 1, source: a, select: () => range });
      assert.equal(part.checksum?.algorithm, how.checksum);
      assert.equal(part.sizeBytes, how.length ?? 5);
      const shared = (await storage.stats()).blobs === blobs;
      await storage.abortUpload(target);
      await storage.gc();
      return shared;
    };
    assert.equal(await copied({}), true);
    assert.equal(await copied({ length: 5 }), true);
    assert.equal(await copied({ length: 4 }), false);
    assert.equal(await copied({ checksum: 'crc32' }), true);
    assert.equal(await copied({ checksum: 'sha256' }), false);
    assert.equal(await read(storage, a), 'three');
    await assertSound(storage);
  });

  test(named('conditions, buckets and keys that a copy is refused for leave nothing counted'), {
    skip,
  }, async (t) => {
    const { storage } = await opened(t, metadataUrl);
    await put(storage, a, 'one');
    await put(storage, b, 'two');
    const refused = async (code: string, request: object) => {
      const copy = { ...b, source: a, ...request };
      await assert.rejects(storage.copyObject(copy), { code });
    };
    await refused('PreconditionFailed', { condition: { ifNoneMatch: '*' } });
    await refused('NoSuchKey', { key: 'none', condition: { ifMatch: '*' } });
    await refused('NoSuchBucket', { bucket: 'absent' });
    await refused('KeyTooLongError', { key: 'k'.repeat(1_025) });
    await refused('NoSuchKey', { source: { bucket: 'plain', key: 'absent' } });
    await refused('InvalidRequest', { lock: { legalHold: true } });
    assert.equal((await storage.stats()).sharedBlobs, 0);
    assert.equal(await read(storage, b), 'two');
    await assertSound(storage);
  });
}
