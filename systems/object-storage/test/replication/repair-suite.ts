// Repair of what rotted from a replica in another bucket of the same storage, as `repair` does it. For any engine of the
// metadata.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import {
  type ObjectStorage,
  objectBody,
  openObjectStorage,
  repairObjectStorage,
  type VersionName,
} from '@cairn/object-storage';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import type { OpenObjectStorageOptions } from '../../src/core/open-stores.ts';
import { arnOf, replication, settled } from './replicating.ts';
import type { ReplicationSuiteOptions } from './replication-suite.ts';
import { rotObject } from './rot-object.ts';

const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {} };
const copies = arnOf('copies');
const source = arnOf('source');

export function repairSuite(engine: string, { metadataUrl, skip }: ReplicationSuiteOptions): void {
  const it = (name: string, run: (t: TestContext) => Promise<void>) =>
    test(`${engine}: ${name}`, { skip }, run);
  const opened = async (t: TestContext) => new Replicating(t, await metadataUrl?.()).start();

  it('objects of every size come back from their replicas, and the old blobs go', async (t) => {
    const at = await opened(t);
    const contents = { empty: 0, small: 10, block: 65_536, large: 300_000 };
    for (const [key, size] of Object.entries(contents)) await at.put(key, randomBytes(size));
    await settled(at.storage);
    // An empty object has no byte that could rot.
    const rotten = ['small', 'block', 'large'];
    for (const key of rotten) await at.rot({ bucket: 'source', key });
    for (const key of rotten)
      await assert.rejects(at.read({ bucket: 'source', key }), { code: 'InternalError' });
    const report = await at.repair();
    assert.deepEqual(report.hurt, []);
    assert.deepEqual(report.repaired.map(({ key }) => key).toSorted(), rotten.toSorted());
    assert(report.repaired.every(({ from }) => from === copies));
    await at.verify();
  });

  it('a replica comes back from its source', async (t) => {
    const at = await opened(t);
    await at.put('a', randomBytes(100_000));
    await settled(at.storage);
    await at.rot({ bucket: 'copies', key: 'a' });
    const { repaired, hurt } = await at.repair();
    assert.deepEqual([repaired.map(({ from }) => from), hurt], [[source], []]);
    await at.verify();
  });

  it('what rotted on both sides is named, with what became of the try', async (t) => {
    const at = await opened(t);
    await at.put('a', randomBytes(100_000));
    await settled(at.storage);
    for (const bucket of ['source', 'copies']) await at.rot({ bucket, key: 'a' });
    const { repaired, hurt } = await at.repair();
    assert.deepEqual([repaired, hurt.length], [[], 2]);
    for (const { unrepaired } of hurt)
      assert.match(unrepaired, /^object (source|copies)\/a from arn:aws:s3:::(copies|source): /);
  });

  it('noncurrent versions come back, each as it was', async (t) => {
    const at = await opened(t);
    for (let count = 0; count < 3; count++) await at.put('a', randomBytes(70_000));
    await at.storage.deleteObject({ bucket: 'source', key: 'a' });
    await settled(at.storage);
    const versions = await at.versionsOf('source', 'a');
    assert.equal(versions.length, 3);
    for (const versionId of versions.slice(0, 2)) await at.rot({ bucket: 'source', key: 'a', versionId });
    const { repaired, hurt } = await at.repair();
    assert.deepEqual(hurt, []);
    assert.deepEqual(repaired.map(({ versionId }) => versionId).toSorted(), versions.slice(0, 2).toSorted());
    await at.verify();
  });

  it('a part comes back, the other parts stay where they are', async (t) => {
    const at = await opened(t);
    await at.upload('parts', [5 * 1024 * 1024, 1_000]);
    await settled(at.storage);
    const before = await at.storage.inspect({ bucket: 'source', key: 'parts' });
    await at.rot({ bucket: 'source', key: 'parts' }, (index) => index === 0);
    const { repaired, hurt } = await at.repair();
    assert.deepEqual([repaired.map(({ partNumber }) => partNumber), hurt], [[1], []]);
    const after = await at.storage.inspect({ bucket: 'source', key: 'parts' });
    assert.equal(after.placements[1]!.blob, before.placements[1]!.blob);
    assert.notEqual(after.placements[0]!.blob, before.placements[0]!.blob);
    await at.verify();
  });

  it('copies that share the bytes have them back, whichever of them was replicated', async (t) => {
    const at = await opened(t);
    await at.put('a', randomBytes(100_000));
    await at.upload('parts', [5 * 1024 * 1024, 1_000]);
    await settled(at.storage);
    await at.storage.createBucket({ bucket: 'plain', owner: 'me' });
    for (const key of ['b', 'c'])
      await at.storage.copyObject({ bucket: 'plain', key, source: { bucket: 'source', key: 'a' } });
    await at.storage.copyObject({
      bucket: 'plain',
      key: 'parts',
      source: { bucket: 'source', key: 'parts' },
    });
    await at.rot({ bucket: 'plain', key: 'b' });
    await at.rot({ bucket: 'plain', key: 'parts' }, (index) => index === 1);
    const { repaired, hurt } = await at.repair();
    assert.deepEqual(hurt, []);
    assert.deepEqual(repaired.map(({ bucket, key }) => `${bucket}/${key}`).toSorted(), [
      'plain/b',
      'plain/c',
      'plain/parts',
      'source/a',
      'source/parts',
    ]);
    const blobs = await Promise.all(
      [{ bucket: 'source', key: 'a' }, ...['b', 'c'].map((key) => ({ bucket: 'plain', key }))].map((name) =>
        at.blobOf(name),
      ),
    );
    assert.equal(new Set(blobs).size, 1, 'they share the new blob');
    await at.verify();
    // The counts are right: the last copy takes the bytes with it.
    await at.storage.deleteObject({ bucket: 'plain', key: 'b' });
    await at.storage.deleteObject({ bucket: 'plain', key: 'c' });
    await at.verify();
  });

  it('encrypted objects and parts come back, sealed as they were', async (t) => {
    const at = await opened(t);
    await at.put('a', randomBytes(150_000), { encryption: 'AES256' });
    await at.upload('parts', [5 * 1024 * 1024, 1_000], { encryption: 'AES256' });
    await settled(at.storage);
    // Its first part is the blob of the other, under the same key.
    const grown = { bucket: 'plain', key: 'grown' };
    await at.storage.createBucket({ bucket: 'plain', owner: 'me' });
    const source = { bucket: 'source', key: 'a' };
    await at.storage.copyObject({ ...grown, source, encryption: 'AES256' });
    const body = objectBody(Buffer.from('more'));
    await at.storage.appendObject({ ...grown, attributes, offset: 150_000, body });
    await at.rot(source);
    await at.rot({ bucket: 'copies', key: 'parts' }, (index) => index === 1);
    const { repaired, hurt } = await at.repair();
    assert.deepEqual([repaired.map(({ key }) => key).toSorted(), hurt], [['a', 'grown', 'parts'], []]);
    await at.verify();
    const { content } = await at.storage.getObject(grown);
    const read = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
    assert.equal(Buffer.concat(read).subarray(150_000).toString(), 'more');
  });

  it('what has no replica, or has it where nobody looks, is named with the reason', async (t) => {
    const at = await opened(t);
    await at.storage.createBucket({ bucket: 'plain', owner: 'me' });
    await at.put('alone', randomBytes(1_000), { bucket: 'plain' });
    const customerKey = randomBytes(32);
    await at.put('secret', randomBytes(1_000), { encryption: { customerKey } });
    const { uploadId } = await at.storage.createUpload({
      bucket: 'plain',
      key: 'begun',
      attributes,
      owner: 'me',
    });
    const begun = { bucket: 'plain', key: 'begun', uploadId, partNumber: 1 };
    await at.storage.uploadPart({ ...begun, body: objectBody(Buffer.from('begun')) });
    await settled(at.storage);
    await at.rot({ bucket: 'plain', key: 'alone' });
    await at.rot({ bucket: 'source', key: 'secret' });
    const { repaired, hurt } = await at.repair();
    assert.deepEqual(repaired, []);
    assert.deepEqual(Object.fromEntries(hurt.map(({ key, unrepaired }) => [key, unrepaired])), {
      alone: 'object plain/alone: no replica of it is known',
      secret: 'object source/secret: it is encrypted under a key of its client, and not replicated',
    });
    const notices = (await at.storage.check()).filter(({ severity }) => severity === 'notice');
    assert.deepEqual(notices.map(({ where, detail }) => `${where}: ${detail}`).toSorted(), [
      'object plain/alone: no replica can repair it: no replica of it is known',
      'object source/secret: no replica can repair it: it is encrypted under a key of its client, and not replicated',
    ]);
  });

  it('a version that was deleted at the other side is not replaced by another one', async (t) => {
    const at = await opened(t);
    await at.put('a', randomBytes(1_000));
    await settled(at.storage);
    const [versionId] = await at.versionsOf('copies', 'a');
    await at.storage.deleteObject({ bucket: 'copies', key: 'a', versionId });
    await at.put('a', randomBytes(1_000), { bucket: 'copies' });
    await at.rot({ bucket: 'source', key: 'a' });
    const { hurt } = await at.repair();
    assert.match(hurt[0]!.unrepaired, /^object source\/a from arn:aws:s3:::copies: .*version/);
  });
}

type Put = { readonly bucket?: string; readonly encryption?: 'AES256' | { readonly customerKey: Buffer } };

/** Two buckets of which one is replicated to the other, what was put, and what tests do to it. */
class Replicating {
  readonly #t: TestContext;
  readonly #options: Omit<OpenObjectStorageOptions, 'directory'>;
  readonly #put = new Map<string, { readonly name: VersionName; readonly bytes: Buffer }>();
  #directory = '';
  storage!: ObjectStorage;

  constructor(t: TestContext, metadataUrl: string | undefined) {
    this.#t = t;
    this.#options = { metadataUrl, writers: 1, settings: { reserveBytes: 0 } };
  }

  async start(): Promise<this> {
    this.#directory = await temporaryDirectory(this.#t);
    await this.#open();
    this.#t.after(() => this.storage.close());
    for (const bucket of ['source', 'copies']) {
      await this.storage.createBucket({ bucket, owner: 'me' });
      await this.storage.setBucketVersioning({ bucket, versioning: 'enabled' });
    }
    await this.storage.configureBucket({
      bucket: 'source',
      documents: replication([{ destination: copies }]),
    });
    return this;
  }

  async put(key: string, bytes: Buffer, { bucket = 'source', encryption }: Put = {}): Promise<void> {
    const body = objectBody(bytes, { checksum: 'crc32c' });
    const { versionId } = await this.storage.putObject({ bucket, key, attributes, body, encryption });
    if (typeof encryption !== 'object') this.#note({ bucket, key, versionId }, bytes);
  }

  async upload(key: string, sizes: readonly number[], { encryption }: Put = {}): Promise<void> {
    const name = { bucket: 'source', key };
    const checksum = { algorithm: 'sha256', type: 'COMPOSITE' } as const;
    const { uploadId } = await this.storage.createUpload({
      ...name,
      attributes,
      owner: 'me',
      checksum,
      encryption,
    });
    const contents = sizes.map((size) => randomBytes(size));
    const parts = [];
    for (const [index, content] of contents.entries()) {
      const body = objectBody(content, { checksum: 'sha256' });
      const { partNumber, etag } = await this.storage.uploadPart({
        ...{ ...name, uploadId, partNumber: index + 1, body },
      });
      parts.push({ partNumber, etag });
    }
    const { versionId } = await this.storage.completeUpload({ ...name, uploadId, parts });
    this.#note({ ...name, versionId }, Buffer.concat(contents));
  }

  rot(name: VersionName, which?: (index: number) => boolean): Promise<void> {
    return rotObject({ storage: this.storage, directory: this.#directory }, name, which);
  }

  /** With the folder closed. */
  async repair(): ReturnType<typeof repairObjectStorage> {
    await this.storage.close();
    const report = await repairObjectStorage({ ...this.#options, directory: this.#directory });
    await this.#open();
    return report;
  }

  async read(name: VersionName): Promise<Buffer> {
    const { content } = await this.storage.getObject(name);
    return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk)));
  }

  async blobOf(name: VersionName): Promise<string> {
    return (await this.storage.inspect(name)).placements[0]!.blob;
  }

  async versionsOf(bucket: string, key: string): Promise<readonly string[]> {
    const page = { bucket, prefix: key, delimiter: '', limit: 100, afterKey: '', afterVersion: '' };
    const { versions } = await this.storage.listVersions(page);
    return versions.filter(({ deleteMarker }) => !deleteMarker).map(({ versionId }) => versionId);
  }

  /** Everything is as it was put, on both sides, nothing is damaged, and nothing is left over. */
  async verify(): Promise<void> {
    for (const { name, bytes } of this.#put.values()) {
      for (const bucket of name.bucket === 'source' ? ['source', 'copies'] : [name.bucket])
        assert(bytes.equals(await this.read({ ...name, bucket })), `${bucket}/${name.key}`);
    }
    await this.storage.gc();
    const { blobs, referencedBlobs, damagedBlobs } = await this.storage.stats();
    const shared = blobs < referencedBlobs;
    assert.deepEqual([shared || blobs === referencedBlobs, damagedBlobs], [true, 0]);
    assert.deepEqual(await this.storage.check({ deep: true }), []);
  }

  #note(name: VersionName, bytes: Buffer): void {
    this.#put.set(`${name.bucket}/${name.key}/${name.versionId}`, { name, bytes });
  }

  async #open(): Promise<void> {
    this.storage = await openObjectStorage({ ...this.#options, directory: this.#directory });
  }
}
