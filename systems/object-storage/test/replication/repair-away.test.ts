// Repair of what rotted here from replicas at another server: a second storage behind its S3 endpoint, and one that lies.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  type ObjectStorage,
  objectBody,
  openObjectStorage,
  type ReplicationDestination,
  repairObjectStorage,
  type VersionName,
} from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { wholeContent } from '../../src/core/object-content.ts';
import { replication, settled } from './replicating.ts';
import { Bucket, replicating, target } from './replicating-away.ts';
import { rotObject } from './rot-object.ts';

const attributes = { headers: {}, userMetadata: {} };
const MiB = 1024 * 1024;

async function read(storage: ObjectStorage, name: VersionName): Promise<Buffer> {
  const { content } = await storage.getObject(name);
  return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk)));
}

function put(storage: ObjectStorage, key: string, bytes: Buffer) {
  return storage.putObject({ bucket: 'source', key, attributes, body: objectBody(bytes) });
}

type Setup = Awaited<ReturnType<typeof replicating>>;

/** Closes the storage, repairs its folder, and opens it again. */
async function repaired(t: TestContext, { storage, options, open }: Setup) {
  await storage.close();
  const report = await repairObjectStorage(options());
  const again = await open();
  t.after(() => again.close());
  return { ...report, storage: again };
}

test('versions, large ones and parts come back from a second storage', async (t) => {
  const setup = await replicating(t);
  const { storage, directory } = setup;
  const contents = [randomBytes(10), randomBytes(2 * MiB)];
  const versions: VersionName[] = [];
  for (const bytes of contents) {
    const { versionId } = await put(storage, 'ü/a b', bytes);
    versions.push({ bucket: 'source', key: 'ü/a b', versionId });
  }
  const name = { bucket: 'source', key: 'parts' };
  const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me' });
  const pieces = [randomBytes(5 * MiB), randomBytes(5 * MiB), randomBytes(10)];
  const parts = [];
  for (const [index, piece] of pieces.entries()) {
    const body = objectBody(piece);
    const { partNumber, etag } = await storage.uploadPart({ ...name, uploadId, partNumber: index + 1, body });
    parts.push({ partNumber, etag });
  }
  await storage.completeUpload({ ...name, uploadId, parts });
  await settled(storage);
  for (const version of versions) await rotObject({ storage, directory }, version);
  await rotObject({ storage, directory }, name, (index) => index === 1);
  const report = await repaired(t, setup);
  assert.deepEqual(report.hurt, []);
  assert.deepEqual(
    report.repaired.map(({ from }) => from),
    [target, target, target],
  );
  for (const [index, version] of versions.entries())
    assert(contents[index]!.equals(await read(report.storage, version)));
  assert(Buffer.concat(pieces).equals(await read(report.storage, name)));
  assert.deepEqual(await report.storage.check({ deep: true }), []);
});

test('a version that is overwritten there meanwhile is read by its id; one that was deleted is named', async (t) => {
  const setup = await replicating(t);
  const { storage, directory, there } = setup;
  const bytes = randomBytes(1_000);
  for (const key of ['overwritten', 'deleted']) await put(storage, key, bytes);
  await settled(storage);
  const Key = (key: string) => `from here/${key}`;
  await there.send(new PutObjectCommand({ Bucket, Key: Key('overwritten'), Body: 'something else' }));
  const VersionId = await versionOf(there, Key('deleted'));
  await there.send(new DeleteObjectCommand({ Bucket, Key: Key('deleted'), VersionId }));
  for (const key of ['overwritten', 'deleted'])
    await rotObject({ storage, directory }, { bucket: 'source', key });
  const report = await repaired(t, setup);
  assert.deepEqual(
    report.repaired.map(({ key }) => key),
    ['overwritten'],
  );
  const [{ key, unrepaired } = { key: '', unrepaired: '' }] = report.hurt;
  assert.equal(key, 'deleted');
  assert.match(unrepaired, /^object source\/deleted from arn:cairn:replication:::away: .*NoSuchVersion/);
  assert(bytes.equals(await read(report.storage, { bucket: 'source', key: 'overwritten' })));
});

async function versionOf(there: S3Client, Prefix: string): Promise<string> {
  const { Versions } = await there.send(new ListObjectVersionsCommand({ Bucket, Prefix }));
  return Versions![0]!.VersionId!;
}

test('a replica finds its source at the server that its bucket replicates to', async (t) => {
  const setup = await replicating(t);
  const { storage, directory, there } = setup;
  const Body = randomBytes(1_000);
  const { VersionId } = await there.send(new PutObjectCommand({ Bucket, Key: 'from here/a', Body }));
  await storage.putObject({
    ...{ bucket: 'source', key: 'a', body: objectBody(Body) },
    attributes: {
      headers: {},
      userMetadata: { 'cairn-replica-of': VersionId! },
      replication: { replica: true },
    },
  });
  await rotObject({ storage, directory }, { bucket: 'source', key: 'a' });
  const report = await repaired(t, setup);
  assert.deepEqual([report.repaired.map(({ from }) => from), report.hurt], [[target], []]);
  assert(Body.equals(await read(report.storage, { bucket: 'source', key: 'a' })));
});

type Lie = { readonly what: string; readonly of: (bytes: Buffer) => Buffer; readonly says: RegExp };

const lies: readonly Lie[] = [
  {
    what: 'other bytes',
    of: (bytes) => Buffer.from(bytes).fill(1, 500, 501),
    says: /its MD5 is another one/,
  },
  { what: 'too few bytes', of: (bytes) => bytes.subarray(0, -1), says: /it has 999 of the 1000 bytes/ },
  {
    what: 'too many bytes',
    of: (bytes) => Buffer.concat([bytes, Buffer.of(0)]),
    says: /more than the 1000 bytes/,
  },
];

for (const encryption of [undefined, 'AES256'] as const) {
  for (const { what, of, says } of lies) {
    const kind = encryption === undefined ? 'an object' : 'an encrypted object';
    test(`a replica with ${what} is refused for ${kind}, and leaves nothing behind`, async (t) => {
      const directory = await temporaryDirectory(t);
      const bytes = Buffer.alloc(1_000, 'true ');
      let given = of(bytes);
      const lying: ReplicationDestination = {
        objection: async () => undefined,
        replicate: async () => ({ versionId: 'there' }),
        read: async ({ versionId }) => {
          assert.equal(versionId, 'there');
          return wholeContent(given);
        },
        abandon: async () => {},
        close() {},
      };
      const options = {
        ...{ directory, writers: 1, settings: { reserveBytes: 0 } },
        replication: { destinations: { [target]: lying } },
      };
      const storage = await openObjectStorage(options);
      await storage.createBucket({ bucket: 'source', owner: 'me' });
      await storage.setBucketVersioning({ bucket: 'source', versioning: 'enabled' });
      await storage.configureBucket({
        ...{ bucket: 'source', documents: replication([{ destination: target }]) },
      });
      await storage.putObject({
        ...{ bucket: 'source', key: 'a', attributes, body: objectBody(bytes), encryption },
      });
      await settled(storage);
      await rotObject({ storage, directory }, { bucket: 'source', key: 'a' });
      await storage.close();
      const refused = await repairObjectStorage(options);
      assert.equal(refused.repaired.length, 0);
      assert.match(refused.hurt[0]!.unrepaired, says);
      given = bytes;
      const second = await repairObjectStorage(options);
      assert.deepEqual([second.repaired.length, second.hurt], [1, []]);
      const again = await openObjectStorage(options);
      t.after(() => again.close());
      assert(bytes.equals(await read(again, { bucket: 'source', key: 'a' })));
      await again.gc();
      assert.equal((await again.stats()).blobs, 1);
      assert.deepEqual(await again.check({ deep: true }), []);
    });
  }
}
