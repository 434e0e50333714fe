// Bodies that are not what their heads say: too short, too long, cut, framed wrongly, signed wrongly, other bytes than
// their digests. Whatever is wrong, the client hears what, nothing is stored, and what follows is no request.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { encodeChunks } from '../clients/chunk-encoder.ts';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { signedHead } from '../clients/signed-head.ts';
import { answerTo, assertRefused, assertServes, signedAnswer } from './hostile-exchange.ts';

const endpoint = await startS3Endpoint({ after });
await signedAnswer(endpoint, { method: 'PUT', target: '/photos' });
const GiB = 1024 ** 3;
const target = '/photos/k';

async function assertNothingStored(): Promise<void> {
  const listing = await signedAnswer(endpoint, { method: 'GET', target: '/photos' });
  assert.doesNotMatch(listing.text, /<Contents>/);
}

const headers: Readonly<
  Record<string, readonly [headers: Record<string, string>, status: number, code: string]>
> = {
  'another MD5': [{ 'content-md5': md5('other') }, 400, 'BadDigest'],
  'an MD5 of 15 bytes': [{ 'content-md5': Buffer.alloc(15).toString('base64') }, 400, 'InvalidDigest'],
  'an MD5 in hexadecimal': [{ 'content-md5': '5d41402abc4b2a76b9719d911017c592' }, 400, 'InvalidDigest'],
  'an empty MD5': [{ 'content-md5': '' }, 400, 'InvalidDigest'],
  'another SHA-256': [{ 'x-amz-content-sha256': sha256('other') }, 400, 'XAmzContentSHA256Mismatch'],
  'half a SHA-256': [{ 'x-amz-content-sha256': sha256('hello').slice(32) }, 400, 'InvalidArgument'],
  'a payload that is not known': [{ 'x-amz-content-sha256': 'STREAMING-MAGIC' }, 400, 'InvalidArgument'],
  'another CRC32': [{ 'x-amz-checksum-crc32': 'AAAAAA==' }, 400, 'BadDigest'],
  'another CRC32C': [{ 'x-amz-checksum-crc32c': 'AAAAAA==' }, 400, 'BadDigest'],
  'another CRC64NVME': [{ 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' }, 400, 'BadDigest'],
  'another SHA1': [{ 'x-amz-checksum-sha1': Buffer.alloc(20).toString('base64') }, 400, 'BadDigest'],
  'another SHA256': [{ 'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64') }, 400, 'BadDigest'],
  'a CRC32 of 3 bytes': [{ 'x-amz-checksum-crc32': 'AAAA' }, 400, 'BadDigest'],
  'a CRC32 that is no base64': [{ 'x-amz-checksum-crc32': '%%%%%%==' }, 400, 'BadDigest'],
  'two checksums': [
    { 'x-amz-checksum-crc32': 'NhCmhg==', 'x-amz-checksum-crc32c': 'mnG7TA==' },
    400,
    'InvalidRequest',
  ],
  'a checksum that is not known': [{ 'x-amz-sdk-checksum-algorithm': 'ADLER32' }, 400, 'InvalidRequest'],
  'a condition on a list of tags': [{ 'if-match': '"a", "b"' }, 501, 'NotImplemented'],
  'a condition and its opposite': [{ 'if-match': '"a"', 'if-none-match': '*' }, 501, 'NotImplemented'],
  'a lock where nothing is locked': [{ 'x-amz-object-lock-legal-hold': 'ON' }, 400, 'InvalidRequest'],
  'a lock without a date': [{ 'x-amz-object-lock-mode': 'GOVERNANCE' }, 400, 'InvalidArgument'],
  'a lock until some day': [
    { 'x-amz-object-lock-mode': 'GOVERNANCE', 'x-amz-object-lock-retain-until-date': 'doomsday' },
    400,
    'InvalidArgument',
  ],
  'a condition on what is not there': [{ 'if-match': '"a"' }, 404, 'NoSuchKey'],
  'metadata of 3 KiB': [{ 'x-amz-meta-long': 'x'.repeat(3 * 1024) }, 400, 'MetadataTooLarge'],
  'encryption that is not there': [{ 'x-amz-server-side-encryption': 'aws:kms' }, 501, 'NotImplemented'],
  'an ACL that is not known': [{ 'x-amz-acl': 'everybody' }, 400, 'InvalidArgument'],
};
for (const [what, [extra, status, code]] of Object.entries(headers)) {
  test(`a put with ${what} stores nothing`, async () => {
    const answer = await signedAnswer(endpoint, { method: 'PUT', target, headers: extra }, 'hello');
    await assertRefused(endpoint, answer, { status, code });
    await assertNothingStored();
  });
}

test('a length beyond what S3 takes is refused before a byte of it is read', async () => {
  const created = await signedAnswer(endpoint, { method: 'POST', target: `${target}?uploads=` });
  const uploadId = /<UploadId>(\w+)</.exec(created.text)![1];
  for (const path of [target, `${target}?partNumber=1&uploadId=${uploadId}`]) {
    for (const length of [5 * GiB + 1, 2 ** 53 - 1]) {
      const sent = { 'content-length': String(length), expect: '100-continue' };
      const { text } = signedHead({ method: 'PUT', target: path, headers: sent });
      const answer = await answerTo(endpoint, { bytes: text });
      await assertRefused(endpoint, answer, { status: 400, code: 'EntityTooLarge' });
    }
  }
  await signedAnswer(endpoint, { method: 'DELETE', target: `${target}?uploadId=${uploadId}` });
});

test('a body without a length is refused, whatever its method', async () => {
  const { text } = signedHead({ method: 'PUT', target });
  const answer = await answerTo(endpoint, { bytes: text });
  await assertRefused(endpoint, answer, { status: 411, code: 'MissingContentLength' });
});

test("HTTP's chunks that end before the last one are incomplete, whether a length was said or not", async () => {
  const { text } = signedHead({ method: 'PUT', target, headers: { 'transfer-encoding': 'chunked' } });
  for (const sent of ['5\r\nhello\r\n', '5\r\nhel', '']) {
    const answer = await answerTo(endpoint, { bytes: `${text}${sent}`, halfClose: true });
    await assertRefused(endpoint, answer, { status: 400, code: 'IncompleteBody' });
  }
  await assertNothingStored();
});

for (const sentBytes of [0, 1, 99_999]) {
  test(`a body of 100,000 bytes that ends after ${sentBytes} is incomplete`, async () => {
    const { text } = signedHead({ method: 'PUT', target, headers: { 'content-length': '100000' } });
    const bytes = Buffer.concat([Buffer.from(text), Buffer.alloc(sentBytes)]);
    const answer = await answerTo(endpoint, { bytes, halfClose: true });
    await assertRefused(endpoint, answer, { status: 400, code: 'IncompleteBody' });
    await assertNothingStored();
  });
}

test('what follows a body is no part of it, and being no request ends the connection', async () => {
  await signedAnswer(endpoint, { method: 'PUT', target: '/others' });
  const client = await RawClient.connect(endpoint.port);
  const { text } = signedHead({ method: 'PUT', target: '/others/short', headers: { 'content-length': '5' } });
  client.send(`${text}hello, and more\r\n\r\n`);
  assert.equal((await client.response()).status, 200);
  assert.match((await client.rest()).toString('latin1'), /^(HTTP\/1\.1 400 .*<Code>BadRequest<.*)?$/s);
  client.close();
  const got = await signedAnswer(endpoint, { method: 'GET', target: '/others/short' });
  assert.equal(got.text, 'hello');
  await assertServes(endpoint);
});

const httpChunks: Readonly<Record<string, string>> = {
  'a size that is none': 'zz\r\nhello\r\n0\r\n\r\n',
  'a size below 0': '-5\r\nhello\r\n0\r\n\r\n',
  'a size of 17 digits': '10000000000000000\r\nhello',
  'a size in front of a blank line': '\r\n5\r\nhello\r\n0\r\n\r\n',
  'no line end behind a chunk': '5\r\nhelloXX0\r\n\r\n',
  'an extension that never ends': `5;${'x'.repeat(100_000)}`,
};
for (const [what, body] of Object.entries(httpChunks)) {
  test(`chunks of HTTP with ${what} are refused`, async () => {
    const { text } = signedHead({
      method: 'PUT',
      target,
      headers: {
        'transfer-encoding': 'chunked',
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '5',
      },
    });
    const answer = await answerTo(endpoint, { bytes: text + body, halfClose: true });
    assert.equal(answer.status, 400, answer.text);
    assert(answer.code === 'BadRequest' || answer.code === 'IncompleteBody', answer.text);
    await assertServes(endpoint);
    await assertNothingStored();
  });
}

type Change = (body: string) => string;
type Framing = readonly [change: Change, status: number, code: string];
const payload = Buffer.alloc(20_000, 'abc');
const smallChunks = [payload.subarray(0, 5_000), payload.subarray(5_000)];

/** What happens to a body of two signed chunks on its way. */
const framings: Readonly<Record<string, Framing>> = {
  'another byte in a chunk': [(body) => body.replace('abca', 'abcb'), 403, 'SignatureDoesNotMatch'],
  'another signature': [
    (body) => body.replace(/chunk-signature=\w/, (found) => `${found.slice(0, -1)}${flip(found.at(-1)!)}`),
    403,
    'SignatureDoesNotMatch',
  ],
  'the signatures of two chunks exchanged': [exchangeSignatures, 403, 'SignatureDoesNotMatch'],
  'a chunk left out': [(body) => body.slice(body.indexOf('\r\n', 9_000) + 2), 403, 'SignatureDoesNotMatch'],
  'a signature that is too short': [
    (body) => body.replace(/(chunk-signature=\w{60})\w+/, '$1'),
    400,
    'InvalidRequest',
  ],
  'no signature': [(body) => body.replace(/;chunk-signature=\w+/, ''), 400, 'InvalidRequest'],
  'a size that is none': [(body) => body.replace(/^\w+/, 'xyz'), 400, 'InvalidRequest'],
  'a size below 0': [(body) => `-${body}`, 400, 'InvalidRequest'],
  'a size of 20 digits': [(body) => body.replace(/^\w+/, 'f'.repeat(20)), 400, 'InvalidRequest'],
  'a size beyond the length': [(body) => body.replace(/^\w+/, 'fffff'), 400, 'IncompleteBody'],
  'no line end behind a chunk': [(body) => body.replace(/(c|b|a)\r\n/, '$1XX'), 400, 'InvalidRequest'],
  'a first line that never ends': [(body) => 'f'.repeat(body.length), 400, 'InvalidRequest'],
  'no last chunk': [(body) => body.slice(0, body.lastIndexOf('0;')), 400, 'IncompleteBody'],
  'bytes behind the last chunk': [(body) => `${body}and more`, 400, 'InvalidRequest'],
};
for (const [what, [change, status, code]] of Object.entries(framings)) {
  test(`signed chunks with ${what} store nothing`, async () => {
    const answer = await sendChunks([payload.subarray(0, 10_000), payload.subarray(10_000)], { change });
    await assertRefused(endpoint, answer, { status, code });
    await assertNothingStored();
  });
}

test('a small chunk before the last one is refused', async () => {
  const answer = await sendChunks(smallChunks, {});
  await assertRefused(endpoint, answer, { status: 403, code: 'InvalidChunkSizeError' });
});

for (const [what, length, code] of [
  ['more than', payload.length + 1, 'IncompleteBody'],
  ['less than', payload.length - 1, 'IncompleteBody'],
  ['2^53 when', 2 ** 53, 'MissingContentLength'],
] as const) {
  test(`a decoded length of ${what} what comes is refused`, async () => {
    const answer = await sendChunks([payload], { length: String(length) });
    await assertRefused(endpoint, answer, { status: code === 'MissingContentLength' ? 411 : 400, code });
    await assertNothingStored();
  });
}

const crc32 = 'x-amz-checksum-crc32';
const right = `${crc32}:NhCmhg==`;
const trailers: Readonly<Record<string, readonly [lines: readonly string[], code: string]>> = {
  'another checksum': [[`${crc32}:AAAAAA==`], 'BadDigest'],
  'a checksum that is none': [[`${crc32}:AAA`], 'BadDigest'],
  'no checksum': [[], 'MalformedTrailerError'],
  'a checksum of another name': [['x-amz-checksum-crc32c:mnG7TA=='], 'MalformedTrailerError'],
  'one more than announced': [[right, 'x-amz-meta-a:b'], 'MalformedTrailerError'],
  'the checksum twice': [[right, right], 'MalformedTrailerError'],
  'a line without a colon': [['nonsense'], 'MalformedTrailerError'],
  'a thousand lines': [Array.from({ length: 1_000 }, (_, index) => `x-${index}:y`), 'MalformedTrailerError'],
  'a line of 64 KiB': [[`${crc32}:${'A'.repeat(64 * 1024)}`], 'MalformedTrailerError'],
};
for (const [what, [trailer, code]] of Object.entries(trailers)) {
  test(`a trailer with ${what} stores nothing`, async () => {
    const body = encodeChunks([Buffer.from('hello')], { trailer });
    const sent = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': crc32,
    };
    const answer = await signedAnswer(endpoint, { method: 'PUT', target, headers: sent }, body);
    await assertRefused(endpoint, answer, { status: 400, code });
    await assertNothingStored();
  });
}

async function sendChunks(
  chunks: readonly Uint8Array[],
  { change = (body) => body, length = String(payload.length) }: { change?: Change; length?: string },
) {
  const sent = {
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-decoded-content-length': length,
  };
  const encode = (contentLength: number) => {
    const head = signedHead({
      method: 'PUT',
      target,
      headers: { ...sent, 'content-length': String(contentLength) },
    });
    return { head: head.text, body: change(encodeChunks(chunks, { seed: head.seed }).toString('latin1')) };
  };
  const { head, body } = encode(encode(0).body.length);
  return answerTo(endpoint, { bytes: head + body, halfClose: true });
}

function exchangeSignatures(body: string): string {
  const [first, second] = [...body.matchAll(/chunk-signature=(\w{64})/g)].map(([, signature]) => signature!);
  return body.replace(first!, 'FIRST').replace(second!, first!).replace('FIRST', second!);
}

function flip(digit: string): string {
  return digit === '0' ? '1' : '0';
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
