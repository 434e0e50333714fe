// Encrypted objects as a library's user has them: whatever is done with an object works on an encrypted one.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import test from 'node:test';
import { objectBody, repairObjectStorage } from '@cairn/object-storage';
import {
  attributes,
  bucket,
  get,
  leaks,
  MiB,
  opened,
  plaintext,
  put,
  putParts,
} from './encrypted-storage.ts';

const framePlainBytes = 65_520;
const sizes = [0, 1, 1_000, framePlainBytes - 1, framePlainBytes, framePlainBytes + 1, 65_536, 3 * MiB + 17];
const customerKey = { customerKey: randomBytes(32) };
const kinds = { 'the master key': 'AES256', "a customer's key": customerKey } as const;

for (const [name, encryption] of Object.entries(kinds)) {
  const reading = encryption === 'AES256' ? {} : { customerKey };

  test(`objects of every size read back, whole and in ranges, under ${name}`, async (t) => {
    const { storage, directory } = await opened(t);
    for (const size of sizes) {
      const key = `size-${size}`;
      const bytes = plaintext(size);
      await put(storage, key, { bytes, encryption });
      assert((await get(storage, key, reading)).equals(bytes));
      const info = await storage.headObject({ bucket, key });
      assert.equal(info.sizeBytes, size);
      assert.equal(info.etag, createHash('md5').update(bytes).digest('hex'));
      for (const start of [0, 1, framePlainBytes - 1, framePlainBytes, size - 1]) {
        const range = { start, length: Math.min(70_000, size - start) };
        if (start < 0 || range.length <= 0) continue;
        const wanted = bytes.subarray(start, start + range.length);
        assert((await get(storage, key, { ...reading, range })).equals(wanted), `${size} from ${start}`);
      }
    }
    assert.equal(await leaks(directory), false);
    assert.deepEqual(await storage.check({ deep: true }), []);
  });

  test(`parts, their ranges and copies of parts read back under ${name}`, async (t) => {
    const { storage, directory } = await opened(t);
    const parts = [plaintext(5 * MiB), randomBytes(5 * MiB + 1), plaintext(100)];
    const whole = Buffer.concat(parts);
    const keys = encryption === 'AES256' ? {} : { customerKey };
    await putParts(storage, 'parts', { parts, encryption, ...keys });
    assert((await get(storage, 'parts', reading)).equals(whole));
    for (const start of [0, 5 * MiB - 1, 5 * MiB, 10 * MiB, 10 * MiB + 1]) {
      const range = { start, length: Math.min(66_000, whole.byteLength - start) };
      const wanted = whole.subarray(start, start + range.length);
      assert((await get(storage, 'parts', { ...reading, range })).equals(wanted));
    }
    const second = await storage.getObject({ bucket, key: 'parts', partNumber: 2, ...reading });
    assert.equal(second.content.sizeBytes, 5 * MiB + 1);
    second.content.close();

    const upload = { bucket, key: 'copied', ...(await begun()) };
    const source = { bucket, key: 'parts', ...reading };
    const select = () => ({ start: 5 * MiB - 3, length: 70_000 });
    const part = await storage.uploadPartCopy({ ...upload, partNumber: 1, source, select, ...keys });
    await storage.completeUpload({ ...upload, parts: [{ partNumber: 1, etag: part.etag }] });
    assert((await get(storage, 'copied', reading)).equals(whole.subarray(5 * MiB - 3, 5 * MiB - 3 + 70_000)));
    assert.equal(await leaks(directory), false);
    assert.deepEqual(await storage.check({ deep: true }), []);

    async function begun() {
      const request = { bucket, key: 'copied', attributes, owner: 'me', encryption };
      const { uploadId } = await storage.createUpload(request);
      return { uploadId };
    }
  });

  test(`versions, compaction, a restart and repair keep what is under ${name}`, async (t) => {
    const first = await opened(t);
    const { directory } = first;
    await first.storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const old = plaintext(200_000);
    await put(first.storage, 'k', { bytes: old, encryption });
    const { versionId } = await first.storage.headObject({ bucket, key: 'k' });
    await put(first.storage, 'k', { bytes: plaintext(10), encryption });
    for (let each = 0; each < 20; each++) {
      await put(first.storage, `dead-${each}`, { bytes: randomBytes(300_000), encryption });
      const { versionId: dead } = await first.storage.headObject({ bucket, key: `dead-${each}` });
      await first.storage.deleteObject({ bucket, key: `dead-${each}`, versionId: dead! });
    }
    const { copiedBytes, freedBytes } = await first.storage.gc();
    assert(copiedBytes > 0 && freedBytes > 0, 'nothing was compacted');
    await first.storage.close();
    const { hurt, readBlobs } = await repairObjectStorage({ directory });
    assert.deepEqual([hurt, readBlobs], [[], 2]);
    const second = await opened(t, directory);
    assert((await get(second.storage, 'k', { ...reading, versionId: versionId! })).equals(old));
    assert((await get(second.storage, 'k', reading)).equals(plaintext(10)));
    assert.deepEqual(await second.storage.check({ deep: true }), []);
  });
}

test('a copy is encrypted as it asks, or as its bucket does, never as its source was', async (t) => {
  const { storage } = await opened(t);
  const bytes = plaintext(70_000);
  await put(storage, 'source', { bytes, encryption: customerKey });
  const source = { bucket, key: 'source', ...{ customerKey } };
  const other = { customerKey: randomBytes(32) };
  await storage.copyObject({ bucket, key: 'plain', source });
  await storage.copyObject({ bucket, key: 'master', source, encryption: 'AES256' });
  await storage.copyObject({ bucket, key: 'other', source, encryption: other });
  assert((await get(storage, 'plain')).equals(bytes));
  assert((await get(storage, 'master')).equals(bytes));
  assert((await get(storage, 'other', { customerKey: other })).equals(bytes));
  assert.equal((await storage.headObject({ bucket, key: 'plain' })).encryption, undefined);
  await storage.configureBucket({ bucket, documents: { encryption: '{"algorithm":"AES256"}' } });
  await storage.copyObject({ bucket, key: 'default', source });
  assert.equal((await storage.headObject({ bucket, key: 'default' })).encryption?.by, 'master');
  await storage.copyObject({ bucket, key: 'source', source, encryption: 'AES256' });
  assert((await get(storage, 'source')).equals(bytes));
});

test('no byte is given without the right key of the customer', async (t) => {
  const { storage } = await opened(t);
  await put(storage, 'single', { bytes: plaintext(70_000), encryption: customerKey });
  await putParts(storage, 'parts', { parts: [plaintext(10)], encryption: customerKey, customerKey });
  await put(storage, 'plain', { bytes: plaintext(10) });
  const wrong = { customerKey: randomBytes(32) };
  for (const key of ['single', 'parts']) {
    await assert.rejects(get(storage, key), { code: 'InvalidRequest' });
    await assert.rejects(get(storage, key, { customerKey: wrong }), { code: 'InvalidRequest' });
    await assert.rejects(storage.headObject({ bucket, key, customerKey: wrong }), { code: 'InvalidRequest' });
    const copy = { bucket, key: 'copy', source: { bucket, key, customerKey: wrong } };
    await assert.rejects(storage.copyObject(copy), { code: 'InvalidRequest' });
  }
  await assert.rejects(get(storage, 'plain', { customerKey }), { code: 'InvalidRequest' });
  const request = { bucket, key: 'new', attributes, owner: 'me', encryption: customerKey };
  const { uploadId } = await storage.createUpload(request);
  const part = { bucket, key: 'new', uploadId, partNumber: 1, body: objectBody(Buffer.from('x')) };
  await assert.rejects(storage.uploadPart(part), { code: 'InvalidRequest' });
  await assert.rejects(storage.uploadPart({ ...part, customerKey: wrong }), { code: 'InvalidRequest' });
});

test("a customer's key is stored nowhere", async (t) => {
  const { storage, directory } = await opened(t);
  await put(storage, 'k', { bytes: plaintext(70_000), encryption: customerKey });
  await storage.close();
  const { customerKey: key } = customerKey;
  for (const text of [key, Buffer.from(key.toString('base64')), Buffer.from(key.toString('hex'))]) {
    assert.equal(await leaks(directory, text), false);
  }
  const md5 = createHash('md5').update(key).digest();
  assert.equal(await leaks(directory, Buffer.from(md5.toString('base64'))), false);
});

test('changing what is kept beside the bytes leaves an object readable', async (t) => {
  const { storage } = await opened(t);
  const tags = [{ key: 'a', value: 'b' }];
  await put(storage, 'k', { bytes: plaintext(100), encryption: 'AES256' });
  await storage.changeAttributes({ bucket, key: 'k', change: () => ({ access: { owner: 'you' }, tags }) });
  await storage.rotateMasterKey();
  while ((await storage.stats()).encryption.rewrapping) await new Promise((next) => setImmediate(next));
  assert.deepEqual((await storage.headObject({ bucket, key: 'k' })).tags, tags);
  assert((await get(storage, 'k')).equals(plaintext(100)));
});

test('a body that fails while it is sealed leaves nothing', async (t) => {
  const { storage } = await opened(t);
  async function* failing() {
    yield plaintext(200_000);
    throw new Error('the client is gone');
  }
  const body = objectBody(failing());
  const failed = storage.putObject({ bucket, key: 'k', attributes, body, encryption: 'AES256' });
  await assert.rejects(failed, /the client is gone/);
  await storage.gc();
  assert.equal((await storage.stats()).blobs, 0);
});

test('a body that is too large is refused by the size of its plaintext', async (t) => {
  const { storage } = await opened(t);
  const body = { ...objectBody(Buffer.alloc(1)), sizeBytes: 5 * 1024 * MiB + 1 };
  const put = storage.putObject({ bucket, key: 'k', attributes, body, encryption: 'AES256' });
  await assert.rejects(put, { code: 'EntityTooLarge' });
});

test('the file of master keys is made when it is needed, for its owner only', async (t) => {
  const { storage, directory } = await opened(t);
  await put(storage, 'plain', { bytes: plaintext(10) });
  await put(storage, 'customer', { bytes: plaintext(10), encryption: customerKey });
  await assert.rejects(stat(`${directory}/master-keys.json`), { code: 'ENOENT' });
  await Promise.all(
    [1, 2, 3].map((each) => put(storage, `k${each}`, { bytes: plaintext(10), encryption: 'AES256' })),
  );
  assert.equal((await stat(`${directory}/master-keys.json`)).mode & 0o777, 0o600);
  assert.equal((await storage.stats()).encryption.masterKeys, 1);
});

test('a rename wraps the key for the new name, if it can', async (t) => {
  const { storage } = await opened(t);
  const bytes = plaintext(100_000);
  await put(storage, 'old', { bytes, encryption: 'AES256' });
  await putParts(storage, 'parts', { parts: [plaintext(5 * MiB), plaintext(9)], encryption: 'AES256' });
  await storage.renameObject({ bucket, key: 'new', source: 'old' });
  await storage.renameObject({ bucket, key: 'new parts', source: 'parts' });
  assert((await get(storage, 'new')).equals(bytes));
  assert.equal((await get(storage, 'new parts')).byteLength, 5 * MiB + 9);
  await put(storage, 'theirs', { bytes, encryption: customerKey });
  await assert.rejects(storage.renameObject({ bucket, key: 'x', source: 'theirs' }), {
    code: 'NotImplemented',
  });
  assert((await get(storage, 'theirs', { customerKey })).equals(bytes));
  assert.deepEqual(await storage.check({ deep: true }), []);
});
