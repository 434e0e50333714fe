// CORS over real sockets: what a browser asks before it sends, and what it reads in every answer.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type CORSRule,
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
} from '@aws-sdk/client-s3';
import { outcome } from './outcomes.ts';
import { type S3WithUsers, startS3WithUsers } from './s3-with-users.ts';

const Bucket = 'pages';

async function bucketWith(t: TestContext, CORSRules?: CORSRule[]): Promise<S3WithUsers> {
  const s3 = await startS3WithUsers(t);
  await s3.root.send(new CreateBucketCommand({ Bucket, ACL: 'public-read' }));
  if (CORSRules !== undefined) await put(s3, CORSRules);
  return s3;
}

function put({ root }: S3WithUsers, CORSRules: CORSRule[]): Promise<unknown> {
  return root.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
}

const shownHeaders = [
  'access-control-allow-origin',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-credentials',
  'vary',
];

/** Status, code, and what of CORS the answer holds. */
async function ask(url: string, method: string, headers: Record<string, string>) {
  const response = await fetch(url, { method, headers });
  const [, code] = /<Code>(\w+)<\/Code>/.exec(await response.text()) ?? [];
  const cors = shownHeaders.flatMap((name) => {
    const value = response.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return [response.status, code, Object.fromEntries(cors)];
}

const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

test('rules are given back as they were put, and are gone when they were deleted', async (t) => {
  const s3 = await bucketWith(t);
  const get = () => s3.root.send(new GetBucketCorsCommand({ Bucket }));
  assert.equal(await outcome(get()), 'NoSuchCORSConfiguration');
  const rules: CORSRule[] = [
    {
      ID: 'pages',
      AllowedOrigins: ['https://*.example.com', 'https://example.org'],
      AllowedMethods: ['GET', 'PUT'],
      AllowedHeaders: ['x-amz-*'],
      ExposeHeaders: ['etag'],
      MaxAgeSeconds: 300,
    },
    { AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] },
  ];
  await put(s3, rules);
  assert.deepEqual((await get()).CORSRules, rules);
  await s3.root.send(new DeleteBucketCorsCommand({ Bucket }));
  assert.equal(await outcome(get()), 'NoSuchCORSConfiguration');
  for (const [rule, code] of [
    [{ AllowedOrigins: ['*'], AllowedMethods: ['PATCH'] }, 'InvalidRequest'],
    [{ AllowedOrigins: ['*.*'], AllowedMethods: ['GET'] }, 'InvalidRequest'],
    [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], ExposeHeaders: ['x-*'] }, 'InvalidRequest'],
    [{ AllowedOrigins: ['*'], AllowedMethods: ['GET'], ExposeHeaders: ['a\r\nb: c'] }, 'MalformedXML'],
    [{ AllowedOrigins: [], AllowedMethods: ['GET'] }, 'MalformedXML'],
  ] as [CORSRule, string][]) {
    assert.equal(await outcome(put(s3, [rule])), code, JSON.stringify(rule));
  }
  const many = Array<CORSRule>(101).fill({ AllowedOrigins: ['*'], AllowedMethods: ['GET'] });
  assert.equal(await outcome(put(s3, many)), 'MalformedXML');
});

test('a preflight is answered by the first rule that fits, without credentials, also for what is not there', async (t) => {
  const { url } = await bucketWith(t, [
    { AllowedOrigins: ['https://a.example'], AllowedMethods: ['GET'], MaxAgeSeconds: 60 },
    {
      AllowedOrigins: ['https://*.example'],
      AllowedMethods: ['PUT', 'GET'],
      AllowedHeaders: ['X-Amz-*', 'content-type'],
      ExposeHeaders: ['etag', 'x-amz-version-id'],
    },
  ]);
  const preflight = (origin: string, method: string, headers?: string) =>
    ask(`${url}/${Bucket}/nothing?X-Amz-Signature=1&acl`, 'OPTIONS', {
      origin,
      'access-control-request-method': method,
      ...(headers !== undefined && { 'access-control-request-headers': headers }),
    });
  const origin = { 'access-control-allow-origin': 'https://a.example', vary };
  const credentials = { 'access-control-allow-credentials': 'true' };
  assert.deepEqual(await preflight('https://a.example', 'GET'), [
    200,
    undefined,
    { ...origin, ...credentials, 'access-control-allow-methods': 'GET', 'access-control-max-age': '60' },
  ]);
  assert.deepEqual(await preflight('https://a.example', 'GET', 'x-amz-date, Content-Type'), [
    200,
    undefined,
    {
      ...origin,
      ...credentials,
      'access-control-allow-methods': 'PUT, GET',
      'access-control-allow-headers': 'x-amz-date, Content-Type',
      'access-control-expose-headers': 'etag, x-amz-version-id',
    },
  ]);
  for (const [from, method, headers] of [
    ['https://a.example', 'DELETE', undefined],
    ['https://a.example.org', 'GET', undefined],
    ['http://a.example', 'GET', undefined],
    ['https://a.example', 'PUT', 'authorization'],
  ] as const) {
    assert.deepEqual(
      await preflight(from, method, headers),
      [403, 'AccessForbidden', {}],
      `${from} ${method}`,
    );
  }
});

test('what is no preflight, or about a bucket without rules, is refused', async (t) => {
  const { url } = await bucketWith(t);
  const method = { 'access-control-request-method': 'GET' };
  assert.deepEqual(await ask(`${url}/${Bucket}`, 'OPTIONS', {}), [400, 'BadRequest', {}]);
  assert.deepEqual(await ask(`${url}/${Bucket}`, 'OPTIONS', { origin: 'a' }), [400, 'BadRequest', {}]);
  const asked = { origin: 'https://a', ...method };
  assert.deepEqual(await ask(`${url}/${Bucket}`, 'OPTIONS', asked), [403, 'AccessForbidden', {}]);
  assert.deepEqual(await ask(`${url}/`, 'OPTIONS', asked), [403, 'AccessForbidden', {}]);
  assert.deepEqual(await ask(`${url}/nowhere`, 'OPTIONS', asked), [404, 'NoSuchBucket', {}]);
});

test('a preflight that asks for more headers than a script sends is refused', async (t) => {
  const everything = { AllowedOrigins: ['*'], AllowedMethods: ['PUT'], AllowedHeaders: ['*'] };
  const { url } = await bucketWith(t, [everything]);
  const asked = async (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `x${index}`).join(',');
    const about = { 'access-control-request-method': 'PUT', 'access-control-request-headers': names };
    return (await ask(`${url}/${Bucket}`, 'OPTIONS', { origin: 'https://a', ...about })).slice(0, 2);
  };
  assert.deepEqual(await asked(100), [200, undefined]);
  assert.deepEqual(await asked(101), [403, 'AccessForbidden']);
});

test('every answer says whether the script may read it, also one that refuses', async (t) => {
  const s3 = await bucketWith(t, [
    { AllowedOrigins: ['*'], AllowedMethods: ['GET'], ExposeHeaders: ['etag'] },
    { AllowedOrigins: ['https://a.example'], AllowedMethods: ['PUT'] },
  ]);
  const [list, object] = [`${s3.url}/${Bucket}`, `${s3.url}/${Bucket}/nothing`];
  const everyone = {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET',
    'access-control-expose-headers': 'etag',
    vary,
  };
  assert.deepEqual(await ask(list, 'GET', { origin: 'https://b.example' }), [200, undefined, everyone]);
  assert.deepEqual(await ask(object, 'GET', { origin: 'null' }), [404, 'NoSuchKey', everyone]);
  assert.deepEqual(await ask(list, 'GET', {}), [200, undefined, {}]);
  const [status, code, { 'access-control-allow-origin': allowed }] = await ask(object, 'PUT', {
    origin: 'https://a.example',
  });
  assert.deepEqual([status, code, allowed], [403, 'AccessDenied', 'https://a.example']);
  assert.deepEqual(await ask(object, 'PUT', { origin: 'https://b.example' }), [403, 'AccessDenied', {}]);
  assert.deepEqual(await ask(`${s3.url}/nowhere/k`, 'GET', { origin: 'https://a.example' }), [
    404,
    'NoSuchBucket',
    {},
  ]);
  await s3.root.send(new DeleteBucketCorsCommand({ Bucket }));
  assert.deepEqual(await ask(list, 'GET', { origin: 'https://b.example' }), [200, undefined, {}]);
});
