// Heads that are no HTTP, or HTTP that means two things: answered with an error of S3 and closed. What a proxy in front
// might read in another way than we do is refused, so that no request can hide in another one.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { signedHead } from '../clients/signed-head.ts';
import { answerTo, assertRefused, assertServes, signedAnswer } from './hostile-exchange.ts';

const endpoint = await startS3Endpoint({ after });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos' });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos/k' }, 'hello');
const KiB = 1024;

const get = signedHead({ method: 'GET', target: '/photos/k' }).text;
/** The same request with lines added behind its first. */
const withLines = (...lines: readonly string[]) => get.replace('\r\n', `\r\n${lines.join('\r\n')}\r\n`);

const badRequests: Readonly<Record<string, string | Uint8Array>> = {
  'nothing but a line': 'nonsense\r\n\r\n',
  'HTTP/0.9': 'GET /photos/k\r\n\r\n',
  'a version that is not ours': get.replace('HTTP/1.1', 'HTTP/3.1'),
  'a version that is none': get.replace('HTTP/1.1', 'HTTP/x'),
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'the hello of TLS': Buffer.from('16030100c8010000c40303', 'hex'),
  'zero bytes': Buffer.alloc(4 * KiB),
  'a method that is no token': get.replace('GET', 'G(T'),
  'a blank in the target': get.replace('/photos/k', '/photos/a b'),
  'a header without a colon': withLines('nonsense'),
  'a header without a name': withLines(': value'),
  'a blank before the colon': withLines('x-header : value'),
  'a blank in a name': withLines('x header: value'),
  'a folded header': withLines('x-header: one', ' two'),
  'a header line before any other that is folded': get.replace('\r\n', '\r\n folded: x\r\n'),
  'a zero byte in a value': withLines('x-header: a\0b'),
  'a carriage return in a value': withLines('x-header: a\rb: c'),
  'a control character in a name': withLines('x-\x01header: a'),
  'no host': get.replace(/host: .*\r\n/, ''),
  'two hosts': withLines('host: elsewhere'),
  'two lengths that differ': withLines('content-length: 0', 'content-length: 5'),
  'a length with a sign': withLines('content-length: +5'),
  'a length below 0': withLines('content-length: -5'),
  'a length in hexadecimal': withLines('content-length: 0x5'),
  'a length with an exponent': withLines('content-length: 1e1'),
  'a length and another in one line': withLines('content-length: 5, 6'),
  'a length of 2^64': withLines('content-length: 18446744073709551616'),
  'a length that is empty': withLines('content-length:'),
  'a length and chunks': withLines('content-length: 5', 'transfer-encoding: chunked'),
  'chunks that are not the last coding': withLines('transfer-encoding: chunked, gzip'),
  'chunks twice': withLines('transfer-encoding: chunked', 'transfer-encoding: chunked'),
  'a coding that is misspelled': withLines('transfer-encoding: xchunked'),
  'a coding with a tab': withLines('transfer-encoding:\x0bchunked'),
};
for (const [what, bytes] of Object.entries(badRequests)) {
  test(`${what} is a BadRequest, and the connection ends`, async () => {
    await assertRefused(endpoint, await answerTo(endpoint, { bytes }), { status: 400, code: 'BadRequest' });
    const client = await RawClient.connect(endpoint.port);
    client.send(bytes);
    assert.match((await client.rest()).toString('latin1'), /^HTTP\/1\.1 400 .*\r\nconnection: close\r\n/is);
    client.close();
  });
}

const tooLarge: Readonly<Record<string, string>> = {
  'one header of 64 KiB': withLines(`x-header: ${'x'.repeat(64 * KiB)}`),
  'a header that never ends': `GET / HTTP/1.1\r\nhost: a\r\nx-header: ${'x'.repeat(1024 * KiB)}`,
  'a name of 64 KiB': withLines(`${'x'.repeat(64 * KiB)}: value`),
  '10,000 headers': withLines(...Array.from({ length: 10_000 }, (_, index) => `x-${index}: ${index}`)),
  'a target of 64 KiB': get.replace('/photos/k', `/photos/${'x'.repeat(64 * KiB)}`),
  'a query of 64 KiB': get.replace('/photos/k', `/photos?prefix=${'x'.repeat(64 * KiB)}`),
};
for (const [what, bytes] of Object.entries(tooLarge)) {
  test(`${what} is too large a head`, async () => {
    const answer = await answerTo(endpoint, { bytes });
    await assertRefused(endpoint, answer, { status: 400, code: 'RequestHeaderSectionTooLarge' });
  });
}

test('many small headers are read, all of them', async () => {
  const lines = Array.from({ length: 200 }, (_, index) => `x${index}:`);
  const { status, text } = await answerTo(endpoint, { bytes: withLines(...lines) });
  assert.deepEqual([status, text], [200, 'hello']);
});

test('a header given twice that is signed is no signature', async () => {
  for (const line of ['x-amz-date: 20200101T000000Z', 'x-amz-content-sha256: UNSIGNED-PAYLOAD']) {
    const { status } = await answerTo(endpoint, { bytes: withLines(line) });
    assert(status === 403 || status === 400, `${line} was answered ${status}`);
  }
  const other = signedHead({ method: 'GET', target: '/photos/k', timeMs: 0 }).text;
  const authorization = /authorization: .*/.exec(other)![0];
  const { status } = await answerTo(endpoint, { bytes: withLines(authorization) });
  assert(status === 403 || status === 400, `it was answered ${status}`);
  await assertServes(endpoint);
});

for (const method of ['PATCH', 'TRACE', 'PROPFIND', 'LOCK', 'MKCOL', 'BREW', 'get']) {
  test(`${method} is refused`, async () => {
    const answer = await answerTo(endpoint, { bytes: signedHead({ method, target: '/photos/k' }).text });
    // A method that the parser does not know either is no HTTP to it.
    const code =
      ['BREW', 'get'].includes(method) && answer.status === 400 ? 'BadRequest' : 'MethodNotAllowed';
    await assertRefused(endpoint, answer, { status: code === 'BadRequest' ? 400 : 405, code });
  });
}

test('what asks for another protocol is answered by this one', async () => {
  const upgrades = [
    ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='],
    ['connection: upgrade, http2-settings', 'upgrade: h2c', 'http2-settings: AAMAAABkAAQAAP__'],
  ];
  for (const lines of upgrades) {
    const { status, text } = await answerTo(endpoint, { bytes: withLines(...lines) });
    assert.deepEqual([status, text], [200, 'hello']);
  }
  await assertServes(endpoint);
});

test('a tunnel is not opened', async () => {
  const answer = await answerTo(endpoint, {
    bytes: 'CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: 127.0.0.1:22\r\n\r\n',
  });
  assert(answer.status >= 400, answer.text);
  await assertServes(endpoint);
});

test('an expectation that is not known is refused or not minded, as RFC 9110 lets one choose', async () => {
  const { text } = signedHead({
    method: 'PUT',
    target: '/photos/x',
    headers: { 'content-length': '5', expect: 'a-pony' },
  });
  const answer = await answerTo(endpoint, { bytes: `${text}hello` });
  assert([200, 400, 417].includes(answer.status), answer.text);
  await assertServes(endpoint);
});
