// Versioning as Amazon's client for JavaScript sees it, and, where it hides things, as raw answers.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { RawClient, type RawResponse } from '@cairn/testing';
import { credentials, region, startS3Endpoint } from './s3-endpoint.ts';
import { signedHead } from './signed-head.ts';

const endpoint = await startS3Endpoint({ after });
const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
const raw = await RawClient.connect(endpoint.port);
after(() => {
  client.destroy();
  raw.close();
});

async function call(method: string, target: string, body = ''): Promise<RawResponse> {
  const headers: Record<string, string> = body === '' ? {} : { 'content-length': String(body.length) };
  raw.send(signedHead({ method, target, headers }).text);
  if (body !== '') raw.send(body);
  return raw.response({ withoutBody: method === 'HEAD' });
}

let buckets = 0;
async function bucketWith(...statuses: ('Enabled' | 'Suspended')[]): Promise<string> {
  const Bucket = `versions-${++buckets}`;
  await client.send(new CreateBucketCommand({ Bucket }));
  for (const Status of statuses)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
  return Bucket;
}

async function text(Bucket: string, Key: string, VersionId?: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Body!.transformToString();
}

test('a bucket says what its versioning is', async () => {
  const Bucket = await bucketWith();
  const status = async () => (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  assert.equal(await status(), undefined);
  for (const Status of ['Suspended', 'Enabled'] as const) {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    assert.equal(await status(), Status);
  }
  for (const [document, status, code] of [
    ['<VersioningConfiguration/>', 400, 'IllegalVersioningConfigurationException'],
    ['<VersioningConfiguration><Status>On</Status></VersioningConfiguration>', 400, 'MalformedXML'],
    ['<Versioning><Status>Enabled</Status></Versioning>', 400, 'MalformedXML'],
    [
      '<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>',
      403,
      'AccessDenied',
    ],
  ] as const) {
    const refused = await call('PUT', `/${Bucket}?versioning`, document);
    assert.equal(refused.status, status, document);
    assert.match(refused.body.toString(), new RegExp(`<Code>${code}</Code>`));
  }
  const plain =
    '<VersioningConfiguration><MfaDelete>Disabled</MfaDelete><Status>Suspended</Status></VersioningConfiguration>';
  assert.equal((await call('PUT', `/${Bucket}?versioning`, plain)).status, 200);
  assert.equal(await status(), 'Suspended');
});

test('a bucket without versioning shows no ids, and knows its objects as null', async () => {
  const Bucket = await bucketWith();
  const put = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));
  const got = await client.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }));
  assert.deepEqual([put.VersionId, got.VersionId], [undefined, undefined]);
  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual(
    Versions?.map(({ Key, VersionId, IsLatest, Size }) => [Key, VersionId, IsLatest, Size]),
    [['k', 'null', true, 1]],
  );
  const deleted = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([deleted.VersionId, deleted.DeleteMarker], [undefined, undefined]);
});

test('every put makes a version, which is read, copied and deleted by its id', async () => {
  const Bucket = await bucketWith('Enabled');
  const Key = 'a/ü';
  const first = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'one' }));
  const second = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'two' }));
  assert.notEqual(first.VersionId, second.VersionId);
  assert.equal(await text(Bucket, Key), 'two');
  assert.equal(await text(Bucket, Key, first.VersionId), 'one');
  const head = await client.send(new HeadObjectCommand({ Bucket, Key, VersionId: first.VersionId }));
  assert.deepEqual([head.VersionId, head.ETag], [first.VersionId, first.ETag]);

  const CopySource = `${Bucket}/${encodeURI(Key)}?versionId=${first.VersionId}`;
  const copied = await client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));
  assert.equal(copied.CopySourceVersionId, first.VersionId);
  assert.equal(await text(Bucket, Key), 'one');
  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual(
    Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    [
      [copied.VersionId, true],
      [second.VersionId, false],
      [first.VersionId, false],
    ],
  );
  const VersionId = copied.VersionId!;
  const deleted = await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  assert.deepEqual([deleted.VersionId, deleted.DeleteMarker], [VersionId, undefined]);
  assert.equal(await text(Bucket, Key), 'two');
});

test('an upload of parts makes a version, from parts that may be old versions', async () => {
  const Bucket = await bucketWith('Enabled');
  const old = await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'old' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'new' }));
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
  const upload = { Bucket, Key: 'k', UploadId };
  const CopySource = `${Bucket}/source?versionId=${old.VersionId}`;
  const part = await client.send(new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource }));
  assert.equal(part.CopySourceVersionId, old.VersionId);
  const Parts = [{ PartNumber: 1, ETag: part.CopyPartResult?.ETag }];
  const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
  const { VersionId } = await client.send(complete);
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'newer' }));
  assert.equal(await text(Bucket, 'k', VersionId), 'old');
  assert.equal((await client.send(complete)).VersionId, VersionId, 'completing again says the same');
});

test('a delete marker hides its key, is not allowed to be read, and goes by its id', async () => {
  const Bucket = await bucketWith('Enabled');
  const { VersionId: id } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));
  const { VersionId: marker, DeleteMarker } = await client.send(
    new DeleteObjectCommand({ Bucket, Key: 'k' }),
  );
  assert.equal(DeleteMarker, true);
  assert.equal((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount, 0);
  for (const method of ['GET', 'HEAD']) {
    const hidden = await call(method, `/${Bucket}/k`);
    assert.equal(hidden.status, 404);
    assert.equal(hidden.headers['x-amz-delete-marker'], 'true');
    assert.equal(hidden.headers['x-amz-version-id'], marker);
    const named = await call(method, `/${Bucket}/k?versionId=${marker}`);
    assert.equal(named.status, 405);
    assert.equal(named.headers.allow, 'DELETE');
    assert.equal(named.headers['x-amz-delete-marker'], 'true');
    assert.ok(named.headers['last-modified']);
  }
  const body = (await call('GET', `/${Bucket}/k?versionId=${marker}`)).body.toString();
  assert.match(body, /<Code>MethodNotAllowed<\/Code>.*<ResourceType>DeleteMarker<\/ResourceType>/);
  const missing = await call('GET', `/${Bucket}/nothing`);
  assert.deepEqual([missing.status, missing.headers['x-amz-delete-marker']], [404, undefined]);
  const { DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual(
    DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest]),
    [[marker, true]],
  );
  const undone = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: marker }));
  assert.deepEqual([undone.VersionId, undone.DeleteMarker], [marker, true]);
  assert.equal(await text(Bucket, 'k'), '1');
  assert.equal(await text(Bucket, 'k', id), '1');
});

test('in a suspended bucket puts and deletes replace the null version and no other', async () => {
  const Bucket = await bucketWith('Enabled');
  const { VersionId: kept } = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } }),
  );
  const put = await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'null 1' }));
  assert.equal(put.VersionId, undefined);
  await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'null 2' }));
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  assert.equal(head.VersionId, 'null');
  assert.equal(await text(Bucket, 'k', 'null'), 'null 2');
  const deleted = await client.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  assert.deepEqual([deleted.VersionId, deleted.DeleteMarker], ['null', true]);
  const all = await client.send(new ListObjectVersionsCommand({ Bucket }));
  assert.deepEqual([all.Versions?.map(({ VersionId }) => VersionId), all.DeleteMarkers?.length], [[kept], 1]);
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'null' }));
  assert.equal(await text(Bucket, 'k'), 'kept');
});

test('many are deleted at once: keys, versions, markers, and what cannot be', async () => {
  const Bucket = await bucketWith('Enabled');
  const ids = new Map<string, string>();
  for (const Key of ['a', 'b', 'c']) {
    const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
    ids.set(Key, VersionId!);
  }
  const { VersionId: marker } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'c' }));
  const Objects = [
    { Key: 'a' },
    { Key: 'b', VersionId: ids.get('b') },
    { Key: 'c', VersionId: marker },
    { Key: 'd', VersionId: 'malformed' },
  ];
  const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  const made = Deleted?.[0]?.DeleteMarkerVersionId;
  assert.deepEqual(Deleted, [
    { Key: 'a', DeleteMarker: true, DeleteMarkerVersionId: made },
    { Key: 'b', VersionId: ids.get('b') },
    { Key: 'c', VersionId: marker, DeleteMarker: true, DeleteMarkerVersionId: marker },
  ]);
  assert.deepEqual(
    Errors?.map(({ Key, Code, VersionId }) => [Key, Code, VersionId]),
    [['d', 'NoSuchVersion', 'malformed']],
  );
  assert.equal(await text(Bucket, 'a', ids.get('a')), 'a');
  assert.equal(await text(Bucket, 'c'), 'c');
  const listed = await client.send(new ListObjectsV2Command({ Bucket }));
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    ['c'],
  );
});

test('versions are listed in pages, with prefix, delimiter and names that XML cannot hold', async () => {
  const Bucket = await bucketWith('Enabled');
  const keys = ['a +\u0001', 'a/1', 'a/2', 'b'];
  for (const Key of keys) {
    for (const Body of ['1', '2', '3']) await client.send(new PutObjectCommand({ Bucket, Key, Body }));
  }
  const seen: string[] = [];
  let markers: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await client.send(
      new ListObjectVersionsCommand({ Bucket, MaxKeys: 2, EncodingType: 'url', ...markers }),
    );
    seen.push(...(page.Versions ?? []).map(({ Key }) => decodeURIComponent(Key!)));
    if (!page.IsTruncated) break;
    markers = {
      KeyMarker: decodeURIComponent(page.NextKeyMarker!),
      VersionIdMarker: page.NextVersionIdMarker,
    };
  }
  assert.deepEqual(
    seen,
    keys.flatMap((key) => [key, key, key]),
  );
  const folders = await client.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: 'a', Delimiter: '/', MaxKeys: 4 }),
  );
  assert.deepEqual(folders.CommonPrefixes, [{ Prefix: 'a/' }]);
  assert.deepEqual([folders.Versions?.length, folders.IsTruncated], [3, false]);
});

test('markers and ids that cannot be are refused as Amazon does', async () => {
  const Bucket = await bucketWith('Enabled');
  for (const [method, target, message] of [
    [
      'GET',
      `/${Bucket}?versions&version-id-marker=a`,
      'A version-id marker cannot be specified without a key',
    ],
    ['GET', `/${Bucket}?versions&key-marker=k&version-id-marker=`, 'A version-id marker cannot be empty'],
    ['GET', `/${Bucket}?versions&key-marker=k&version-id-marker=x`, 'Invalid version id specified'],
    ['GET', `/${Bucket}/k?versionId=`, 'Version id cannot be the empty string'],
    ['GET', `/${Bucket}/k?versionId=abc`, 'Invalid version id specified'],
    ['DELETE', `/${Bucket}/k?versionId=abc`, 'Invalid version id specified'],
    ['GET', `/${Bucket}/k?acl&versionId=abc`, 'Invalid version id specified'],
    ['PUT', `/${Bucket}/k?versionId=null`, 'This operation does not accept a version-id'],
  ] as const) {
    const refused = await call(method, target, method === 'PUT' ? 'x' : '');
    assert.equal(refused.status, 400, target);
    assert.match(
      refused.body.toString(),
      new RegExp(`<Code>InvalidArgument</Code><Message>${message}`),
      target,
    );
  }
  const unknown = await call('GET', `/${Bucket}/k?versionId=${'0'.repeat(32)}`);
  assert.equal(unknown.status, 404);
  assert.match(unknown.body.toString(), /<Code>NoSuchVersion<\/Code>/);
});

test('versions are actions of their own to policies', async (t) => {
  const asked: string[] = [];
  const allowed = new Set(['s3:CreateBucket', 's3:PutBucketVersioning', 's3:PutObject', 's3:GetObject']);
  const guarded = await startS3Endpoint(t, {
    allows(_principal, { action }) {
      asked.push(action);
      return allowed.has(action);
    },
  });
  const limited = new S3Client({ endpoint: guarded.url, region, credentials, forcePathStyle: true });
  t.after(() => limited.destroy());
  const Bucket = 'guarded';
  await limited.send(new CreateBucketCommand({ Bucket }));
  await limited.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const { VersionId } = await limited.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '1' }));
  const name = { Bucket, Key: 'k', VersionId };
  const CopySource = `${Bucket}/k?versionId=${VersionId}`;
  asked.length = 0;
  for (const call of [
    () => limited.send(new GetObjectCommand(name)),
    () => limited.send(new DeleteObjectCommand(name)),
    () => limited.send(new CopyObjectCommand({ Bucket, Key: 'l', CopySource })),
    () => limited.send(new ListObjectVersionsCommand({ Bucket })),
  ]) {
    await assert.rejects(call(), { name: 'AccessDenied' });
  }
  const Objects = [{ Key: 'k', VersionId }];
  const { Errors } = await limited.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  assert.equal(Errors?.[0]?.Code, 'AccessDenied');
  assert.deepEqual(asked, [
    's3:GetObjectVersion',
    's3:DeleteObjectVersion',
    's3:PutObject',
    's3:GetObjectVersion',
    's3:ListBucketVersions',
    's3:DeleteObjectVersion',
  ]);
  allowed.add('s3:GetObjectVersion');
  const unknown = { ...name, VersionId: '0'.repeat(32) };
  await assert.rejects(limited.send(new GetObjectCommand(unknown)), { name: 'AccessDenied' });
  allowed.add('s3:ListBucketVersions');
  await assert.rejects(limited.send(new GetObjectCommand(unknown)), { name: 'NoSuchVersion' });
});
