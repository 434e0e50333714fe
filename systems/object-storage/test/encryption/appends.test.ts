// Appends to encrypted objects: what comes is sealed under a key of its own, made from the object's, and nothing is moved.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import test from 'node:test';
import {
  type ObjectInfo,
  type ObjectStorage,
  objectBody,
  type RequestedEncryption,
  repairObjectStorage,
} from '@cairn/object-storage';
import { outcome } from '../locking-storage.ts';
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

const frame = 65_520;
const key = 'log';
const customerKey = { customerKey: randomBytes(32) };
const kinds = { 'the master key': 'AES256', "a customer's key": customerKey } as const;

type Append = {
  readonly at: number;
  readonly bytes: Buffer;
  readonly encryption?: RequestedEncryption | undefined;
  readonly to?: string;
};

function append(
  storage: ObjectStorage,
  { at: offset, bytes, encryption, to = key }: Append,
): Promise<ObjectInfo> {
  const body = objectBody(bytes, { checksum: 'crc32' });
  return storage.appendObject({ bucket, key: to, offset, attributes, body, encryption });
}

async function encryptByDefault(storage: ObjectStorage): Promise<void> {
  await storage.configureBucket({ bucket, documents: { encryption: '{"algorithm":"AES256"}' } });
}

async function rewrapped(storage: ObjectStorage): Promise<void> {
  await storage.rotateMasterKey();
  while ((await storage.stats()).encryption.rewrapping) await new Promise((next) => setImmediate(next));
}

const pieces = [
  plaintext(frame + 1),
  Buffer.alloc(0),
  plaintext(1),
  randomBytes(3 * frame),
  plaintext(70_000),
];

for (const [name, encryption] of Object.entries(kinds)) {
  const reading = encryption === 'AES256' ? {} : { customerKey };

  test(`an object under ${name} grows, and is read across what was appended, whole and in ranges`, async (t) => {
    const { storage, directory } = await opened(t);
    let whole = Buffer.alloc(0);
    for (const bytes of pieces) {
      const info = await append(storage, { at: whole.byteLength, bytes, encryption });
      whole = Buffer.concat([whole, bytes]);
      assert.equal(info.sizeBytes, whole.byteLength);
      assert.equal(info.encryption?.by, encryption === 'AES256' ? 'master' : 'customer');
      assert((await get(storage, key, reading)).equals(whole));
    }
    const { checksum, partCount } = await storage.headObject({ bucket, key, ...reading });
    const all = objectBody(whole, { checksum: 'crc32' });
    for await (const _ of all.chunks);
    assert.deepEqual(checksum, { ...all.digests().checksum, type: 'FULL_OBJECT' });
    assert.equal(partCount, pieces.length);
    for (const start of [0, frame, frame + 1, frame + 2, 2 * frame, whole.byteLength - 70_001]) {
      const range = { start, length: Math.min(70_000, whole.byteLength - start) };
      const wanted = whole.subarray(start, start + range.length);
      assert((await get(storage, key, { ...reading, range })).equals(wanted), `from ${start}`);
    }
    assert.equal(await leaks(directory), false);
    assert.deepEqual(await storage.check({ deep: true }), []);
    await storage.deleteObject({ bucket, key });
    await storage.gc();
    assert.equal((await storage.stats()).blobs, 0);
  });

  test(`appends under ${name} outlive compaction, a restart and repair, and share their bytes with copies`, async (t) => {
    const first = await opened(t);
    const { directory } = first;
    const source = { bucket, key, ...reading };
    const [one, two, three] = [plaintext(200_000), randomBytes(100_000), plaintext(5)] as const;
    await put(first.storage, key, { bytes: one, encryption });
    await first.storage.copyObject({ bucket, key: 'early', source, encryption });
    await append(first.storage, { at: one.byteLength, bytes: two, encryption });
    await first.storage.copyObject({ bucket, key: 'late', source, encryption });
    assert.equal((await first.storage.stats()).blobs, 2, 'copies share');
    for (const [to, at] of [
      ['early', one.byteLength],
      ['late', one.byteLength + two.byteLength],
    ] as const) {
      await append(first.storage, { at, bytes: three, encryption, to });
    }
    const placements = async () =>
      Promise.all(['early', 'late'].map((copy) => first.storage.inspect({ bucket, key: copy })));
    const before = await placements();
    for (let each = 0; each < 20; each++) {
      await put(first.storage, 'dead', { bytes: randomBytes(300_000), encryption });
    }
    await first.storage.deleteObject({ bucket, key: 'dead' });
    await first.storage.deleteObject({ bucket, key });
    await first.storage.gc();
    assert.notDeepEqual(await placements(), before, 'nothing was compacted');
    await first.storage.close();
    const { hurt, readBlobs } = await repairObjectStorage({ directory });
    assert.deepEqual([hurt, readBlobs], [[], 5], 'that of both copies is read for each');
    const { storage } = await opened(t, directory);
    assert.equal((await storage.stats()).blobs, 4);
    assert((await get(storage, 'early', reading)).equals(Buffer.concat([one, three])));
    assert((await get(storage, 'late', reading)).equals(Buffer.concat([one, two, three])));
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
}

for (const [name, encryption] of Object.entries(kinds)) {
  const reading = encryption === 'AES256' ? {} : { customerKey };

  test(`versions under ${name} share their bytes, and no two appends behind one are sealed alike`, async (t) => {
    const { storage, directory } = await opened(t);
    await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    const versions = new Map<string, Buffer>();
    let whole = Buffer.alloc(0);
    const grow = async (bytes: Buffer) => {
      const { versionId, checksum } = await append(storage, { at: whole.byteLength, bytes, encryption });
      assert.equal(checksum?.type, 'FULL_OBJECT');
      whole = Buffer.concat([whole, bytes]);
      versions.set(versionId!, whole);
      return versionId!;
    };
    for (const bytes of pieces) {
      await grow(bytes);
      await rewrapped(storage);
    }
    // What is undone lives on in a copy, so the next append behind the same version meets the same key.
    const [before, undone] = [whole, await grow(plaintext(100_000))];
    const source = { bucket, key, ...reading };
    const copied = { bucket, key: 'copy', source, encryption };
    await storage.copyObject(copied);
    const kept = whole;
    await storage.deleteObject({ bucket, key, versionId: undone });
    versions.delete(undone);
    whole = before;
    await grow(plaintext(100_000));
    assert((await get(storage, 'copy', reading)).equals(kept));
    for (const [versionId, wanted] of versions) {
      assert((await get(storage, key, { ...reading, versionId })).equals(wanted), versionId);
      const range = { start: wanted.byteLength >> 1, length: wanted.byteLength >> 2 };
      const part = wanted.subarray(range.start, range.start + range.length);
      assert((await get(storage, key, { ...reading, versionId, range })).equals(part), versionId);
    }
    assert.equal((await storage.stats()).blobs, pieces.length + 2);
    assert.equal(await leaks(directory), false);
    assert.deepEqual(await storage.check({ deep: true }), []);
    const database = new DatabaseSync(`${directory}/metadata.sqlite`, { readOnly: true });
    const sealed = database.prepare('select distinct blob, salt from part').all();
    database.close();
    assert.equal(sealed.length, pieces.length + 2);
    assert.equal(new Set(sealed.map(({ salt }) => salt)).size, sealed.length, 'a salt for each blob');
  });
}

test('a bucket that encrypts by default has appends, at nothing, to puts and to objects of parts', async (t) => {
  const { storage, directory } = await opened(t);
  await encryptByDefault(storage);
  const made = await append(storage, { at: 0, bytes: plaintext(10) });
  assert.equal(made.encryption?.by, 'master');
  assert.equal(made.etag, createHash('md5').update(plaintext(10)).digest('hex'));
  await put(storage, 'put', { bytes: plaintext(10) });
  await putParts(storage, 'parts', { parts: [plaintext(5 * MiB), plaintext(10)] });
  for (const [to, at] of Object.entries({ [key]: 10, put: 10, parts: 5 * MiB + 10 })) {
    assert.equal(
      await outcome(append(storage, { to, at: at - 1, bytes: plaintext(9) })),
      'InvalidWriteOffset',
    );
    await append(storage, { to, at, bytes: Buffer.from(' and then') });
    const range = { start: at - 1, length: 5 };
    const wanted = Buffer.concat([
      plaintext(5 * MiB)
        .subarray(0, 10)
        .subarray(9),
      Buffer.from(' and'),
    ]);
    assert((await get(storage, to, { range })).equals(wanted), to);
  }
  await storage.gc();
  assert.equal((await storage.stats()).blobs, 7, 'what was refused is gone');
  assert.equal(await leaks(directory), false);
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('appends go on after the master key was rotated and the object renamed', async (t) => {
  const { storage } = await opened(t);
  await append(storage, { at: 0, bytes: plaintext(10), encryption: 'AES256' });
  await rewrapped(storage);
  await append(storage, { at: 10, bytes: plaintext(20), encryption: 'AES256' });
  await rewrapped(storage);
  await storage.renameObject({ bucket, key: 'renamed', source: key });
  // Who does not ask for encryption has it, too: the object is encrypted.
  await append(storage, { at: 30, bytes: plaintext(30), to: 'renamed' });
  const wanted = Buffer.concat([10, 20, 30].map(plaintext));
  assert((await get(storage, 'renamed')).equals(wanted));
  await storage.copyObject({ bucket, key: 'plain', source: { bucket, key: 'renamed' } });
  assert((await get(storage, 'plain')).equals(wanted));
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('an append is encrypted as its object is, and refused where it asks for another kind or key', async (t) => {
  const { storage } = await opened(t);
  const wrong = { customerKey: randomBytes(32) };
  await put(storage, 'plain', { bytes: plaintext(10) });
  await put(storage, 'master', { bytes: plaintext(10), encryption: 'AES256' });
  await put(storage, 'customer', { bytes: plaintext(10), encryption: customerKey });
  const refused = [
    ['plain', 'AES256'],
    ['plain', customerKey],
    ['master', customerKey],
    ['customer', 'AES256'],
    ['customer', wrong],
    ['customer', undefined],
  ] as const;
  for (const [to, encryption] of refused) {
    const appended = append(storage, { to, at: 10, bytes: plaintext(1), encryption });
    await assert.rejects(appended, { code: 'InvalidRequest' }, to);
  }
  await encryptByDefault(storage);
  const { encryption, sizeBytes } = await append(storage, { to: 'plain', at: 10, bytes: plaintext(1) });
  assert.deepEqual([encryption, sizeBytes], [undefined, 11], 'what is not encrypted stays so');
  await storage.gc();
  assert.equal((await storage.stats()).blobs, 4);
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('an object that is replaced by one of its size while bytes come is not given bytes sealed for the other', async (t) => {
  const { storage } = await opened(t);
  const kinds = { plain: undefined, encrypted: 'AES256' } as const;
  for (const [was, before] of Object.entries(kinds)) {
    for (const [is, after] of Object.entries(kinds)) {
      await put(storage, key, { bytes: plaintext(10), encryption: before });
      async function* slow() {
        yield Buffer.from('added');
        await put(storage, key, { bytes: randomBytes(10), encryption: after });
        yield Buffer.from(' late');
      }
      const body = objectBody(slow());
      const appended = storage.appendObject({ bucket, key, offset: 10, attributes, body });
      const plain = before === undefined && after === undefined;
      assert.equal(await outcome(appended), plain ? 'done' : 'SlowDown', `${was}, ${is}`);
      assert.equal((await get(storage, key)).byteLength, plain ? 20 : 10);
    }
  }
  await storage.gc();
  assert.equal((await storage.stats()).blobs, 1, 'what was refused is gone');
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('a rotation while bytes come does not keep them from being appended', async (t) => {
  const { storage } = await opened(t);
  for (const at of [0, 10]) {
    async function* slow() {
      yield Buffer.from('added');
      await rewrapped(storage);
      yield Buffer.from(' late');
    }
    const body = objectBody(slow());
    await storage.appendObject({ bucket, key, offset: at, attributes, body, encryption: 'AES256' });
  }
  assert.equal((await get(storage, key)).toString(), 'added lateadded late');
  while ((await storage.stats()).encryption.rewrapping) await new Promise((next) => setImmediate(next));
  assert.deepEqual(await storage.check({ deep: true }), []);
});

test('an object that appears, or goes, while bytes come is not given those that were meant as a new one, or for it', async (t) => {
  const { storage } = await opened(t);
  const during = async (change: () => Promise<unknown>, encryption?: 'AES256') => {
    async function* slow() {
      yield Buffer.from('added');
      await change();
      yield Buffer.from(' late');
    }
    return outcome(
      storage.appendObject({ bucket, key, offset: 0, attributes, body: objectBody(slow()), encryption }),
    );
  };
  const empty = (encryption?: 'AES256') => put(storage, key, { bytes: Buffer.alloc(0), encryption });
  assert.equal(await during(() => empty('AES256'), 'AES256'), 'SlowDown');
  assert.equal(await during(() => storage.deleteObject({ bucket, key }), 'AES256'), 'SlowDown');
  assert.equal(await during(() => empty(), 'AES256'), 'SlowDown');
  assert.equal(await during(() => storage.deleteObject({ bucket, key })), 'SlowDown');
  assert.equal(await during(() => empty()), 'done');
  assert.equal((await get(storage, key)).toString(), 'added late');
  assert.deepEqual(await storage.check({ deep: true }), []);
});
