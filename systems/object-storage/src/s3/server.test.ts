// The endpoint over real sockets: what a client sees at each turn that a request can take, and what a bad one cannot do.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, suite, type TestContext, test } from 'node:test';
import { drainBytesMax } from '@cairn/service';
import { RawClient, type RawResponse } from '@cairn/testing';
import { encodeChunks } from '../../test/clients/chunk-encoder.ts';
import { type S3Endpoint, type StartOptions, startS3Endpoint } from '../../test/clients/s3-endpoint.ts';
import { type HeadToSign, signedHead } from '../../test/clients/signed-head.ts';
import { objectBody } from '../core/object-body.ts';
import { leaveToKernel } from '../data/reading/kernel-memory.ts';
import { ObjectStorageError } from '../errors.ts';
import { headerBytesMax } from './limits.ts';

const bucket = 'pictures';

type Connected = { endpoint: S3Endpoint; client: RawClient };

/** A connection to an endpoint that has the bucket. */
async function connectedTo(t: TestContext, endpoint: S3Endpoint): Promise<RawClient> {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  return client;
}

/** An endpoint of its own, for a test that needs another than the others. */
async function connected(t: TestContext, options: StartOptions): Promise<Connected> {
  const endpoint = await startWithBucket(t, options);
  return { endpoint, client: await connectedTo(t, endpoint) };
}

async function startWithBucket(
  test: Parameters<typeof startS3Endpoint>[0],
  options: StartOptions,
): Promise<S3Endpoint> {
  const endpoint = await startS3Endpoint(test, options);
  const client = await RawClient.connect(endpoint.port);
  assert.equal((await call(client, { method: 'PUT', target: `/${bucket}` })).status, 200);
  client.close();
  return endpoint;
}

async function call(
  client: RawClient,
  request: HeadToSign,
  body: string | Uint8Array = '',
): Promise<RawResponse> {
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  const headers = request.method === 'GET' || request.method === 'HEAD' ? {} : length;
  client.send(signedHead({ ...request, headers: { ...headers, ...request.headers } }).text);
  if (body.length > 0) client.send(body);
  return client.response({ withoutBody: request.method === 'HEAD' });
}

function codeOf({ body }: RawResponse): string | undefined {
  return /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1];
}

const put = (key: string, headers: Record<string, string> = {}): HeadToSign => ({
  method: 'PUT',
  target: `/${bucket}/${key}`,
  headers,
});
const get = (key: string, headers: Record<string, string> = {}): HeadToSign => ({
  method: 'GET',
  target: `/${bucket}/${key}`,
  headers,
});

suite('an endpoint', () => {
  let endpoint: S3Endpoint;
  const cleanUps: (() => Promise<void>)[] = [];
  before(async () => {
    endpoint = await startWithBucket({ after: (cleanUp) => cleanUps.unshift(cleanUp) }, {});
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  test('an object is stored and given back, with all that was said about it', async (t) => {
    const client = await connectedTo(t, endpoint);
    const headers = {
      'content-type': 'text/plain',
      'x-amz-meta-colour': 'gr\xc3\xbcn',
      'cache-control': 'no-store',
    };
    const stored = await call(client, put('a%20b/%C3%BC', headers), 'hello');
    assert.deepEqual([stored.status, stored.headers.etag], [200, '"5d41402abc4b2a76b9719d911017c592"']);
    const got = await call(client, get('a%20b/%C3%BC'));
    assert.deepEqual([got.status, got.body.toString()], [200, 'hello']);
    for (const [name, value] of Object.entries(headers)) assert.equal(got.headers[name], value);
    for (const name of ['x-amz-request-id', 'x-amz-id-2', 'last-modified', 'date'])
      assert(got.headers[name], name);
    const range = await call(client, get('a%20b/%C3%BC', { range: 'bytes=1-2' }));
    assert.deepEqual(
      [range.status, range.body.toString(), range.headers['content-range']],
      [206, 'el', 'bytes 1-2/5'],
    );
    const head = await call(client, { ...get('a%20b/%C3%BC'), method: 'HEAD' });
    assert.deepEqual(
      [head.status, head.headers['content-length'], head.headers.etag],
      [200, '5', stored.headers.etag],
    );
    const same = await call(client, get('a%20b/%C3%BC', { 'if-none-match': stored.headers.etag! }));
    assert.deepEqual([same.status, same.headers.etag, same.body.length], [304, stored.headers.etag, 0]);
    assert.match(endpoint.metrics(), /cairn_s3_requests_total\{operation="GetObject",status="206"\} 1/);
    assert.match(endpoint.metrics(), /cairn_s3_received_bytes_total 5\n/);
  });

  test('errors are XML, and to HEAD only a status; the connection goes on', async (t) => {
    const client = await connectedTo(t, endpoint);
    const missing = await call(client, get('nothing'));
    assert.deepEqual([missing.status, codeOf(missing)], [404, 'NoSuchKey']);
    assert.match(missing.body.toString(), /<Key>nothing<\/Key>.*<RequestId>\w{16}<\/RequestId>/);
    const head = await call(client, { ...get('nothing'), method: 'HEAD' });
    assert.deepEqual([head.status, head.body.length], [404, 0]);
    assert.equal((await call(client, put('k'), 'x')).status, 200);
  });

  test('the body is asked for only when it is wanted', async (t) => {
    const client = await connectedTo(t, endpoint);
    const expecting = { 'content-length': '5', expect: '100-continue' };
    client.send(signedHead(put('k', expecting)).text);
    assert.equal((await client.response()).status, 100);
    client.send('hello');
    assert.equal((await client.response()).status, 200);
    client.send(signedHead({ ...put('k', expecting), target: '/nowhere/k' }).text);
    const refused = await client.response();
    assert.deepEqual(
      [refused.status, codeOf(refused), refused.headers.connection],
      [404, 'NoSuchBucket', 'close'],
    );
    assert.equal((await client.rest()).length, 0);
  });

  test('a small body that nobody wants is read, and the connection is kept', async (t) => {
    const client = await connectedTo(t, endpoint);
    const refused = await call(client, { ...put('k'), target: '/nowhere/k' }, Buffer.alloc(drainBytesMax));
    assert.deepEqual([codeOf(refused), refused.headers.connection], ['NoSuchBucket', 'keep-alive']);
    assert.equal((await call(client, put('k'), 'x')).status, 200);
  });

  test('a large body that nobody wants does not keep the client from the answer', async (t) => {
    const client = await connectedTo(t, endpoint);
    const refused = await call(client, { ...put('k'), target: '/nowhere/k' }, Buffer.alloc(8 * 1024 * 1024));
    assert.deepEqual([codeOf(refused), refused.headers.connection], ['NoSuchBucket', 'close']);
    assert.equal((await client.rest()).length, 0);
  });

  test('signed chunks arrive in pieces, and a wrong one stores nothing', async (t) => {
    const client = await connectedTo(t, endpoint);
    const payload = Buffer.alloc(20_000, 'abc');
    const headers = {
      'content-encoding': 'aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': String(payload.length),
    };
    const send = async (key: string, change: (body: Buffer) => Buffer) => {
      const placeholder = encodeChunks([payload], {
        seed: { key: Buffer.alloc(32), date: '', scope: '', signature: '' },
      });
      const { text, seed } = signedHead(
        put(key, { ...headers, 'content-length': String(placeholder.length) }),
      );
      const body = change(encodeChunks([payload], { seed }));
      client.send(text);
      for (let at = 0; at < body.length; at += 777) client.send(body.subarray(at, at + 777));
      return client.response();
    };
    assert.equal((await send('right', (body) => body)).status, 200);
    const got = await call(client, get('right'));
    assert(got.body.equals(payload));
    assert.equal(got.headers['content-encoding'], undefined, 'how it was sent is not what it is');
    const wrong = await send('wrong', (body) =>
      Buffer.from(body.toString('latin1').replace('abca', 'abcb'), 'latin1'),
    );
    assert.equal(codeOf(wrong), 'SignatureDoesNotMatch');
    assert.equal(codeOf(await call(client, get('wrong'))), 'NoSuchKey');
  });

  test('a body needs a length before it is taken', async (t) => {
    const client = await connectedTo(t, endpoint);
    client.send(signedHead(put('k')).text);
    assert.equal(codeOf(await client.response()), 'MissingContentLength');
  });

  test("a body in HTTP's chunks is taken without a length", async (t) => {
    const client = await connectedTo(t, endpoint);
    client.send(signedHead(put('k', { 'transfer-encoding': 'chunked' })).text);
    client.send('5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n');
    assert.equal((await client.response()).status, 200);
    assert.equal((await call(client, get('k'))).body.toString(), 'hello world');
  });

  test('chunks may come in chunks of HTTP, when their sum is known', async (t) => {
    const client = await connectedTo(t, endpoint);
    const headers = {
      'transfer-encoding': 'chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    };
    client.send(signedHead(put('k', headers)).text);
    const body = encodeChunks([Buffer.from('hello')], { trailer: ['x-amz-checksum-crc32:NhCmhg=='] });
    client.send(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
    assert.equal((await client.response()).headers['x-amz-checksum-crc32'], 'NhCmhg==');
  });

  test('a client that goes away in the middle of an upload leaves nothing', async (t) => {
    const client = await connectedTo(t, endpoint);
    client.send(signedHead(put('gone', { 'content-length': '1000000' })).text);
    client.send(Buffer.alloc(500_000));
    client.socket.destroy();
    const other = await connectedTo(t, endpoint);
    assert.equal(codeOf(await call(other, get('gone'))), 'NoSuchKey');
  });

  test('a client that closes its half after an incomplete body is told', async (t) => {
    const client = await connectedTo(t, endpoint);
    client.send(signedHead(put('k', { 'content-length': '10' })).text);
    client.send('hello');
    client.socket.end();
    assert.match((await client.rest()).toString(), /^HTTP\/1.1 400 .*<Code>(IncompleteBody|BadRequest)</s);
  });

  test('a client that closes its half after a whole request is answered', async (t) => {
    const client = await connectedTo(t, endpoint);
    client.send(signedHead(get('nothing')).text);
    client.socket.end();
    assert.match((await client.rest()).toString(), /^HTTP\/1.1 404.*NoSuchKey/s);
  });

  test('what is not HTTP, or too much of it, is answered and closed', async (t) => {
    const answerTo = async (text: string) => {
      const client = await connectedTo(t, endpoint);
      client.send(text);
      return (await client.rest()).toString();
    };
    assert.match(await answerTo('nonsense\r\n\r\n'), /^HTTP\/1.1 400.*<Code>BadRequest</s);
    const headers = { 'x-amz-meta-long': 'x'.repeat(headerBytesMax) };
    assert.match(await answerTo(signedHead(put('k', headers)).text), /<Code>RequestHeaderSectionTooLarge</);
    const twice = `GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`;
    assert.match(await answerTo(twice), /<Code>BadRequest</);
    const smuggled = `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`;
    assert.match(await answerTo(smuggled), /<Code>BadRequest</);
  });

  test('targets that cannot be are refused, and strange ones taken literally', async (t) => {
    const client = await connectedTo(t, endpoint);
    for (const [target, code] of [
      [`/${bucket}/%zz`, 'InvalidURI'],
      [`/${bucket}/%ff`, 'InvalidURI'],
      [`/${bucket}?prefix=a&prefix=b`, 'InvalidArgument'],
      [`/${bucket}/k%00`, 'InvalidArgument'],
      [`/${bucket}/${'x'.repeat(1_025)}`, 'KeyTooLongError'],
      [`/${bucket}/k?partNumber=99999999999&uploadId=a`, 'InvalidArgument'],
      [`/${bucket}/k?legal-hold`, 'InvalidRequest'],
      [`/${bucket}/k?torrent`, 'NotImplemented'],
    ] as const) {
      assert.equal(codeOf(await call(client, { method: 'PUT', target }, 'x')), code, target);
    }
    const literal = `/${bucket}/../${bucket}//etc/./passwd`;
    assert.equal((await call(client, { method: 'PUT', target: literal }, 'x')).status, 200);
    const listing = await call(client, { method: 'GET', target: `/${bucket}` });
    assert.match(listing.body.toString(), /<Key>..\/pictures\/\/etc\/.\/passwd<\/Key>/);
  });

  test('a wrong expectation of who owns a bucket is refused', async (t) => {
    const client = await connectedTo(t, endpoint);
    const owner = (account: string) => ({ 'x-amz-expected-bucket-owner': account });
    assert.equal(codeOf(await call(client, put('k', owner('111111111111')), 'x')), 'AccessDenied');
    assert.equal((await call(client, put('k', owner('000000000000')), 'x')).status, 200);
  });
});

test('whoever is not known, or may not, is refused', async (t) => {
  const { client } = await connected(t, {
    allows: (principal, { action }) =>
      principal.type === 'root' && action !== 's3:DeleteObject' && action !== 's3:ListBucket',
  });
  client.send(`GET /${bucket}/k HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  assert.equal(codeOf(await client.response()), 'AccessDenied');
  assert.equal(codeOf(await call(client, { ...get('k'), method: 'DELETE' })), 'AccessDenied');
  assert.equal(
    codeOf(await call(client, get('k'))),
    'AccessDenied',
    'who may not list learns not what is missing',
  );
  assert.equal(codeOf(await call(client, { ...get('k'), timeMs: 0 })), 'RequestTimeTooSkewed');
  const deletion = '<Delete><Object><Key>k</Key></Object></Delete>';
  const headers = { 'content-md5': 'OuoOWYbFXbfoqjAxFxvzWA==' };
  const wrong = await call(client, { method: 'POST', target: `/${bucket}?delete`, headers }, deletion);
  assert.equal(codeOf(wrong), 'BadDigest');
  const md5 = createHash('md5').update(deletion).digest('base64');
  const each = await call(
    client,
    { method: 'POST', target: `/${bucket}?delete`, headers: { 'content-md5': md5 } },
    deletion,
  );
  assert.deepEqual([each.status, codeOf(each)], [200, 'AccessDenied']);
});

test('an upload that is completed says where the object is, in the style of the request', async (t) => {
  const { client } = await connected(t, {});
  const host = `${bucket}.localhost`;
  for (const [target, headers, location] of [
    [`/${bucket}/a%20b`, {}, `http://127.0.0.1/${bucket}/a%20b`],
    ['/a%20b', { host }, `http://${host}/a%20b`],
  ] as const) {
    const created = await call(client, { method: 'POST', target: `${target}?uploads=`, headers });
    const uploadId = /<UploadId>(\w+)</.exec(created.body.toString())![1];
    const part = `${target}?partNumber=1&uploadId=${uploadId}`;
    const { headers: sent } = await call(client, { method: 'PUT', target: part, headers }, 'x');
    const list = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${sent.etag}</ETag></Part></CompleteMultipartUpload>`;
    const complete: HeadToSign = { method: 'POST', target: `${target}?uploadId=${uploadId}`, headers };
    const { body } = await call(client, complete, list);
    assert.equal(/<Location>(.*)<\/Location>/.exec(body.toString())?.[1], location);
  }
});

test('a policy about a version holds wherever the version is named', async (t) => {
  const asked: string[] = [];
  const { client } = await connected(t, {
    allows: (_principal, { action, context }) => {
      const version = context()['s3:VersionId'];
      if (version !== undefined) asked.push(`${action} ${version}`);
      return version === undefined;
    },
  });
  await call(client, put('k'), 'x');
  assert.equal(codeOf(await call(client, get('k?versionId=null'))), 'AccessDenied');
  const copy = put('copy', { 'x-amz-copy-source': `${bucket}/k?versionId=null` });
  assert.equal(codeOf(await call(client, copy)), 'AccessDenied');
  const list = '<Delete><Object><Key>k</Key><VersionId>null</VersionId></Object></Delete>';
  const headers = { 'content-md5': createHash('md5').update(list).digest('base64') };
  const deleted = await call(client, { method: 'POST', target: `/${bucket}?delete`, headers }, list);
  assert.equal(codeOf(deleted), 'AccessDenied');
  assert.equal((await call(client, get('k'))).status, 200, 'it is still there');
  assert.deepEqual(asked, [
    's3:GetObjectVersion null',
    's3:GetObjectVersion null',
    's3:DeleteObjectVersion null',
  ]);
});

test('a client that stalls is told so, and cut', async (t) => {
  const { client } = await connected(t, { idleTimeoutMs: 500 });
  client.send(signedHead(put('k', { 'content-length': '10' })).text);
  client.send('hello');
  const answer = await client.response();
  assert.deepEqual([answer.status, codeOf(answer)], [400, 'RequestTimeout']);
  assert.equal(answer.headers['x-amz-request-id']?.length, 16);
});

test('a client that does not take its answer is cut', async (t) => {
  const { client, endpoint } = await connected(t, { idleTimeoutMs: 500 });
  assert.equal((await call(client, put('large'), Buffer.alloc(16 * 1024 * 1024))).status, 200);
  client.socket.pause();
  client.send(signedHead(get('large')).text);
  const other = await connectedTo(t, endpoint);
  // Metrics count a request when it is over: only being cut ends this one.
  while (!/GetObject",status="200"\} 1/.test(endpoint.metrics())) await call(other, get('nothing'));
});

test('a bucket may be named by the host', async (t) => {
  const { client } = await connected(t, { domains: ['S3.Example.com'] });
  for (const host of [`${bucket}.localhost:9000`, `${bucket}.s3.example.com`]) {
    assert.equal((await call(client, { method: 'PUT', target: '/k', headers: { host } }, host)).status, 200);
    assert.equal((await call(client, get('k'))).body.toString(), host);
  }
});

test('a fault inside is not explained to the client', async (t) => {
  const { client } = await connected(t, {
    wrap: (storage) => ({
      ...storage,
      headObject: () => Promise.reject(new Error('secret detail')),
      getObject: () => Promise.reject(new Error('secret detail')),
    }),
  });
  const failed = await call(client, get('k'));
  assert.deepEqual([failed.status, codeOf(failed)], [500, 'InternalError']);
  assert(!failed.body.toString().includes('secret'));
  assert.equal((await call(client, { ...get('k'), method: 'HEAD' })).status, 500);
});

test('an object that turns out damaged is cut off, never completed', async (t) => {
  let closed = false;
  const damaged = {
    sizeBytes: 10,
    whole: undefined,
    async *chunks() {
      yield Buffer.from('hello');
      throw new ObjectStorageError('InternalError');
    },
    close() {
      closed = true;
    },
  };
  const { client } = await connected(t, {
    wrap: (storage) => ({
      ...storage,
      async getObject(request) {
        const info = await storage.headObject(request);
        request.select?.(info);
        return { info, content: damaged };
      },
    }),
  });
  await call(client, put('k'), '0123456789');
  client.send(signedHead(get('k')).text);
  const answer = (await client.rest()).toString();
  assert.match(answer, /content-length: 10\r\n.*\r\n\r\nhello$/s);
  assert(closed);
});

test('memory of a body serves the next request, unless a drive may still read it', async (t) => {
  let isSilent = false;
  let memories = new Set<ArrayBufferLike>();
  const { client } = await connected(t, {
    wrap: (storage) => ({
      ...storage,
      async putObject(request) {
        memories = new Set();
        for await (const chunk of request.body.chunks) {
          // Small copies share memory anyway.
          if (chunk.buffer.byteLength > 64 * 1024) memories.add(chunk.buffer);
          if (isSilent) leaveToKernel([chunk]);
        }
        return storage.putObject({ ...request, body: objectBody(Buffer.from('stored')) });
      },
    }),
  });
  const memoriesOfPut = async () => {
    assert.equal((await call(client, put('key'), Buffer.alloc(512 * 1024))).status, 200);
    return memories;
  };
  const first = await memoriesOfPut();
  isSilent = true;
  const second = await memoriesOfPut();
  assert(second.intersection(first).size > 0);
  assert.equal((await memoriesOfPut()).intersection(second).size, 0);
});

test('what a client sent stays as it is while its put goes on, though it went away', async (t) => {
  const body = Buffer.alloc(4_096, 'a');
  const taken = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<Buffer>();
  const { endpoint, client } = await connected(t, {
    wrap: (storage) => ({
      ...storage,
      async putObject(request) {
        const pieces: Uint8Array[] = [];
        for await (const piece of request.body.chunks) pieces.push(piece);
        if (request.key === 'left') {
          taken.resolve();
          await released.promise;
          stored.resolve(Buffer.concat(pieces));
        }
        return storage.putObject({ ...request, body: objectBody(Buffer.concat(pieces)) });
      },
    }),
  });
  const left = Promise.withResolvers<void>();
  client.socket.on('close', left.resolve);
  client.send(Buffer.concat([Buffer.from(headOfPut('left', body)), body]));
  await taken.promise;
  // At once: to one that only ends its side the server would still answer.
  client.socket.resetAndDestroy();
  await left.promise;
  const other = await connectedTo(t, endpoint);
  for (let number = 0; number < 40; number++)
    assert.equal((await call(other, put(`other-${number}`), Buffer.alloc(4_096, 'b'))).status, 200);
  released.resolve();
  assert((await stored.promise).equals(body));
});

function headOfPut(key: string, body: Buffer): string {
  return signedHead(put(key, { 'content-length': String(body.length) })).text;
}
