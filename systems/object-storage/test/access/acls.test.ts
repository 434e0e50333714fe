// Access control lists and object ownership, by Amazon's client.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BucketCannedACL,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketOwnershipControlsCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  type Grant,
  ListObjectsV2Command,
  type ObjectOwnership,
  PutBucketAclCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { anonymous, outcome } from './outcomes.ts';
import { account, startS3WithUsers } from './s3-with-users.ts';

const [Bucket, Key] = ['photos', 'a.txt'];
const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';

const shown = (grants: readonly Grant[] = []) =>
  grants.map(({ Grantee, Permission }) => `${Grantee?.URI ?? Grantee?.ID} ${Permission}`);

async function bucketAcl(client: S3Client): Promise<string[]> {
  return shown((await client.send(new GetBucketAclCommand({ Bucket }))).Grants);
}

test('a canned list of a bucket lets in whom it says', async (t) => {
  const { url, user } = await startS3WithUsers(t);
  const [anna, bert] = [(await user('anna')).client, (await user('bert')).client];
  await anna.send(new CreateBucketCommand({ Bucket }));
  const outcomes = async () => [
    await anonymous(`${url}/${Bucket}`),
    await anonymous(`${url}/${Bucket}/new`, { method: 'PUT', body: '' }),
    await outcome(bert.send(new ListObjectsV2Command({ Bucket }))),
    await outcome(bert.send(new PutObjectCommand({ Bucket, Key: 'new', Body: '' }))),
    await outcome(bert.send(new GetBucketAclCommand({ Bucket }))),
  ];
  const set = (ACL: BucketCannedACL) => anna.send(new PutBucketAclCommand({ Bucket, ACL }));
  const [no, none] = ['403 AccessDenied', 'AccessDenied'];
  assert.deepEqual(await outcomes(), [no, no, none, none, none]);
  await set('public-read');
  assert.deepEqual(await outcomes(), ['200', no, 'done', none, none]);
  await set('authenticated-read');
  assert.deepEqual(await outcomes(), [no, no, 'done', none, none]);
  await set('public-read-write');
  assert.deepEqual(await outcomes(), ['200', '200', 'done', 'done', none]);
  assert.deepEqual(await bucketAcl(anna), [`${allUsers} READ`, `${allUsers} WRITE`, 'anna FULL_CONTROL']);
  await set('private');
  assert.deepEqual(await outcomes(), [no, no, none, none, none]);
  assert.deepEqual(await bucketAcl(anna), ['anna FULL_CONTROL']);
});

test('grants name owners and groups, and nobody who is not there', async (t) => {
  const { user, identity } = await startS3WithUsers(t);
  const [anna, bert] = [(await user('anna')).client, (await user('bert')).client];
  await identity.createUser({ name: '123456789012' });
  await anna.send(
    new CreateBucketCommand({
      Bucket,
      GrantRead: 'id="bert", id=user/123456789012',
      GrantFullControl: 'id=anna',
    }),
  );
  assert.deepEqual(await bucketAcl(anna), ['bert READ', 'user/123456789012 READ', 'anna FULL_CONTROL']);
  assert.equal(await outcome(bert.send(new ListObjectsV2Command({ Bucket }))), 'done');
  for (const [GrantRead, code] of [
    ['id=nobody', 'InvalidArgument'],
    ['id="a b"', 'InvalidArgument'],
    ['id=000000000001', 'InvalidArgument'],
    ['uri=http://example.com/', 'InvalidArgument'],
    ['anna', 'InvalidArgument'],
    ['constructor=anna', 'InvalidArgument'],
    ['emailAddress=anna@example.com', 'UnresolvableGrantByEmailAddress'],
  ] as const) {
    const asked = anna.send(new PutBucketAclCommand({ Bucket, GrantRead }));
    assert.equal(await outcome(asked), code, GrantRead);
  }
  const both = anna.send(new PutBucketAclCommand({ Bucket, ACL: 'private', GrantRead: 'id=bert' }));
  assert.equal(await outcome(both), 'InvalidRequest');
  const Owner = { ID: 'anna' };
  const Grants: Grant[] = [
    { Grantee: { Type: 'CanonicalUser', ID: account }, Permission: 'READ_ACP' },
    { Grantee: { Type: 'Group', URI: allUsers }, Permission: 'READ' },
  ];
  await anna.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner, Grants } }));
  assert.deepEqual(await bucketAcl(anna), [`${allUsers} READ`, `${account} READ_ACP`]);
  const other = { Owner: { ID: 'bert' }, Grants: [] };
  assert.equal(
    await outcome(anna.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: other }))),
    'AccessDenied',
    'a list does not change the owner',
  );
});

test('a list of an object lets in whom it says, and goes with neither copy nor replacement', async (t) => {
  const { url, user } = await startS3WithUsers(t);
  const [anna, bert] = [(await user('anna')).client, (await user('bert')).client];
  await anna.send(new CreateBucketCommand({ Bucket }));
  const read = (key = Key) => anonymous(`${url}/${Bucket}/${key}`);
  await anna.send(
    new PutObjectCommand({ Bucket, Key, Body: 'x', ACL: 'public-read', ContentType: 'text/x' }),
  );
  assert.equal(await read(), '200');
  await anna.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}` }));
  assert.equal(await read('copy'), '403 AccessDenied');
  await anna.send(new PutObjectAclCommand({ Bucket, Key, ACL: 'authenticated-read' }));
  assert.equal(await read(), '403 AccessDenied');
  const got = await bert.send(new GetObjectCommand({ Bucket, Key }));
  assert.equal(got.ContentType, 'text/x', 'a new list changes nothing else');
  assert.equal(
    await outcome(bert.send(new PutObjectAclCommand({ Bucket, Key, ACL: 'private' }))),
    'AccessDenied',
  );
  await anna.send(new PutObjectCommand({ Bucket, Key, Body: 'y' }));
  assert.equal(await outcome(bert.send(new GetObjectCommand({ Bucket, Key }))), 'AccessDenied');
  const { UploadId } = await anna.send(
    new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ACL: 'public-read' }),
  );
  const upload = { Bucket, Key: 'parts', UploadId };
  const { ETag } = await anna.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await anna.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload }));
  assert.equal(await read('parts'), '200');
});

test('a list is of one version, and the others keep theirs', async (t) => {
  const { url, user } = await startS3WithUsers(t);
  const [anna, bert] = [(await user('anna')).client, (await user('bert')).client];
  await anna.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await anna.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const put = () => anna.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const [{ VersionId: old }, { VersionId: current }] = [await put(), await put()];
  await anna.send(new PutObjectAclCommand({ Bucket, Key, VersionId: old, ACL: 'public-read' }));
  const read = (version?: string) =>
    anonymous(`${url}/${Bucket}/${Key}${version === undefined ? '' : `?versionId=${version}`}`);
  assert.deepEqual(
    [await read(old), await read(current), await read()],
    ['200', '403 AccessDenied', '403 AccessDenied'],
  );
  const acl = await anna.send(new GetObjectAclCommand({ Bucket, Key, VersionId: old }));
  assert.deepEqual(shown(acl.Grants), [`${allUsers} READ`, 'anna FULL_CONTROL']);
  assert.equal(await outcome(bert.send(new GetObjectCommand({ Bucket, Key, VersionId: old }))), 'done');
  assert.equal(await read('0'.repeat(32)), '403 AccessDenied', 'who may not list learns not what is missing');
});

/** The owner of what bert puts into anna's bucket, in each of three ways. */
async function ownersOfWrites(bert: S3Client, root: S3Client): Promise<string[]> {
  const owners: string[] = [];
  for (const ACL of [undefined, 'bucket-owner-full-control', 'private'] as const) {
    const asked = await outcome(bert.send(new PutObjectCommand({ Bucket, Key, Body: '', ACL })));
    const { Owner } = asked === 'done' ? await root.send(new GetObjectAclCommand({ Bucket, Key })) : {};
    owners.push(Owner?.ID ?? asked);
  }
  return owners;
}

test('object ownership says who owns what others write, and whether lists count', async (t) => {
  const { root, url, user } = await startS3WithUsers(t);
  const [anna, bert] = [(await user('anna')).client, (await user('bert')).client];
  await anna.send(new CreateBucketCommand({ Bucket }));
  const Statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: ['s3:PutObject', 's3:GetObjectAcl'],
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await anna.send(new PutBucketPolicyCommand({ Bucket, Policy }));
  const set = (ownership: ObjectOwnership) => {
    const OwnershipControls = { Rules: [{ ObjectOwnership: ownership }] };
    return anna.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  };
  await set('ObjectWriter');
  assert.deepEqual(await ownersOfWrites(bert, root), ['bert', 'bert', 'bert']);
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key }))), 'AccessDenied');
  await set('BucketOwnerPreferred');
  assert.deepEqual(await ownersOfWrites(bert, root), ['bert', 'anna', 'bert']);
  await set('BucketOwnerEnforced');
  assert.deepEqual(await ownersOfWrites(bert, root), ['anna', 'anna', 'AccessControlListNotSupported']);
  assert.equal(await outcome(anna.send(new GetObjectCommand({ Bucket, Key }))), 'done', 'whoever wrote it');
  assert.equal(await outcome(anna.send(new DeleteObjectCommand({ Bucket, Key }))), 'done');
  for (const ACL of ['private', 'public-read'] as const) {
    const code = await outcome(anna.send(new PutBucketAclCommand({ Bucket, ACL })));
    assert.equal(code, 'AccessControlListNotSupported');
  }
  await anna.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  assert.equal(
    await outcome(anna.send(new GetBucketOwnershipControlsCommand({ Bucket }))),
    'OwnershipControlsNotFoundError',
  );
  await anna.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read-write' }));
  assert.equal(await outcome(set('BucketOwnerEnforced')), 'InvalidBucketAclWithObjectOwnership');
  assert.equal(await anonymous(`${url}/${Bucket}/by-nobody`, { method: 'PUT', body: '' }), '200');
  const orphan = anna.send(new GetObjectCommand({ Bucket, Key: 'by-nobody' }));
  assert.equal(await outcome(orphan), 'done', 'what nobody wrote belongs to the owner of the bucket');
});

test('a server whose buckets enforce their owner refuses lists unless a bucket says else', async (t) => {
  const { user } = await startS3WithUsers(t, { objectOwnership: 'BucketOwnerEnforced' });
  const anna = (await user('anna')).client;
  const create = (more: { ACL?: BucketCannedACL; ObjectOwnership?: ObjectOwnership }) =>
    outcome(anna.send(new CreateBucketCommand({ Bucket, ...more })));
  assert.equal(await create({ ACL: 'public-read' }), 'InvalidBucketAclWithObjectOwnership');
  assert.equal(await create({ ACL: 'public-read', ObjectOwnership: 'ObjectWriter' }), 'done');
  await anna.send(new PutBucketAclCommand({ Bucket, ACL: 'private' }));
  await anna.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  const list = anna.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' }));
  assert.equal(await outcome(list), 'AccessControlListNotSupported');
});
