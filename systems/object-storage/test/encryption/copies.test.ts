// Copies of encrypted objects: they share the sealed bytes where the copy is to be encrypted as its source is, under the
// same object key, wrapped for the name of the copy.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { bucket, get, MiB, opened, plaintext, put, putParts } from './encrypted-storage.ts';

const mine = { customerKey: randomBytes(32) };
const others = { customerKey: randomBytes(32) };
const cases = [
  { what: 'a master key', encryption: 'AES256' as const, reading: {} },
  { what: "a customer's key", encryption: mine, reading: { customerKey: mine } },
];

for (const { what, encryption, reading } of cases) {
  test(`a copy under ${what} shares the bytes of its source and outlives it`, async (t) => {
    const { storage } = await opened(t);
    await storage.createBucket({ bucket: 'another', owner: 'me' });
    const bytes = plaintext(200_000);
    const parts = [plaintext(5 * MiB), plaintext(70_000)];
    await put(storage, 'single', { bytes, encryption });
    await putParts(storage, 'parts', { parts, encryption, ...reading });
    const before = await storage.stats();
    for (const key of ['single', 'parts']) {
      const source = { bucket, key, ...reading };
      const copied = await storage.copyObject({ bucket, key: `${key}-copy`, source, encryption });
      const further = { bucket, key: `${key}-copy`, ...reading };
      await storage.copyObject({ bucket: 'another', key, source: further, encryption });
      assert.notEqual(copied.encryption?.wrapped, copied.source.encryption?.wrapped);
      await storage.deleteObject({ bucket, key });
    }
    await storage.gc();
    assert.equal((await storage.stats()).blobs, before.blobs);
    await storage.rotateMasterKey();
    assert((await get(storage, 'single-copy', reading)).equals(bytes));
    assert((await get(storage, 'parts-copy', reading)).equals(Buffer.concat(parts)));
    const { content } = await storage.getObject({ bucket: 'another', key: 'single', ...reading });
    assert(
      Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).equals(bytes),
    );
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
}

const asked = [
  { encryption: undefined, by: undefined },
  { encryption: 'AES256', by: 'master' },
  { encryption: mine, by: 'customer' },
  { encryption: others, by: 'customer' },
] as const;

test('a copy under another key than its source has bytes of its own', async (t) => {
  const { storage } = await opened(t);
  const bytes = plaintext(70_000);
  await put(storage, 'plain', { bytes });
  await put(storage, 'master', { bytes, encryption: 'AES256' });
  await put(storage, 'mine', { bytes, encryption: mine });
  const sources = [
    { bucket, key: 'plain' },
    { bucket, key: 'master' },
    { bucket, key: 'mine', customerKey: mine },
  ];
  let shared = 0;
  for (const source of sources) {
    for (const { encryption, by } of asked) {
      const copied = await storage.copyObject({ bucket, key: 'copy', source, encryption });
      await storage.gc();
      const reading = encryption === undefined || encryption === 'AES256' ? {} : { customerKey: encryption };
      assert((await get(storage, 'copy', reading)).equals(bytes));
      assert.equal(copied.encryption?.by, by);
      shared = (await storage.stats()).sharedBlobs;
      await storage.deleteObject({ bucket, key: 'copy' });
      await storage.gc();
    }
  }
  assert.equal(shared, 3, 'each source is shared by the copy that is encrypted as it is');
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('a copy that shares asks for the right key of its source', async (t) => {
  const { storage } = await opened(t);
  await put(storage, 'mine', { bytes: plaintext(10), encryption: mine });
  for (const customerKey of [undefined, others]) {
    const copy = { bucket, key: 'copy', source: { bucket, key: 'mine', customerKey }, encryption: mine };
    await assert.rejects(storage.copyObject(copy), { code: 'InvalidRequest' });
  }
  assert.equal((await storage.stats()).objects, 1);
});
