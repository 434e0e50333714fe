// Moving from one server to another by the command: left to a server that is killed -9 in the middle and goes on by itself,
// and into a folder that no server holds.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { temporaryDirectory } from '@cairn/testing';
import {
  type CairnProcess,
  endpointOf,
  rootCredentials,
  rootEnvironment,
  runCairn,
  startCairn,
} from './cairn-process.ts';

const Bucket = 'photos';
const objects = 40;
const KiB = 1_024;

function clientOf(cairn: CairnProcess): S3Client {
  const endpoint = endpointOf(cairn, 'object-storage s3');
  return new S3Client({ endpoint, region: 'us-east-1', credentials: rootCredentials, forcePathStyle: true });
}

const bodyOf = (index: number) => Buffer.alloc(16 * KiB, `object ${index} `);

async function filledSource(t: Parameters<typeof startCairn>[0] & Parameters<typeof temporaryDirectory>[0]) {
  const source = await startCairn(t, { data: await temporaryDirectory(t) });
  const client = clientOf(source);
  await client.send(new CreateBucketCommand({ Bucket }));
  for (let index = 0; index < objects; index++)
    await client.send(new PutObjectCommand({ Bucket, Key: `key-${index}`, Body: bodyOf(index) }));
  client.destroy();
  return endpointOf(source, 'object-storage s3');
}

async function keysOf(client: S3Client): Promise<number> {
  const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket }));
  return KeyCount;
}

type Shown = {
  readonly state: string;
  readonly counts: { readonly importedObjects: number; readonly failed: number };
};

async function shownImport(data: string): Promise<Shown> {
  const { code, output, errors } = await runCairn([
    'object-storage',
    'import',
    '--status',
    '--json',
    '--data',
    data,
  ]);
  assert.equal(code, 0, errors);
  return JSON.parse(output)[0];
}

async function until(data: string, holds: (shown: Shown) => boolean): Promise<Shown> {
  for (;;) {
    const shown = await shownImport(data);
    if (holds(shown)) return shown;
  }
}

test('an import that a server was left with goes on by itself after kill -9', async (t) => {
  const from = await filledSource(t);
  const data = await temporaryDirectory(t);
  const key = 'object-storage.credentials.old';
  const { accessKeyId, secretAccessKey } = rootCredentials;
  const parameters = [
    '--set',
    `${key}.accessKeyId=${accessKeyId}`,
    '--set',
    `${key}.secretAccessKey=${secretAccessKey}`,
  ];
  const first = await startCairn(t, { data, parameters });
  const asked = [
    '--from',
    from,
    '--credentials',
    'old',
    '--jobs',
    '2',
    '--bytes-per-second',
    String(64 * KiB),
    '--detach',
  ];
  const started = await runCairn(['object-storage', 'import', '--data', data, ...asked]);
  assert.equal(started.code, 0, started.errors);
  await until(data, ({ counts }) => counts.importedObjects > 2);
  await first.end('SIGKILL');
  const second = await startCairn(t, { data, parameters });
  const ended = await until(data, ({ state }) => state !== 'running');
  assert.deepEqual([ended.state, ended.counts.failed], ['done', 0]);
  const client = clientOf(second);
  t.after(() => client.destroy());
  assert.equal(await keysOf(client), objects);
  for (let index = 0; index < objects; index++) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: `key-${index}` }));
    assert(bodyOf(index).equals(Buffer.from(await Body!.transformToByteArray())));
  }
  await second.end('SIGTERM');
  const check = await runCairn(['object-storage', 'check', '--deep', '--data', data]);
  assert.equal(check.code, 0, check.output + check.errors);
});

test('a folder that no server holds takes an import too, with the credentials of the environment', async (t) => {
  const from = await filledSource(t);
  const data = await temporaryDirectory(t);
  await (await startCairn(t, { data })).end('SIGTERM');
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = rootCredentials;
  const environment = { ...rootEnvironment, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY };
  const importing = (more: readonly string[]) =>
    runCairn(['s3', 'import', '--data', data, '--from', `${from}/${Bucket}`, ...more], environment);
  const planned = await importing(['--dry-run']);
  assert.match(planned.output, /would move 40 objects with 655360 bytes; 0 were here/, planned.errors);
  const moved = await importing([]);
  assert.equal(moved.code, 0, moved.errors);
  assert.match(
    moved.output,
    /: done\nmoved 40 objects with 655360 bytes; 0 were here\nin sync|: done\nmoved 40 objects/,
  );
  const again = await importing(['--json']);
  assert.deepEqual(JSON.parse(again.output.trim().split('\n').at(-1)!).counts.present, objects);
  const detached = await importing(['--detach']);
  assert.equal(detached.code, 2);
  const nowhere = await runCairn(['s3', 'import', '--data', data, '--from', 'ftp://x/'], environment);
  assert.match(nowhere.errors, /wanted is http\(s\):\/\/HOST/);
  const wrong = await runCairn(['s3', 'import', '--data', data, '--from', from], {
    ...environment,
    AWS_SECRET_ACCESS_KEY: 'x',
  });
  assert.equal(wrong.code, 1);
  assert.match(wrong.errors, /SignatureDoesNotMatch/);
});

/** Everything of a bucket that moves: each version with its bytes, tags and metadata, and who may do what. */
async function contentOf(client: S3Client) {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  const versions = await Promise.all(
    Versions.map(async ({ Key, VersionId, IsLatest }) => {
      const { Body, Metadata, ContentType } = await client.send(
        new GetObjectCommand({ Bucket, Key, VersionId }),
      );
      const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key, VersionId }));
      return { Key, IsLatest, text: await Body!.transformToString(), Metadata, ContentType, TagSet };
    }),
  );
  const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
  const markers = DeleteMarkers.map(({ Key, IsLatest }) => ({ Key, IsLatest }));
  return { versions, markers, policy: JSON.parse(Policy!) };
}

test('a server follows another through kill -9, with versions, tags, metadata and policy, until the switch', async (t) => {
  const source = await startCairn(t, { data: await temporaryDirectory(t) });
  const there = clientOf(source);
  t.after(() => there.destroy());
  const put = (Key: string, Body: string) =>
    there.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body,
        Tagging: `of=${Body}`,
        Metadata: { of: Body },
        ContentType: 'a/b',
      }),
    );
  await there.send(new CreateBucketCommand({ Bucket }));
  await there.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  };
  await there.send(
    new PutBucketPolicyCommand({
      Bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  await put('a', 'first');
  await put('a', 'second');
  await put('gone', 'was here');
  await there.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));

  const data = await temporaryDirectory(t);
  const { accessKeyId, secretAccessKey } = rootCredentials;
  const key = 'object-storage.credentials.old';
  const values = [`${key}.accessKeyId=${accessKeyId}`, `${key}.secretAccessKey=${secretAccessKey}`];
  const parameters = values.flatMap((value) => ['--set', value]);
  const from = ['--from', `${endpointOf(source, 'object-storage s3')}/${Bucket}`, '--credentials', 'old'];
  const importing = async (...more: readonly string[]) => {
    const { code, errors } = await runCairn(['object-storage', 'import', '--data', data, ...from, ...more]);
    assert.equal(code, 0, errors);
  };
  const first = await startCairn(t, { data, parameters });
  await importing('--follow', '--detach');
  await until(data, ({ state, counts }) => state === 'following' && counts.importedObjects >= 3);
  await put('a', 'third');
  await first.end('SIGKILL');
  await put('late', 'while it was away');
  await there.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));

  const second = await startCairn(t, { data, parameters });
  await put('last', 'before the switch');
  await importing('--switch');
  const { state, counts } = await shownImport(data);
  assert.deepEqual([state, counts.failed], ['done', 0]);
  const here = clientOf(second);
  t.after(() => here.destroy());
  const moved = await contentOf(here);
  assert.deepEqual(moved, await contentOf(there));
  assert.deepEqual(
    moved.versions.map(({ text }) => text),
    ['third', 'second', 'first', 'was here', 'before the switch', 'while it was away'],
  );
  assert.equal(moved.markers.length, 2);
});
