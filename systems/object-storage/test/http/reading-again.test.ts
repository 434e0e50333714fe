// Reads of what is remembered: each answer is the one that the first read gave, and never older than the last write.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { RawClient, type RawResponse } from '@cairn/testing';
import type { ObjectStorage } from '../../src/core/object-storage.ts';
import { type S3Endpoint, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { type HeadToSign, signedHead } from '../clients/signed-head.ts';

const bucket = 'again';
/** Bytes are remembered from the second read on. */
const reads = 4;

suite('reading again', () => {
  let endpoint: S3Endpoint;
  let client: RawClient;
  /** Reads that were answered at once. */
  let atOnce = 0;
  let denied = '';
  const cleanUps: (() => Promise<void>)[] = [];

  before(async () => {
    const wrap = (storage: ObjectStorage): ObjectStorage => ({
      ...storage,
      getObjectNow(request) {
        const found = storage.getObjectNow(request);
        if (found !== undefined) atOnce++;
        return found;
      },
    });
    endpoint = await startS3Endpoint(
      { after: (cleanUp) => cleanUps.unshift(cleanUp) },
      {
        wrap,
        allows: (_, { action }) => action !== denied,
      },
    );
    client = await RawClient.connect(endpoint.port);
    await call({ method: 'PUT', target: `/${bucket}` });
  });
  after(async () => {
    client.close();
    for (const cleanUp of cleanUps) await cleanUp();
  });

  async function call(request: HeadToSign, body = ''): Promise<RawResponse> {
    const length = request.method === 'GET' ? {} : { 'content-length': String(body.length) };
    client.send(signedHead({ ...request, headers: { ...length, ...request.headers } }).text);
    if (body.length > 0) client.send(body);
    return client.response({ withoutBody: false });
  }

  const put = async (key: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await call({ method: 'PUT', target: `/${bucket}/${key}`, headers }, body);
    assert.equal(answer.status, 200, answer.body.toString());
  };
  const get = (key: string, headers: Record<string, string> = {}) =>
    call({ method: 'GET', target: `/${bucket}/${key}`, headers });

  /** All of an answer but what is new in each. */
  function shownBy({ status, headers, body }: RawResponse) {
    const { date: _, 'x-amz-request-id': __, ...shown } = headers;
    return { status, headers: shown, body: body.toString().replace(/<RequestId>\w+/, '<RequestId>') };
  }

  const described = {
    'content-type': 'text/plain',
    'cache-control': 'no-store',
    'x-amz-meta-made': 'today',
    'x-amz-storage-class': 'STANDARD_IA',
  };
  const requests: readonly { what: string; headers: Record<string, string>; status: number }[] = [
    { what: 'a whole object', headers: {}, status: 200 },
    { what: 'a range', headers: { range: 'bytes=2-4' }, status: 206 },
    { what: 'the end of it', headers: { range: 'bytes=-3' }, status: 206 },
    { what: 'a range behind its end', headers: { range: 'bytes=100-' }, status: 416 },
    { what: 'with a checksum', headers: { 'x-amz-checksum-mode': 'ENABLED' }, status: 200 },
    { what: 'what did not change', headers: { 'if-none-match': '*' }, status: 304 },
    { what: 'another one than is there', headers: { 'if-match': '"other"' }, status: 412 },
  ];
  for (const { what, headers, status } of requests) {
    test(`${what} is answered as the first time`, async () => {
      const key = `key-${status}-${Object.keys(headers).join()}`;
      await put(key, 'hello world', described);
      const first = shownBy(await get(key, headers));
      assert.equal(first.status, status);
      const before = atOnce;
      for (let read = 0; read < reads; read++) assert.deepEqual(shownBy(await get(key, headers)), first);
      if (status < 300) assert(atOnce > before, 'it was remembered');
    });
  }

  test('headers that a client chose do not stay for the next', async () => {
    await put('chosen', 'hello', described);
    const plain = shownBy(await get('chosen'));
    await get('chosen');
    const target = `/${bucket}/chosen?response-content-type=text%2Fhtml`;
    assert.equal((await call({ method: 'GET', target })).headers['content-type'], 'text/html');
    assert.deepEqual(shownBy(await get('chosen')), plain);
  });

  test('every read shows the last write, of whichever kind it was', async () => {
    const read = async () => {
      const answers = [];
      for (let count = 0; count < reads; count++) answers.push((await get('changed')).body.toString());
      return answers;
    };
    await put('changed', 'one');
    assert.deepEqual(await read(), Array(reads).fill('one'));
    await put('changed', 'two');
    assert.deepEqual(await read(), Array(reads).fill('two'));
    await put('source', 'three');
    const copySource = { 'x-amz-copy-source': `/${bucket}/source` };
    await call({ method: 'PUT', target: `/${bucket}/changed`, headers: copySource });
    assert.deepEqual(await read(), Array(reads).fill('three'));
    await call({ method: 'DELETE', target: `/${bucket}/changed` });
    assert.equal((await get('changed')).status, 404);
    await put('changed', 'four');
    assert.deepEqual(await read(), Array(reads).fill('four'));
  });

  test('tags are told of, and access that was taken away is gone', async () => {
    await put('tagged', 'hello');
    for (let read = 0; read < reads; read++) await get('tagged');
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const headers = { 'content-md5': md5Of(tagging) };
    await call({ method: 'PUT', target: `/${bucket}/tagged?tagging`, headers }, tagging);
    for (let read = 0; read < reads; read++)
      assert.equal((await get('tagged')).headers['x-amz-tagging-count'], '1');
    denied = 's3:GetObject';
    assert.equal((await get('tagged')).status, 403);
    denied = '';
  });

  test('a bucket that becomes versioned shows versions', async () => {
    await put('versioned', 'hello');
    for (let read = 0; read < reads; read++) await get('versioned');
    const configuration = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    const set = await call({ method: 'PUT', target: `/${bucket}?versioning` }, configuration);
    assert.equal(set.status, 200, set.body.toString());
    for (let read = 0; read < reads; read++)
      assert.equal((await get('versioned')).headers['x-amz-version-id'], 'null');
  });
});

function md5Of(text: string): string {
  return createHash('md5').update(text).digest('base64');
}
