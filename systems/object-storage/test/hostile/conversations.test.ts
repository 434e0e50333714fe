// Connections that carry more than one request, or less: pipelines, refused bodies with something hidden in them, old
// versions of HTTP, clients that leave in the middle. Each request has one answer, in order; what was no request is
// never carried out.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { signedHead } from '../clients/signed-head.ts';
import { answerTo, assertServes, signedAnswer } from './hostile-exchange.ts';

const endpoint = await startS3Endpoint({ after });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos' });
const MiB = 1024 * 1024;
const large = Buffer.alloc(4 * MiB, 'x');
await signedAnswer(endpoint, { method: 'PUT', target: '/photos/large' }, large);
for (let index = 0; index < 10; index++)
  await signedAnswer(endpoint, { method: 'PUT', target: `/photos/${index}` }, `object ${index}`);

const head = (method: string, target: string, headers: Readonly<Record<string, string>> = {}) =>
  signedHead({ method, target, headers }).text;
const put = (target: string, body: string) =>
  head('PUT', target, { 'content-length': String(body.length) }) + body;

async function assertNotThere(target: string): Promise<void> {
  assert.equal((await signedAnswer(endpoint, { method: 'GET', target })).status, 404, `${target} is there`);
}

test('requests in one piece are answered in order, errors among them', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  const requests = Array.from({ length: 100 }, (_, index) =>
    index % 10 === 7 ? put(`/nowhere/${index}`, 'unwanted') : head('GET', `/photos/${index % 10}`),
  );
  client.send(requests.join(''));
  for (let index = 0; index < requests.length; index++) {
    const { status, body } = await client.response();
    if (index % 10 === 7) assert.equal(status, 404);
    else assert.deepEqual([status, body.toString()], [200, `object ${index % 10}`]);
  }
});

test('what is written is read by the next request of the same piece', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  client.send(put('/photos/own', 'mine') + head('GET', '/photos/own') + head('DELETE', '/photos/own'));
  const statuses = [await client.response(), await client.response(), await client.response()];
  assert.deepEqual(
    statuses.map(({ status, body }) => [status, body.toString()]),
    [
      [200, ''],
      [200, 'mine'],
      [204, ''],
    ],
  );
});

for (const bytes of [1_000, 8 * MiB]) {
  test(`a request hidden in a refused body of ${bytes} bytes is never carried out`, async (t) => {
    const client = await RawClient.connect(endpoint.port);
    t.after(() => client.close());
    const hidden = put(`/photos/hidden-${bytes}`, 'x').repeat(1);
    const body = hidden + ' '.repeat(bytes - hidden.length);
    client.send(head('PUT', '/nowhere/k', { 'content-length': String(bytes) }) + body);
    assert.equal((await client.response()).status, 404);
    client.send(head('GET', '/photos/1'));
    client.socket.end();
    assert.doesNotMatch((await client.rest()).toString('latin1'), /x-amz-request-id.*x-amz-request-id/s);
    await assertNotThere(`/photos/hidden-${bytes}`);
  });
}

test('a request hidden in a body that was to be asked for first is never carried out', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  const hidden = put('/photos/hidden-expected', 'x');
  const expecting = { 'content-length': String(hidden.length), expect: '100-continue' };
  client.send(head('PUT', '/nowhere/k', expecting) + hidden);
  const refused = await client.response();
  assert.equal(refused.status, 404);
  // Kept or closed, as the server likes: what follows is the next request, or nothing.
  client.send(head('GET', '/photos/1'));
  if (refused.headers.connection === 'close') assert.equal((await client.rest()).length, 0);
  else assert.equal((await client.response()).body.toString(), 'object 1');
  await assertNotThere('/photos/hidden-expected');
});

test('an absolute target means its path', async () => {
  const { host } = new URL(endpoint.url);
  const text = head('GET', '/photos/3', { host }).replace('/photos/3', `${endpoint.url}/photos/3`);
  const { status, text: body } = await answerTo(endpoint, { bytes: text });
  assert.deepEqual([status, body], [200, 'object 3']);
});

test('HTTP/1.0 is answered and closed, or kept when it asks', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  client.send(head('GET', '/photos/3', { connection: 'keep-alive' }).replace('HTTP/1.1', 'HTTP/1.0'));
  assert.equal((await client.response()).body.toString(), 'object 3');
  client.send(head('GET', '/photos/4').replace('HTTP/1.1', 'HTTP/1.0'));
  assert.match((await client.rest()).toString(), /^HTTP\/1\.1 200 .*\r\n\r\nobject 4$/s);
});

test('a client that says close is closed after its answer, whatever it sends behind', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  client.send(head('GET', '/photos/3', { connection: 'close' }) + put('/photos/after-close', 'x'));
  assert.match((await client.rest()).toString(), /^HTTP\/1\.1 200 .*\r\n\r\nobject 3$/s);
  await assertNotThere('/photos/after-close');
});

test('a client that closes its half is answered in full', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  client.send(head('GET', '/photos/large'));
  client.socket.end();
  const answer = await client.rest();
  assert.equal(answer.length - answer.indexOf('\r\n\r\n') - 4, large.length);
});

test('clients that leave in the middle of everything leave nothing behind', async () => {
  const moments = [
    'PUT /pho',
    head('PUT', '/photos/left', { 'content-length': '1000000' }),
    `${head('PUT', '/photos/left', { 'content-length': '1000000' })}${'x'.repeat(500_000)}`,
    `${head('PUT', '/photos/left', { 'content-length': '10', expect: '100-continue' })}`,
    head('GET', '/photos/large'),
    head('GET', '/photos/large').repeat(20),
  ];
  for (const bytes of [...moments, ...moments]) {
    const client = await RawClient.connect(endpoint.port);
    client.send(bytes);
    await new Promise((resolve) => setImmediate(resolve));
    client.socket.resetAndDestroy();
    await once(client.socket, 'close');
  }
  await assertNotThere('/photos/left');
  await assertServes(endpoint);
});

test('blank lines before a request are let pass, others are not', async () => {
  const { status, text } = await answerTo(endpoint, { bytes: `\r\n${head('GET', '/photos/3')}` });
  assert.deepEqual([status, text], [200, 'object 3']);
});

test('HEAD has the head of GET and no body, so that the next answer is found', async (t) => {
  const client = await RawClient.connect(endpoint.port);
  t.after(() => client.close());
  client.send(head('HEAD', '/photos/large') + head('HEAD', '/photos/none') + head('GET', '/photos/5'));
  const there = await client.response({ withoutBody: true });
  assert.deepEqual([there.status, there.headers['content-length']], [200, String(large.length)]);
  assert.equal((await client.response({ withoutBody: true })).status, 404);
  assert.equal((await client.response()).body.toString(), 'object 5');
});
