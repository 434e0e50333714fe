// Found by review of the S3 edge: each of these once went wrong.

import assert from 'node:assert/strict';
import test, { after } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { RawClient } from '@cairn/testing';
import { credentials, region, startS3Endpoint } from './clients/s3-endpoint.ts';
import { signedHead } from './clients/signed-head.ts';

const endpoint = await startS3Endpoint({ after });
const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
after(() => client.destroy());
const Bucket = 'regressions';
await client.send(new CreateBucketCommand({ Bucket }));
await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));

test('a presigned download gets the headers that its URL asks for', async () => {
  const command = new GetObjectCommand({
    Bucket,
    Key: 'a',
    ResponseContentDisposition: 'attachment; filename="ü.txt"',
    ResponseContentType: 'text/html',
  });
  const response = await fetch(await getSignedUrl(client, command));
  assert.equal(await response.text(), 'hello');
  assert.equal(response.headers.get('content-type'), 'text/html');
  const disposition = Buffer.from(response.headers.get('content-disposition')!, 'latin1').toString('utf8');
  assert.equal(disposition, 'attachment; filename="ü.txt"');
});

test('a download gets every header that it asks for in place of what is stored, and HEAD says the same', async () => {
  const Key = 'described';
  const expires = new Date('2031-02-03T04:05:06Z');
  await client.send(
    new PutObjectCommand({
      ...{ Bucket, Key, Body: 'hello', ContentType: 'text/plain', ContentEncoding: 'identity' },
      ...{ ContentLanguage: 'de', CacheControl: 'no-store', ContentDisposition: 'inline' },
      Expires: new Date('2030-01-01T00:00:00Z'),
    }),
  );
  const asked = {
    ...{ ResponseContentEncoding: 'x-ours', ResponseContentLanguage: 'fr, en' },
    ...{ ResponseExpires: expires, ResponseCacheControl: 'max-age=60' },
  };
  const wanted = ['x-ours', 'fr, en', expires.toUTCString(), 'max-age=60', 'text/plain', 'inline'];
  for (const [method, command] of [
    ['GET', new GetObjectCommand({ Bucket, Key, ...asked })],
    ['HEAD', new HeadObjectCommand({ Bucket, Key, ...asked })],
  ] as const) {
    const response = await fetch(await getSignedUrl(client, command), { method });
    const names = ['encoding', 'language'].map((name) => `content-${name}`);
    const rest = ['expires', 'cache-control', 'content-type', 'content-disposition'];
    const given = [...names, ...rest].map((name) => response.headers.get(name));
    assert.deepEqual([response.status, ...given], [200, ...wanted], method);
    assert.equal(await response.text(), method === 'GET' ? 'hello' : '');
  }
  const stored = await client.send(new HeadObjectCommand({ Bucket, Key }));
  assert.deepEqual([stored.ContentEncoding, stored.ContentLanguage], ['identity', 'de']);
});

test('who did not sign chooses no header of the answer', async () => {
  const open = { Bucket: 'open', Key: 'a' };
  await client.send(new CreateBucketCommand({ Bucket: open.Bucket, ObjectOwnership: 'ObjectWriter' }));
  await client.send(new PutObjectCommand({ ...open, Body: 'hello', ACL: 'public-read' }));
  const get = (query: string) => fetch(`${endpoint.url}/open/a?${query}`);
  assert.equal((await get('')).status, 200);
  for (const name of ['content-encoding', 'content-language', 'expires']) {
    const response = await get(`response-${name}=x`);
    assert.equal(response.status, 400, name);
    assert.match(await response.text(), /<Code>InvalidRequest</);
  }
});

test('what a header cannot carry is refused, also when it is asked for in the query', async () => {
  const command = new GetObjectCommand({ Bucket, Key: 'a', ResponseCacheControl: 'a\r\nset-cookie: b' });
  const response = await fetch(await getSignedUrl(client, command));
  assert.equal(response.status, 400);
  assert.match(await response.text(), /InvalidArgument/);
  const put = new PutObjectCommand({ Bucket, Key: 'b', Metadata: { note: 'a\r\nb' } });
  const url = await getSignedUrl(client, put, { unhoistableHeaders: new Set() });
  assert.equal((await fetch(url, { method: 'PUT', body: 'x' })).status, 400);
  await assert.rejects(client.send(new HeadObjectCommand({ Bucket, Key: 'b' })), { name: 'NotFound' });
});

test('who is nobody deletes nothing, and nothing of what they send is read', async () => {
  const response = await fetch(`${endpoint.url}/${Bucket}?delete`, { method: 'POST', body: '<Delete>' });
  assert.equal(response.status, 403);
});

test('a signed header that is no header breaks the signature and nothing else', async () => {
  const scope = `${credentials.accessKeyId}/20261121/us-east-1/s3/aws4_request`;
  const response = await fetch(`${endpoint.url}/${Bucket}/a`, {
    headers: {
      'x-amz-date': new Date().toISOString().replaceAll(/[-:]|\.\d+/g, ''),
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;constructor;x-amz-content-sha256;x-amz-date, Signature=00`,
    },
  });
  assert(response.status >= 400 && response.status < 500, `it answered ${response.status}`);
});

test('metadata may be called as a property of every JavaScript object is', async () => {
  const Metadata = Object.fromEntries([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
  await client.send(new PutObjectCommand({ Bucket, Key: 'named', Body: 'x', Metadata }));
  const command = new HeadObjectCommand({ Bucket, Key: 'named' });
  const { headers } = await fetch(await getSignedUrl(client, command), { method: 'HEAD' });
  assert.equal(headers.get('x-amz-meta-__proto__'), 'a');
  assert.equal(headers.get('x-amz-meta-constructor'), 'b');
});

test('who expects 100 Continue gets it for an empty body too, where the connection goes on', async () => {
  // Otherwise boto3 and aws misread the next answer on that connection, and wait for a minute.
  const raw = await RawClient.connect(endpoint.port);
  const expecting = { 'content-length': '0', expect: '100-continue' };
  for (const target of [`/${Bucket}/empty`, '/nothing-here/empty', `/${Bucket}/empty`]) {
    raw.send(signedHead({ method: 'PUT', target, headers: expecting }).text);
    assert.equal((await raw.response()).status, 100);
    const { status, headers } = await raw.response();
    assert.deepEqual([status, headers.connection], [target.startsWith('/nothing') ? 404 : 200, 'keep-alive']);
  }
  raw.close();
});
