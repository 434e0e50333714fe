// The server over HTTP, on a repository in memory: what no client of others asks for is asked here.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { cleanUpAfter } from '@cairn/testing';
import { directory, file, symlink } from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { seededRandom } from '../../test/seeded-random.ts';
import type { Repository } from '../core/repository.ts';
import { BackupError } from '../errors.ts';
import { serveWebdav } from './serve-webdav.ts';
import type { WebdavOptions, WebdavSource } from './webdav-options.ts';

type Answer = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: Buffer };
type Ask = http.RequestOptions & { readonly content?: string | Buffer };

async function serve(t: TestContext, repository: WebdavSource, options: Partial<WebdavOptions> = {}) {
  const problems: string[] = [];
  const onProblem = (problem: string) => problems.push(problem);
  const server = await serveWebdav(repository, { host: '127.0.0.1', port: 0, onProblem, ...options });
  cleanUpAfter(t, () => server.close(AbortSignal.abort()));
  const agent = new http.Agent({ keepAlive: false });
  const ask = async (method: string, path: string, { content, ...wanted }: Ask = {}): Promise<Answer> => {
    const request = http.request({ agent, host: '127.0.0.1', port: server.port, method, path, ...wanted });
    request.end(content);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>));
    return { status: response.statusCode!, headers: response.headers, body };
  };
  return { server, ask, problems };
}

const chunkBytes = 100_000;

async function prepare(t: TestContext, options: Partial<WebdavOptions> = {}) {
  const random = seededRandom(t);
  const sample = await sampleRepository();
  const chunks = Array.from({ length: 30 }, () => new Uint8Array(random.bytes(chunkBytes)));
  const snapshot = await sample.add([
    directory('d', [file('large.bin', chunks), file('empty', ''), symlink('link', 'large.bin')]),
    file('page.html', '<script>alert(1)</script>'),
  ]);
  cleanUpAfter(t, () => sample.repository.close());
  return {
    ...sample,
    random,
    snapshot,
    bytes: Buffer.concat(chunks),
    ...(await serve(t, sample.repository, options)),
  };
}

const large = '/snapshots/latest/d/large.bin';

test('a file is read whole and in ranges', async (t) => {
  const { ask, bytes, random } = await prepare(t);
  const whole = await ask('GET', large);
  assert.equal(whole.status, 200);
  assert.ok(whole.body.equals(bytes));
  const head = await ask('HEAD', large);
  assert.deepEqual(
    [head.status, head.headers['content-length'], head.body.length],
    [200, `${bytes.length}`, 0],
  );
  const partOfHead = await ask('HEAD', large, { headers: { range: 'bytes=0-9' } });
  assert.deepEqual([partOfHead.status, partOfHead.headers['content-length']], [200, `${bytes.length}`]);
  for (let round = 0; round < 30; round += 1) {
    const start = random.integer(bytes.length);
    const end = start + random.integer(bytes.length - start);
    const part = await ask('GET', large, { headers: { range: `bytes=${start}-${end}` } });
    assert.equal(part.status, 206);
    assert.equal(part.headers['content-range'], `bytes ${start}-${end}/${bytes.length}`);
    assert.ok(part.body.equals(bytes.subarray(start, end + 1)));
  }
  assert.ok((await ask('GET', '/ids/latest/d/link')).body.equals(bytes));
  assert.equal((await ask('GET', '/ids/latest/d/empty')).body.length, 0);
});

test('conditions, ranges that cannot be, and If-Range', async (t) => {
  const { ask, bytes } = await prepare(t);
  const { etag, 'last-modified': modified } = (await ask('HEAD', large)).headers;
  const status = async (headers: Record<string, string>) => (await ask('GET', large, { headers })).status;
  assert.equal(await status({ 'if-none-match': etag! }), 304);
  assert.equal(await status({ 'if-modified-since': modified! }), 304);
  assert.equal(await status({ 'if-match': '"x"' }), 412);
  assert.equal(await status({ range: 'bytes=1-2', 'if-range': etag! }), 206);
  assert.equal(await status({ range: 'bytes=1-2', 'if-range': '"x"' }), 200);
  assert.equal(await status({ range: 'bytes=1-2', 'if-range': modified! }), 206);
  const beyond = await ask('GET', large, { headers: { range: `bytes=${bytes.length}-` } });
  assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, `bytes */${bytes.length}`]);
});

test('whatever writes or locks is refused with what is possible, before its body is sent', async (t) => {
  const { ask } = await prepare(t);
  const methods = ['PUT', 'DELETE', 'MKCOL', 'COPY', 'MOVE', 'PROPPATCH', 'LOCK', 'UNLOCK', 'POST', 'PATCH'];
  for (const method of methods) {
    const { status, headers } = await ask(method, large, { content: 'x' });
    assert.deepEqual([status, headers.allow], [405, 'OPTIONS, GET, HEAD, PROPFIND'], method);
  }
});

test('a client that waits before it sends a body is told to go on for a PROPFIND alone', async (t) => {
  const { server } = await prepare(t);
  const expecting = async (method: string) => {
    const headers = { expect: '100-continue', depth: '0' };
    const request = http.request({ host: '127.0.0.1', port: server.port, method, path: '/', headers });
    let continued = false;
    request.on('continue', () => {
      continued = true;
      request.end('<propfind xmlns="DAV:"><propname/></propfind>');
    });
    request.flushHeaders();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    request.destroy();
    return [continued, response.statusCode];
  };
  assert.deepEqual(await expecting('PROPFIND'), [true, 207]);
  assert.deepEqual(await expecting('PUT'), [false, 405]);
});

test('OPTIONS tells class 1 and no locks', async (t) => {
  const { ask } = await prepare(t);
  const { status, headers } = await ask('OPTIONS', '/');
  assert.deepEqual([status, headers.dav, headers.allow], [200, '1', 'OPTIONS, GET, HEAD, PROPFIND']);
});

test('PROPFIND answers depth 0 and 1, and refuses to list a tree', async (t) => {
  const { ask } = await prepare(t);
  const hrefs = async (path: string, depth: string) => {
    const { status, body } = await ask('PROPFIND', path, { headers: { depth } });
    assert.equal(status, 207);
    return [...body.toString().matchAll(/<D:href>([^<]*)</g)].map(([, href]) => href);
  };
  assert.deepEqual(await hrefs('/snapshots/latest/d', '0'), ['/snapshots/latest/d/']);
  assert.deepEqual(await hrefs('/snapshots/latest/d/', '1'), [
    '/snapshots/latest/d/',
    '/snapshots/latest/d/empty',
    '/snapshots/latest/d/large.bin',
    '/snapshots/latest/d/link',
  ]);
  assert.deepEqual(await hrefs(large, '1'), [large]);
  for (const headers of [{}, { depth: 'infinity' }]) {
    const { status, body } = await ask('PROPFIND', '/', { headers });
    assert.equal(status, 403);
    assert.match(body.toString(), /<D:propfind-finite-depth\/>/);
  }
  assert.equal((await ask('PROPFIND', '/', { headers: { depth: '2' } })).status, 400);
  assert.equal((await ask('PROPFIND', '/none', { headers: { depth: '0' } })).status, 404);
  assert.equal((await ask('PROPFIND', '/', { headers: { depth: '0' }, content: '<x/>' })).status, 400);
  const long = '<propfind xmlns="DAV:"><allprop/></propfind>'.padEnd(70_000);
  assert.equal((await ask('PROPFIND', '/', { headers: { depth: '0' }, content: long })).status, 413);
});

test('a browser gets a listing, and nothing of a backup runs in it', async (t) => {
  const { ask } = await prepare(t);
  const redirect = await ask('GET', '/snapshots/latest/d');
  assert.deepEqual([redirect.status, redirect.headers.location], [301, '/snapshots/latest/d/']);
  const listing = await ask('GET', '/snapshots/latest/d/');
  assert.match(listing.body.toString(), /<a href=".\/large.bin">large.bin<\/a><\/td><td class="n">3000000</);
  assert.match(listing.headers['content-security-policy']!.toString(), /default-src 'none'/);
  const page = await ask('GET', '/snapshots/latest/page.html');
  assert.equal(page.headers['content-type'], 'text/plain');
  assert.match(page.headers['content-security-policy']!.toString(), /^sandbox/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
});

test('what is not there is not found, what is no path is not understood', async (t) => {
  const { ask } = await prepare(t);
  for (const path of [
    '/none',
    '/snapshots/none',
    '/snapshots/latest/d/none',
    `${large}/`,
    '/snapshots/latest/d/%2e%2e/page.html',
  ])
    assert.equal((await ask('GET', path)).status, 404, path);
  assert.equal((await ask('GET', '/%zz')).status, 400);
});

test('an address that others reach wants credentials, or to be told that it shall be open', async (t) => {
  const { repository } = await sampleRepository();
  t.after(() => repository.close());
  await assert.rejects(serveWebdav(repository, { host: '0.0.0.0', port: 0 }), { code: 'invalid-argument' });
  const credentials = { user: 'ann', password: 'secret' };
  const { ask } = await serve(t, repository, { host: '0.0.0.0', credentials });
  const refused = await ask('GET', '/');
  assert.deepEqual([refused.status, refused.headers['www-authenticate']?.split(' ')[0]], [401, 'Basic']);
  assert.equal((await ask('GET', '/', { auth: 'ann:secret' })).status, 200);
  const open = await serve(t, repository, { host: '0.0.0.0', anonymous: true });
  assert.equal((await open.ask('GET', '/')).status, 200);
  assert.equal((await open.ask('GET', '/', { headers: { host: 'evil.example' } })).status, 403);
});

test('one snapshot alone is served at the root', async (t) => {
  const { repository, snapshot, bytes } = await prepare(t);
  const { ask } = await serve(t, repository, { snapshot });
  assert.ok((await ask('GET', '/d/large.bin')).body.equals(bytes));
  assert.equal((await ask('GET', '/snapshots/')).status, 404);
});

/** The same repository, but for how chunks are read. */
function reading(repository: Repository, readChunks: Repository['readChunks']): WebdavSource {
  return {
    world: repository.world,
    snapshots: () => repository.snapshots(),
    index: (options) => repository.index(options),
    readChunks,
  };
}

test('a file with a chunk that the index does not know is an error, not half an answer', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const chunks = Array.from({ length: 5 }, (_, chunk) => new Uint8Array(1000).fill(chunk));
  await add([file('hurt', chunks)], { without: (chunk) => chunk.length === 1000 && chunk[0] === 3 });
  const { ask, problems } = await serve(t, repository);
  const { status, headers } = await ask('GET', '/ids/latest/hurt');
  assert.deepEqual([status, headers.etag, headers['accept-ranges']], [500, undefined, undefined]);
  assert.match(problems.join(), /GET \/ids\/latest\/hurt: .*damaged/);
});

test('damage behind what was sent cuts the answer, so that nobody takes it for whole', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  await add([
    file(
      'f',
      Array.from({ length: 12 }, (_, chunk) => new Uint8Array(1 << 20).fill(chunk)),
    ),
  ]);
  let runs = 0;
  const hurt = reading(repository, async function* (fingerprints, options) {
    // The tree, the first run, and no further.
    if (fingerprints.length > 32) runs += 1;
    if (runs > 1) throw new BackupError('damaged', { attempted: 'read a chunk' });
    yield* repository.readChunks(fingerprints, options);
  });
  const { ask, problems } = await serve(t, hurt);
  await assert.rejects(ask('GET', '/ids/latest/f'), { code: 'ECONNRESET' });
  assert.match(problems.join(), /GET \/ids\/latest\/f: could not read a chunk/);
});

test('a store that fails behind what was listed cuts the listing, too', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const files = Array.from({ length: 300 }, (_, number) => file(`file-${number}`, 'x'));
  const far = directory('far', [file('unreachable'.repeat(20), 'x'), file('x', 'x')]);
  await add([directory('near', [...files, symlink('link', '../far/x')]), far], { inlineBytes: 200 });
  let directories = 0;
  const failing = reading(repository, (fingerprints, options) => {
    directories += 1;
    // The root and `near`.
    if (directories > 2) throw new BackupError('store', { attempted: 'read a directory' });
    return repository.readChunks(fingerprints, options);
  });
  const { ask, problems } = await serve(t, failing);
  await assert.rejects(ask('PROPFIND', '/ids/latest/near', { headers: { depth: '1' } }), {
    code: 'ECONNRESET',
  });
  assert.match(problems.join(), /PROPFIND \/ids\/latest\/near: could not read a directory/);
});

test('a client that leaves ends the reading on its behalf', async (t) => {
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  await add([
    file(
      'f',
      Array.from({ length: 64 }, (_, chunk) => new Uint8Array(1 << 20).fill(chunk)),
    ),
  ]);
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  let chunks = 0;
  const watched = reading(repository, (fingerprints, options = {}) => {
    chunks += fingerprints.length / 32;
    options.signal?.addEventListener('abort', () => resolve());
    return repository.readChunks(fingerprints, options);
  });
  const { server, problems } = await serve(t, watched);
  const socket = connect({ host: '127.0.0.1', port: server.port });
  socket.write('GET /ids/latest/f HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await aborted;
  assert.ok(chunks < 64, `${chunks} chunks were read`);
  assert.deepEqual(problems, []);
});

test('close lets what is under way end, and takes nothing new', async (t) => {
  const { server, ask, bytes } = await prepare(t);
  const socket = connect({ host: '127.0.0.1', port: server.port });
  socket.write(`GET ${large} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  const parts: Buffer[] = [];
  socket.on('data', (part) => parts.push(Buffer.from(part)));
  await once(socket, 'data');
  const ended = once(socket, 'end');
  const closed = server.close(new AbortController().signal);
  await assert.rejects(ask('GET', '/'));
  await ended;
  assert.ok(Buffer.concat(parts).subarray(-bytes.length).equals(bytes));
  await closed;
});
