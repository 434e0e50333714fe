// Every request header that the installed SDK of AWS knows, of the operations that are built: it is minded, needs no minding,
// or is refused. One that a newer SDK brings fails here, until somebody has settled which it is.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as sdk from '@aws-sdk/client-s3';
import { s3ChecksumAlgorithms } from '../../src/s3/body/checksum-claim.ts';
import { unsupportedHeaders } from '../../src/s3/headers/supported-headers.ts';
import { operations } from '../../src/s3/routing/operations.ts';
import { credentials, region, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { requestSchemas } from './request-schemas.ts';

/** On every operation that has them. */
const everywhere = [
  // Asked before the operation; bodies are held against their digests wherever there is a body.
  'x-amz-expected-bucket-owner',
  'content-length',
  'content-md5',
  'x-amz-sdk-checksum-algorithm',
  // Requests are not billed.
  'x-amz-request-payer',
];

const checksums = s3ChecksumAlgorithms.map((algorithm) => `x-amz-checksum-${algorithm}`);
const grants = ['full-control', 'read', 'read-acp', 'write-acp'].map((right) => `x-amz-grant-${right}`);
const acl = ['x-amz-acl', ...grants];
const bucketAcl = [...acl, 'x-amz-grant-write'];
const encryption = 'x-amz-server-side-encryption';
const customerKeyParts = ['algorithm', 'key', 'key-md5'];
const customerKey = customerKeyParts.map((part) => `${encryption}-customer-${part}`);
const sourceKey = customerKeyParts.map((part) => `x-amz-copy-source-server-side-encryption-customer-${part}`);
const times = ['if-modified-since', 'if-unmodified-since'];
const tags = ['if-match', 'if-none-match'];
const conditions = [...times, ...tags];
const copySource = [
  'x-amz-copy-source',
  'x-amz-source-expected-bucket-owner',
  ...conditions.map((condition) => `x-amz-copy-source-${condition}`),
  ...sourceKey,
];
const lock = ['mode', 'retain-until-date', 'legal-hold'].map((part) => `x-amz-object-lock-${part}`);
const written = [
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-type'],
  ...['expires', 'x-amz-meta-', 'x-amz-storage-class', 'x-amz-tagging'],
  ...acl,
  ...lock,
  ...customerKey,
  ...['', '-aws-kms-key-id', '-context', '-bucket-key-enabled'].map((part) => `${encryption}${part}`),
];
const reading = [...conditions, ...customerKey, 'range', 'x-amz-checksum-mode'];
const listing = ['x-amz-optional-object-attributes'];
// Nothing has a second factor: deletions never need one.
const mfa = 'x-amz-mfa';
const bypass = 'x-amz-bypass-governance-retention';

const known: Readonly<Record<string, readonly string[]>> = {
  CompleteMultipartUpload: [
    ...checksums,
    ...tags,
    ...customerKey,
    'x-amz-checksum-type',
    'x-amz-mp-object-size',
  ],
  CopyObject: [
    ...copySource,
    ...written,
    ...tags,
    ...['x-amz-checksum-algorithm', 'x-amz-metadata-directive', 'x-amz-tagging-directive'],
    // No object has annotations to copy.
    'x-amz-object-annotation-directive',
  ],
  CreateBucket: [...bucketAcl, 'x-amz-bucket-object-lock-enabled', 'x-amz-object-ownership'],
  CreateMultipartUpload: [...written, 'x-amz-checksum-algorithm', 'x-amz-checksum-type'],
  DeleteObject: [mfa, bypass, 'if-match', 'x-amz-if-match-last-modified-time', 'x-amz-if-match-size'],
  DeleteObjects: [mfa, bypass],
  GetObject: reading,
  GetObjectAttributes: [
    ...customerKey,
    ...['x-amz-object-attributes', 'x-amz-max-parts', 'x-amz-part-number-marker'],
  ],
  HeadObject: reading,
  ListObjectVersions: listing,
  ListObjects: listing,
  ListObjectsV2: listing,
  // What is listed is not encrypted.
  ListParts: customerKey,
  PutBucketAcl: bucketAcl,
  PutBucketLifecycleConfiguration: ['x-amz-transition-default-minimum-object-size'],
  PutBucketNotificationConfiguration: ['x-amz-skip-destination-validation'],
  // The owner of a bucket always may change its policy.
  PutBucketPolicy: ['x-amz-confirm-remove-self-bucket-access'],
  // A right that Amazon's support gave once; nobody needs it here.
  PutBucketReplication: ['x-amz-bucket-object-lock-token'],
  PutObjectLockConfiguration: ['x-amz-bucket-object-lock-token'],
  PutObject: [...checksums, ...tags, ...written, 'x-amz-write-offset-bytes'],
  PutObjectAcl: bucketAcl,
  PutObjectRetention: [bypass],
  RenameObject: [
    ...conditions,
    ...['x-amz-rename-source', 'x-amz-client-token'],
    ...conditions.map((condition) => `x-amz-rename-source-${condition}`),
  ],
  UploadPart: [...checksums, ...customerKey],
  UploadPartCopy: [...copySource, ...customerKey, 'x-amz-copy-source-range'],
};

/** Of the operations that are built, what is not known of them: `OPERATION HEADER`. */
function unknownHeaders(): string[] {
  const schemas = requestSchemas();
  return operations.flatMap(({ name }) => {
    const headers = schemas.get(name)?.members.flatMap(({ header }) => header ?? []) ?? [];
    return headers
      .filter((header) => !everywhere.includes(header) && !known[name]?.includes(header))
      .map((header) => `${name} ${header}`);
  });
}

const hold = 'x-amz-object-lock-event-hold';
const refused = [
  `AbortMultipartUpload x-amz-if-match-initiated-time`,
  `CreateBucket x-amz-bucket-namespace`,
  `PutBucketVersioning x-amz-mfa`,
  ...['CopyObject', 'CreateMultipartUpload', 'PutObject'].flatMap((operation) =>
    ['x-amz-website-redirect-location', hold, `${hold}-duration-days`, `${hold}-duration-years`].map(
      (header) => `${operation} ${header}`,
    ),
  ),
];

test('every header that the SDK knows is known, or refused', () => {
  assert.deepEqual(unknownHeaders().sort(), refused.sort());
  const unsupported: ReadonlySet<string> = new Set(unsupportedHeaders);
  for (const row of refused) assert(unsupported.has(row.split(' ')[1]!), row);
});

test('what is known is a header of the operation', () => {
  const schemas = requestSchemas();
  for (const [name, headers] of Object.entries(known)) {
    const sent = schemas.get(name)!.members.flatMap(({ header }) => header ?? []);
    assert.deepEqual(
      headers.filter((header) => !sent.includes(header)),
      [],
      name,
    );
  }
});

test('what asks for something that is not there is refused, and nothing is done', async (t) => {
  const { url: endpoint } = await startS3Endpoint(t);
  const client = new sdk.S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  t.after(() => client.destroy());
  await client.send(new sdk.CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }));
  const object = { Bucket: 'locked', Key: 'k' };
  const source = { ...object, CopySource: 'locked/k' };
  const put = await client.send(new sdk.PutObjectCommand({ ...object, Body: 'the object' }));
  const upload = await client.send(new sdk.CreateMultipartUploadCommand(object));
  const { UploadId } = upload;
  const notImplemented = { name: 'NotImplemented' };
  const asked = [
    { ObjectLockEventHold: 'ON' },
    { ObjectLockEventHoldDurationDays: 5 },
    { ObjectLockEventHoldDurationYears: 1 },
    { WebsiteRedirectLocation: '/elsewhere' },
  ] as const;
  for (const extra of asked) {
    await assert.rejects(client.send(new sdk.PutObjectCommand({ ...object, ...extra })), notImplemented);
    await assert.rejects(client.send(new sdk.CopyObjectCommand({ ...source, ...extra })), notImplemented);
    const creation = new sdk.CreateMultipartUploadCommand({ ...object, ...extra });
    await assert.rejects(client.send(creation), notImplemented);
  }
  const regional = { Bucket: 'regional', BucketNamespace: 'account-regional' } as const;
  await assert.rejects(client.send(new sdk.CreateBucketCommand(regional)), notImplemented);
  await client.send(new sdk.CreateBucketCommand({ ...regional, BucketNamespace: 'global' }));
  const stale = { ...object, UploadId, IfMatchInitiatedTime: new Date(0) };
  await assert.rejects(client.send(new sdk.AbortMultipartUploadCommand(stale)), notImplemented);

  const annotation = { ...object, AnnotationName: 'a' };
  const annotating = new sdk.PutObjectAnnotationCommand({ ...annotation, AnnotationPayload: 'a note' });
  await assert.rejects(client.send(annotating), notImplemented);
  await assert.rejects(client.send(new sdk.GetObjectAnnotationCommand(annotation)), notImplemented);
  await assert.rejects(client.send(new sdk.ListObjectAnnotationsCommand(object)), notImplemented);
  await assert.rejects(client.send(new sdk.DeleteObjectAnnotationCommand(annotation)), notImplemented);

  const versions = await client.send(new sdk.ListObjectVersionsCommand({ Bucket: 'locked' }));
  assert.deepEqual(
    versions.Versions?.map(({ VersionId }) => VersionId),
    [put.VersionId],
  );
  assert.equal(versions.DeleteMarkers, undefined);
  const content = await client.send(new sdk.GetObjectCommand(object));
  assert.equal(await content.Body?.transformToString(), 'the object');
  const uploads = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: 'locked' }));
  assert.deepEqual(
    uploads.Uploads?.map((listed) => listed.UploadId),
    [UploadId],
  );
});
