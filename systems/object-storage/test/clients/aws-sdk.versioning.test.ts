// Versions, by Amazon's client for JavaScript: every semantics of enabled and suspended versioning.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  AbortMultipartUploadCommand,
  type BucketVersioningStatus,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  type DeleteMarkerEntry,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';

const Bucket = 'versions';

/** A bucket and what one does with it, in few words. */
class Versions {
  readonly client: S3Client;

  constructor(client: S3Client) {
    this.client = client;
  }

  static async start(t: TestContext, status?: BucketVersioningStatus): Promise<Versions> {
    const { url } = await startS3Endpoint(t);
    const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
    t.after(() => client.destroy());
    await client.send(new CreateBucketCommand({ Bucket }));
    const versions = new Versions(client);
    if (status !== undefined) await versions.set(status);
    return versions;
  }

  async set(Status: BucketVersioningStatus): Promise<void> {
    await this.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  }

  async put(Key: string, Body: string): Promise<string | undefined> {
    return (await this.client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
  }

  async get(Key: string, VersionId?: string): Promise<string> {
    const got = await this.client.send(
      new GetObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }),
    );
    if (VersionId !== undefined) assert.equal(got.VersionId, VersionId);
    return got.Body!.transformToString();
  }

  delete(Key: string, VersionId?: string) {
    return this.client.send(new DeleteObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }));
  }

  list(input: Partial<ListObjectVersionsCommandInput> = {}) {
    return this.client.send(new ListObjectVersionsCommand({ Bucket, ...input }));
  }

  /** `key id`, with `*` behind the latest and `-` before delete markers; of each kind in the order of the listing. */
  async all(): Promise<readonly string[]> {
    const { Versions: versions = [], DeleteMarkers: markers = [] } = await this.list();
    const line = (mark: string) => (entry: DeleteMarkerEntry) =>
      `${mark}${entry.Key} ${entry.VersionId}${entry.IsLatest ? ' *' : ''}`;
    return [...versions.map(line('')), ...markers.map(line('-'))];
  }

  async keys(): Promise<readonly string[]> {
    const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket }));
    return Contents.map(({ Key }) => Key!);
  }
}

async function refused(outcome: Promise<unknown>, name: string): Promise<S3ServiceException> {
  const error = await outcome.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  assert(error instanceof S3ServiceException, `wanted ${name}, got ${error}`);
  assert.equal(error.name, name);
  return error;
}

test('versioning is off, then enabled, then suspended, and never off again', async (t) => {
  const versions = await Versions.start(t);
  const status = async () => (await versions.client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  assert.equal(await status(), undefined);
  await versions.set('Enabled');
  assert.equal(await status(), 'Enabled');
  await versions.set('Suspended');
  assert.equal(await status(), 'Suspended');
});

test('without versioning there is one version, without an id, whose name is null', async (t) => {
  const versions = await Versions.start(t);
  assert.equal(await versions.put('k', 'one'), undefined);
  assert.equal(await versions.put('k', 'two'), undefined);
  assert.deepEqual(await versions.all(), ['k null *']);
  assert.equal(await versions.get('k'), 'two');
  const deleted = await versions.delete('k');
  assert.deepEqual([deleted.VersionId, deleted.DeleteMarker], [undefined, undefined]);
  assert.deepEqual(await versions.all(), []);
});

test('every put makes a version, and each is got by its id', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const ids = [
    await versions.put('k', 'one'),
    await versions.put('k', 'two'),
    await versions.put('k', 'three'),
  ];
  assert.equal(new Set(ids).size, 3);
  const [one, two, three] = ids as [string, string, string];
  assert.equal(await versions.get('k'), 'three');
  assert.deepEqual(
    [await versions.get('k', one), await versions.get('k', two), await versions.get('k', three)],
    ['one', 'two', 'three'],
  );
  assert.deepEqual(await versions.all(), [`k ${three} *`, `k ${two}`, `k ${one}`], 'the newest first');
  const head = await versions.client.send(new HeadObjectCommand({ Bucket, Key: 'k', VersionId: one }));
  assert.deepEqual([head.VersionId, head.ContentLength], [one, 3]);
  assert.deepEqual(await versions.keys(), ['k']);
  const presigned = await getSignedUrl(
    versions.client,
    new GetObjectCommand({ Bucket, Key: 'k', VersionId: two }),
  );
  assert.equal(await (await fetch(presigned)).text(), 'two');
});

test('a delete makes a marker, and taking the marker away brings the object back', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const one = await versions.put('k', 'one');
  const deleted = await versions.delete('k');
  assert.equal(deleted.DeleteMarker, true);
  const marker = deleted.VersionId!;
  await refused(versions.get('k'), 'NoSuchKey');
  const head = await refused(versions.client.send(new HeadObjectCommand({ Bucket, Key: 'k' })), 'NotFound');
  assert.equal(head.$response?.headers['x-amz-delete-marker'], 'true');
  assert.equal(await versions.get('k', one), 'one');
  const byId = await refused(versions.get('k', marker), 'MethodNotAllowed');
  assert.deepEqual(
    [byId.$metadata.httpStatusCode, byId.$response?.headers['x-amz-delete-marker']],
    [405, 'true'],
  );
  assert.deepEqual(await versions.all(), [`k ${one}`, `-k ${marker} *`]);
  assert.deepEqual(await versions.keys(), []);

  const again = await versions.delete('k');
  assert.notEqual(again.VersionId, marker, 'a second delete makes a second marker');
  for (const id of [again.VersionId!, marker]) {
    const gone = await versions.delete('k', id);
    assert.deepEqual([gone.DeleteMarker, gone.VersionId], [true, id]);
  }
  assert.equal(await versions.get('k'), 'one');
  assert.deepEqual(await versions.all(), [`k ${one} *`]);
});

test('a delete of a version is for good, and the one before becomes the current one', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const [one, two] = [(await versions.put('k', 'one'))!, (await versions.put('k', 'two'))!];
  const deleted = await versions.delete('k', two);
  assert.deepEqual([deleted.VersionId, deleted.DeleteMarker], [two, undefined]);
  assert.equal(await versions.get('k'), 'one');
  await refused(versions.get('k', two), 'NoSuchVersion');
  await versions.delete('k', two);
  await versions.delete('k', one);
  await refused(versions.get('k'), 'NoSuchKey');
  assert.deepEqual(await versions.all(), []);
});

test('a delete of what never was makes a marker too', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const { DeleteMarker, VersionId } = await versions.delete('never');
  assert.equal(DeleteMarker, true);
  assert.deepEqual(await versions.all(), [`-never ${VersionId} *`]);
});

test('what was there before versioning is the version null', async (t) => {
  const versions = await Versions.start(t);
  await versions.put('k', 'before');
  await versions.set('Enabled');
  const after = await versions.put('k', 'after');
  assert.equal(await versions.get('k', 'null'), 'before');
  assert.deepEqual(await versions.all(), [`k ${after} *`, 'k null']);
  await versions.delete('k', after);
  assert.equal(await versions.get('k'), 'before');
});

test('suspended, a put replaces the version null and leaves the others', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const one = await versions.put('k', 'one');
  await versions.set('Suspended');
  for (const text of ['two', 'three'])
    assert.equal((await versions.put('k', text)) ?? 'null', 'null', 'it has no id, or says null');
  assert.deepEqual(await versions.all(), ['k null *', `k ${one}`]);
  assert.deepEqual([await versions.get('k'), await versions.get('k', one)], ['three', 'one']);
  await versions.set('Enabled');
  const four = await versions.put('k', 'four');
  assert.deepEqual(await versions.all(), [`k ${four} *`, 'k null', `k ${one}`]);
});

test('suspended, a delete puts a marker null in the place of the version null', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const one = await versions.put('k', 'one');
  await versions.set('Suspended');
  await versions.put('k', 'two');
  const deleted = await versions.delete('k');
  assert.deepEqual([deleted.DeleteMarker, deleted.VersionId], [true, 'null']);
  assert.deepEqual(await versions.all(), [`k ${one}`, '-k null *']);
  await refused(versions.get('k'), 'NoSuchKey');
  await versions.delete('k');
  assert.deepEqual(await versions.all(), [`k ${one}`, '-k null *'], 'a second one replaces the first');
  await versions.delete('k', 'null');
  assert.equal(await versions.get('k'), 'one');
});

test('versions are listed by key, newest first, page by page', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const expected: string[] = [];
  for (const key of ['a', 'b/1', 'b/2', 'ü']) {
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.unshift((await versions.put(key, `${count}`))!);
    ids.unshift((await versions.delete(key)).VersionId!);
    expected.push(...ids.map((id) => `${key} ${id}`));
  }
  for (const MaxKeys of [1, 3, 4, 5, 1_000]) {
    const listed: string[] = [];
    let markers: Partial<ListObjectVersionsCommandInput> | undefined = {};
    while (markers !== undefined) {
      const page = await versions.list({ MaxKeys, ...markers });
      const entries = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      assert(entries.length <= MaxKeys);
      listed.push(...entries.map(({ Key, VersionId }) => `${Key} ${VersionId}`));
      markers = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    }
    assert.deepEqual(listed.toSorted(), expected.toSorted(), `by ${MaxKeys}`);
    // Of one key the SDK gives versions and markers apart; page by page of one entry the order is the listing's own.
    if (MaxKeys === 1) assert.deepEqual(listed, expected);
  }
  const folders = await versions.list({ Delimiter: '/' });
  assert.deepEqual(folders.CommonPrefixes, [{ Prefix: 'b/' }]);
  assert.equal((folders.Versions ?? []).length, 6);
  const prefixed = await versions.list({ Prefix: 'b/' });
  assert.equal((prefixed.Versions ?? []).length, 6);
  const fromKey = await versions.list({ KeyMarker: 'b/1' });
  assert.deepEqual([...new Set(fromKey.Versions?.map(({ Key }) => Key))], ['b/2', 'ü']);
});

test('deleting many makes markers, deletes versions, and says which', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const [one, two] = [await versions.put('a', 'one'), await versions.put('a', 'two')];
  await versions.put('b', 'b');
  const Objects = [{ Key: 'a', VersionId: one }, { Key: 'b' }, { Key: 'never' }];
  const { Deleted = [] } = await versions.client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects } }),
  );
  assert.deepEqual(Deleted[0], { Key: 'a', VersionId: one });
  for (const deleted of Deleted.slice(1)) {
    assert.equal(deleted.DeleteMarker, true);
    assert.equal(typeof deleted.DeleteMarkerVersionId, 'string');
  }
  assert.equal(await versions.get('a'), 'two');
  assert.deepEqual(await versions.keys(), ['a']);
  const markers = Deleted.slice(1).map(({ Key, DeleteMarkerVersionId: VersionId }) => ({ Key, VersionId }));
  const removed = await versions.client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: markers } }),
  );
  assert.deepEqual(
    removed.Deleted?.map(({ Key, DeleteMarker }) => [Key, DeleteMarker]),
    [
      ['b', true],
      ['never', true],
    ],
  );
  assert.deepEqual(await versions.keys(), ['a', 'b']);
  assert.equal((await versions.all()).length, 2, `${two} and b`);
});

test('a version is copied by its id, which is how an old one is made the current one', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const one = await versions.put('k', 'one');
  await versions.put('k', 'two');
  const CopySource = `${Bucket}/k?versionId=${one}`;
  const copied = await versions.client.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource }));
  assert.equal(copied.CopySourceVersionId, one);
  assert.notEqual(copied.VersionId, one);
  assert.equal(await versions.get('k'), 'one');
  assert.equal((await versions.all()).length, 3);
  const { VersionId: marker } = await versions.delete('k');
  await refused(
    versions.client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: `${Bucket}/k` })),
    'NoSuchKey',
  );
  const ofMarker = `${Bucket}/k?versionId=${marker}`;
  await refused(
    versions.client.send(new CopyObjectCommand({ Bucket, Key: 'x', CopySource: ofMarker })),
    'InvalidRequest',
  );
});

test('a completed upload is a version, an aborted one is none', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const before = await versions.put('k', 'before');
  const upload = { Bucket, Key: 'k' };
  const begin = async () => (await versions.client.send(new CreateMultipartUploadCommand(upload))).UploadId;
  const UploadId = await begin();
  const part = { ...upload, UploadId, PartNumber: 1 };
  const { ETag } = await versions.client.send(new UploadPartCommand({ ...part, Body: 'parts' }));
  const Parts = [{ PartNumber: 1, ETag }];
  const completed = await versions.client.send(
    new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }),
  );
  assert.equal(typeof completed.VersionId, 'string');
  await versions.client.send(new AbortMultipartUploadCommand({ ...upload, UploadId: await begin() }));
  assert.deepEqual(await versions.all(), [`k ${completed.VersionId} *`, `k ${before}`]);
  assert.deepEqual([await versions.get('k'), await versions.get('k', before)], ['parts', 'before']);
});

test('a condition looks at the current version, and a delete marker is nothing', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const put = (condition: { IfNoneMatch?: string; IfMatch?: string }) =>
    versions.client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...condition }));
  await put({ IfNoneMatch: '*' });
  await refused(put({ IfNoneMatch: '*' }), 'PreconditionFailed');
  await versions.delete('k');
  await put({ IfNoneMatch: '*' });
  assert.equal((await versions.all()).length, 3);
});

test('a bucket with versions or markers in it is not empty', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  const one = await versions.put('k', 'one');
  const { VersionId: marker } = await versions.delete('k');
  const deleteBucket = () => versions.client.send(new DeleteBucketCommand({ Bucket }));
  await refused(deleteBucket(), 'BucketNotEmpty');
  await versions.delete('k', one);
  await refused(deleteBucket(), 'BucketNotEmpty');
  await versions.delete('k', marker);
  await deleteBucket();
});

test('ids that are none are refused', async (t) => {
  const versions = await Versions.start(t, 'Enabled');
  await versions.put('k', 'one');
  const outcomes = ['x'.repeat(32), 'null'].map((id) => versions.get('k', id));
  for (const outcome of outcomes) {
    await assert.rejects(outcome, (error) => {
      assert(error instanceof S3ServiceException);
      // InvalidArgument for what can be no id, NoSuchVersion for one that no version has.
      return ['InvalidArgument', 'NoSuchVersion'].includes(error.name);
    });
  }
});
