// Presigned URLs, signed by Amazon's own library and then changed, moved in time, or used for something else.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { credentials, region, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { type Answer, answerTo, assertRefused } from './hostile-exchange.ts';

const endpoint = await startS3Endpoint({ after });
const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
after(() => client.destroy());
const [Bucket, Key] = ['photos', 'a b/ü+.txt'];
await client.send(new CreateBucketCommand({ Bucket }));
await client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));

const hourMs = 3_600_000;
const weekSeconds = 604_800;

type Sent = {
  readonly method?: string;
  readonly url: string;
  readonly lines?: readonly string[];
  readonly body?: string;
};

/** Without an HTTP client that would put the URL in order first. */
function send({ method = 'GET', url, lines = [], body = '' }: Sent): Promise<Answer> {
  const { host } = new URL(url);
  const target = url.slice(url.indexOf(host) + host.length);
  const length = body === '' ? [] : [`content-length: ${body.length}`];
  const head = [`${method} ${target} HTTP/1.1`, `host: ${host}`, ...length, ...lines];
  return answerTo(endpoint, { bytes: `${head.join('\r\n')}\r\n\r\n${body}` });
}

function presigned(options: { expiresIn?: number; signingDate?: Date } = {}): Promise<string> {
  return getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), options);
}

function ago(ms: number): { signingDate: Date } {
  return { signingDate: new Date(Date.now() - ms) };
}

test('a URL is good until its time is over, up to a week, and within the skew of clocks before', async () => {
  for (const options of [
    { expiresIn: 1 },
    { expiresIn: weekSeconds },
    { ...ago(6 * 24 * hourMs), expiresIn: weekSeconds },
    { ...ago(-14 * 60_000), expiresIn: 60 },
  ])
    assert.deepEqual(await send({ url: await presigned(options) }), {
      status: 200,
      text: 'hello',
      code: undefined,
    });
});

const times: Readonly<Record<string, readonly [options: Parameters<typeof presigned>[0], message: RegExp]>> =
  {
    'is over since a second': [{ ...ago(62_000), expiresIn: 60 }, /<Message>Request has expired</],
    'is over since years': [{ signingDate: new Date(0), expiresIn: 60 }, /<Message>Request has expired</],
    'has not come yet': [{ ...ago(-hourMs), expiresIn: 60 }, /<Message>Request is not yet valid</],
  };
for (const [what, [options, message]] of Object.entries(times)) {
  test(`a URL whose time ${what} is refused`, async () => {
    const answer = await send({ url: await presigned(options) });
    await assertRefused(endpoint, answer, { status: 403, code: 'AccessDenied' });
    assert.match(answer.text, message);
  });
}

const parameterError = 'AuthorizationQueryParametersError';

/** What is done to a good URL, and how that is answered. */
const changes: Readonly<
  Record<string, readonly [change: (url: string) => string, status: number, code: string]>
> = {
  'an expiry of 0': [(url) => set(url, 'X-Amz-Expires', '0'), 403, 'AccessDenied'],
  'an expiry below 0': [(url) => set(url, 'X-Amz-Expires', '-1'), 400, parameterError],
  'an expiry of a week and a second': [
    (url) => set(url, 'X-Amz-Expires', String(weekSeconds + 1)),
    400,
    parameterError,
  ],
  'an expiry of 20 digits': [(url) => set(url, 'X-Amz-Expires', '9'.repeat(20)), 400, parameterError],
  'an expiry of letters': [(url) => set(url, 'X-Amz-Expires', 'never'), 400, parameterError],
  'an expiry with a point': [(url) => set(url, 'X-Amz-Expires', '1.5'), 400, parameterError],
  'another algorithm': [(url) => set(url, 'X-Amz-Algorithm', 'AWS4-HMAC-SHA1'), 400, parameterError],
  'a date in another form': [(url) => set(url, 'X-Amz-Date', '2026-11-21T00:00:00Z'), 400, parameterError],
  'a date that does not exist': [(url) => set(url, 'X-Amz-Date', '20261341T256199Z'), 400, parameterError],
  'a credential in three parts': [(url) => set(url, 'X-Amz-Credential', 'a/b/c'), 400, parameterError],
  'another region': [(url) => inCredential(url, region, 'eu-west-1'), 400, parameterError],
  'another service': [(url) => inCredential(url, '/s3/', '/ec2/'), 400, parameterError],
  'another end of the credential': [
    (url) => inCredential(url, 'aws4_request', 'aws5_request'),
    400,
    parameterError,
  ],
  'another day in the credential': [
    (url) => inCredential(url, /\/\d{8}\//, '/20200101/'),
    400,
    parameterError,
  ],
  'another key': [
    (url) => inCredential(url, credentials.accessKeyId, 'AKIANOBODY'),
    403,
    'InvalidAccessKeyId',
  ],
  'another signature': [(url) => set(url, 'X-Amz-Signature', '0'.repeat(64)), 403, 'SignatureDoesNotMatch'],
  'a signature that is no hexadecimal': [
    (url) => set(url, 'X-Amz-Signature', '%00'),
    403,
    'SignatureDoesNotMatch',
  ],
  'half a signature': [
    (url) => url.replace(/(X-Amz-Signature=\w{32})\w+/, '$1'),
    403,
    'SignatureDoesNotMatch',
  ],
  'another object': [(url) => url.replace('.txt', '.jpg'), 403, 'SignatureDoesNotMatch'],
  'another bucket': [(url) => url.replace('/photos/', '/videos/'), 403, 'SignatureDoesNotMatch'],
  'a longer expiry': [(url) => set(url, 'X-Amz-Expires', '86400'), 403, 'SignatureDoesNotMatch'],
  'a parameter more': [(url) => `${url}&response-content-type=text/html`, 403, 'SignatureDoesNotMatch'],
  'a parameter less': [(url) => url.replace(/&x-id=\w+/, ''), 403, 'SignatureDoesNotMatch'],
  'its signature twice': [(url) => `${url}&X-Amz-Signature=${'0'.repeat(64)}`, 400, 'InvalidArgument'],
  'a session that is not ours': [(url) => `${url}&X-Amz-Security-Token=x`, 400, 'InvalidToken'],
};
for (const [what, [change, status, code]] of Object.entries(changes)) {
  test(`a URL with ${what} is refused as ${code}`, async () => {
    const good = await presigned({ expiresIn: 60 });
    const url = change(good);
    assert.notEqual(url, good, 'the change changes something');
    await assertRefused(endpoint, await send({ url }), { status, code });
  });
}

for (const name of ['Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature', 'Algorithm']) {
  test(`a URL without X-Amz-${name} is refused`, async () => {
    const url = (await presigned()).replace(new RegExp(`X-Amz-${name}=[^&]*&?`), '');
    await assertRefused(endpoint, await send({ url }), { status: 400, code: parameterError });
  });
}

test('a URL in the wrong region says which is right', async () => {
  const answer = await send({ url: inCredential(await presigned(), region, 'eu-west-1') });
  assert.match(answer.text, new RegExp(`<Region>${region}</Region>`));
});

test('a URL is good for its method alone', async () => {
  const url = await presigned();
  for (const method of ['PUT', 'DELETE', 'POST']) {
    const answer = await send({ method, url, lines: ['content-length: 0'] });
    await assertRefused(endpoint, answer, { status: 403, code: 'SignatureDoesNotMatch' });
  }
});

test('a URL is good for its host alone', async () => {
  const url = await presigned();
  const target = url.slice(endpoint.url.length);
  const bytes = `GET ${target} HTTP/1.1\r\nhost: elsewhere\r\n\r\n`;
  const answer = await answerTo(endpoint, { bytes });
  await assertRefused(endpoint, answer, { status: 403, code: 'SignatureDoesNotMatch' });
});

test('headers of Amazon’s that a URL does not sign are refused', async () => {
  const url = await presigned();
  const answer = await send({ url, lines: ['x-amz-meta-a: b'] });
  await assertRefused(endpoint, answer, { status: 403, code: 'AccessDenied' });
});

test('a URL and an Authorization header are one too many', async () => {
  const answer = await send({ url: await presigned(), lines: ['authorization: AWS4-HMAC-SHA256 x'] });
  await assertRefused(endpoint, answer, { status: 400, code: 'InvalidArgument' });
});

test('a URL to put takes any bytes, and the conditions and headers that it signs', async () => {
  const options = { endpoint: endpoint.url, region, credentials, forcePathStyle: true } as const;
  const plain = new S3Client({ ...options, requestChecksumCalculation: 'WHEN_REQUIRED' });
  const command = new PutObjectCommand({ Bucket, Key: 'put', IfNoneMatch: '*', ContentType: 'text/plain' });
  const signableHeaders = new Set(['content-type', 'host']);
  const url = await getSignedUrl(plain, command, { signableHeaders });
  const lines = ['content-type: text/plain', 'if-none-match: *'];
  assert.equal((await send({ method: 'PUT', url, lines, body: 'first' })).status, 200);
  const again = await send({ method: 'PUT', url, lines, body: 'second' });
  await assertRefused(endpoint, again, { status: 412, code: 'PreconditionFailed' });
  const other = await send({ method: 'PUT', url, lines: ['content-type: text/html', lines[1]!], body: 'x' });
  await assertRefused(endpoint, other, { status: 403, code: 'SignatureDoesNotMatch' });
});

test('a URL that names a checksum takes the bytes that have it, as Amazon does, and no others', async () => {
  // The SDK presigns without a body, and says the checksum of no bytes unless it is told not to.
  const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: 'checked' }));
  assert.match(url, /x-amz-checksum-crc32=AAAAAA%3D%3D/);
  const refused = await send({ method: 'PUT', url, body: 'bytes' });
  await assertRefused(endpoint, refused, { status: 400, code: 'BadDigest' });
  assert.equal((await send({ method: 'PUT', url, lines: ['content-length: 0'] })).status, 200);
});

function set(url: string, name: string, value: string): string {
  return url.replace(new RegExp(`${name}=[^&]*`), `${name}=${value}`);
}

function inCredential(url: string, from: string | RegExp, to: string): string {
  const [, credential = ''] = /X-Amz-Credential=([^&]*)/.exec(url) ?? [];
  const changed = decodeURIComponent(credential).replace(from, to);
  return set(url, 'X-Amz-Credential', encodeURIComponent(changed));
}
