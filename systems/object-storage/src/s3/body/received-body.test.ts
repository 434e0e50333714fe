// Bodies in every framing: what is decoded, and what is refused. Bytes that clients sent are in test/clients.

import assert from 'node:assert/strict';
import test from 'node:test';
import { checksumOf } from '@cairn/hashing';
import { LateMd5 } from '@cairn/hashing/late-digests';
import { encodeChunks } from '../../../test/clients/chunk-encoder.ts';
import { ObjectStorageError, type ObjectStorageErrorCode } from '../../errors.ts';
import { ChunkSignatures } from '../signature/chunk-signatures.ts';
import { type PayloadMode, parsePayloadMode } from '../signature/payload-mode.ts';
import type { RequestHeaders } from '../signature/signature-claim.ts';
import { deriveSigningKey } from '../signature/signing-keys.ts';
import { describeBody } from './body-description.ts';
import type { ByteSource } from './byte-source.ts';
import { checksumHeader, s3ChecksumAlgorithms } from './checksum-claim.ts';
import { receiveBody } from './received-body.ts';
import { readWholeBody } from './whole-body.ts';

const scope = { date: '20130524', region: 'us-east-1', service: 's3', terminator: 'aws4_request' };
const seed = {
  key: deriveSigningKey(scope, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
  scope: '20130524/us-east-1/s3/aws4_request',
  date: '20130524T000000Z',
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const payload = Buffer.alloc(65_536 + 1_024, 'a');
const crc32c = checksumOf('crc32c', payload).toString('base64');
const chunks = [payload.subarray(0, 65_536), payload.subarray(65_536)];

type Received = { readonly headers: RequestHeaders; readonly mode?: string };

/** As it arrives, and at once: both have to end the same way. */
async function receive(body: Uint8Array | readonly Uint8Array[], received: Received) {
  const pieces = body instanceof Uint8Array ? [body] : body;
  const [arriving, there] = await Promise.allSettled([
    receiveFrom(arrivingSource(pieces), received),
    receiveFrom(sourceAtOnce(pieces), received),
  ]);
  assert.deepEqual(there, arriving);
  if (arriving.status === 'rejected') throw arriving.reason;
  return arriving.value;
}

async function receiveFrom(source: ByteSource, { headers, mode = 'UNSIGNED-PAYLOAD' }: Received) {
  const payloadMode: PayloadMode = parsePayloadMode(mode);
  const signed = payloadMode.kind === 'chunked' && payloadMode.signed;
  const received = receiveBody(describeBody(headers, payloadMode), {
    source,
    signatures: signed ? new ChunkSignatures(seed) : undefined,
  });
  assert.equal(Symbol.iterator in received.chunks, source.readNow !== undefined);
  const whole = await readWholeBody(received, { bytesMax: 1 << 20 });
  return { whole, digests: received.digests() };
}

/** Every other piece takes its time. */
function arrivingSource(pieces: readonly Uint8Array[]): ByteSource {
  const left = [...pieces];
  return { read: () => (left.length % 2 === 0 ? Promise.resolve(left.shift()) : left.shift()) };
}

function sourceAtOnce(pieces: readonly Uint8Array[]): ByteSource {
  const left = [...pieces];
  return { read: () => assert.fail('what is there is not waited for'), readNow: () => left.shift() };
}

async function refused(code: ObjectStorageErrorCode, outcome: Promise<unknown>): Promise<void> {
  await assert.rejects(outcome, (error) => {
    assert(error instanceof ObjectStorageError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test('an MD5 that nothing is held against is made later, beside those of others', async () => {
  const later: Uint8Array[] = [];
  class Noting extends LateMd5 {
    override later(content: Uint8Array) {
      later.push(content);
      return super.later(content);
    }
  }
  const lateMd5 = new Noting({
    nextTurn: setImmediate,
    onUnavailable: (error) => assert.fail(String(error)),
  });
  const small = Buffer.from('small');
  const md5 = checksumOf('md5', small);
  const digestsOf = async (
    pieces: readonly Uint8Array[],
    headers: RequestHeaders,
    mode = 'UNSIGNED-PAYLOAD',
  ) => {
    const length = pieces.reduce((sum, { length }) => sum + length, 0);
    const description = describeBody({ 'content-length': `${length}`, ...headers }, parsePayloadMode(mode));
    const received = receiveBody(description, {
      source: sourceAtOnce(pieces),
      signatures: undefined,
      lateMd5,
    });
    await readWholeBody(received, { bytesMax: 1 << 20 });
    return received.digests();
  };
  const sha256 = checksumOf('sha256', small).toString('hex');
  const crc32 = checksumOf('crc32', small).toString('base64');
  for (const [headers, mode] of [
    [{}, 'UNSIGNED-PAYLOAD'],
    [{}, sha256],
    [{ 'x-amz-checksum-crc32': crc32 }, 'UNSIGNED-PAYLOAD'],
  ] as const) {
    const digests = await digestsOf([small], headers, mode);
    assert.equal(digests.md5, md5.toString('hex'));
    assert.equal(digests.checksum?.value, 'x-amz-checksum-crc32' in headers ? crc32 : undefined);
  }
  assert.equal(later.length, 3);
  await digestsOf([small, small], {});
  await digestsOf([small], { 'content-md5': md5.toString('base64') });
  await digestsOf([small], { 'x-amz-checksum-md5': md5.toString('base64') });
  assert.equal(later.length, 3, 'of several pieces, or claimed: it is there at the end');
  const wrong = { 'content-md5': checksumOf('md5', Buffer.from('other')).toString('base64') };
  await refused('BadDigest', digestsOf([small], wrong));
});

test('a plain body is given as it is, with its MD5', async () => {
  const { whole, digests } = await receive(chunks, { headers: { 'content-length': '66560' } });
  assert.deepEqual(whole, payload);
  assert.deepEqual(digests, { md5: checksumOf('md5', payload).toString('hex'), checksum: undefined });
  const empty = await receive([], { headers: { 'content-length': '0' } });
  assert.equal(empty.digests.md5, 'd41d8cd98f00b204e9800998ecf8427e');
});

test('a plain body of another length than announced is incomplete', async () => {
  for (const length of ['66559', '66561', '0']) {
    await refused('IncompleteBody', receive(payload, { headers: { 'content-length': length } }));
  }
});

test('a body whose length is not said is refused before it is read', () => {
  for (const value of [undefined, '', '-1', '1e3', '99999999999999999999', ' 5']) {
    const headers = { 'content-length': value };
    assert.throws(() => describeBody(headers, { kind: 'unsigned' }), { code: 'MissingContentLength' });
    const mode = parsePayloadMode('STREAMING-UNSIGNED-PAYLOAD-TRAILER');
    const decoded = { 'content-length': '5', 'x-amz-decoded-content-length': value };
    assert.throws(() => describeBody(decoded, mode), { code: 'MissingContentLength' });
    const inChunks = { 'transfer-encoding': 'chunked', 'x-amz-decoded-content-length': value };
    assert.throws(() => describeBody(inChunks, mode), { code: 'MissingContentLength' });
  }
});

test("a plain body in HTTP's chunks is as long as it is, and verified as any other", async () => {
  const headers = {
    'transfer-encoding': 'chunked',
    'content-md5': checksumOf('md5', payload).toString('base64'),
  };
  assert.deepEqual((await receive(payload, { headers })).whole, payload);
  await refused('BadDigest', receive(payload.subarray(1), { headers }));
});

test('what the client says of a plain body is verified', async () => {
  const length = { 'content-length': String(payload.length) };
  const sha256 = checksumOf('sha256', payload);
  const md5 = checksumOf('md5', payload).toString('base64');
  const right = { ...length, 'content-md5': md5, 'x-amz-checksum-crc32c': crc32c };
  const { digests } = await receive(payload, { headers: right, mode: sha256.toString('hex') });
  assert.deepEqual(digests.checksum, { algorithm: 'crc32c', value: crc32c });

  const changed = Buffer.from(payload);
  changed[70] = 0;
  await refused(
    'XAmzContentSHA256Mismatch',
    receive(changed, { headers: length, mode: sha256.toString('hex') }),
  );
  await refused('BadDigest', receive(changed, { headers: { ...length, 'content-md5': md5 } }));
  for (const algorithm of s3ChecksumAlgorithms) {
    const headers = {
      ...length,
      [`x-amz-checksum-${algorithm}`]: checksumOf(algorithm, payload).toString('base64'),
    };
    assert.equal((await receive(payload, { headers })).digests.checksum?.algorithm, algorithm);
    await refused('BadDigest', receive(changed, { headers }));
  }
});

test('a checksum that cannot be one is refused before the body is read', () => {
  const describe = (headers: RequestHeaders) => () =>
    describeBody({ 'content-length': '0', ...headers }, { kind: 'unsigned' });
  assert.throws(describe({ 'content-md5': 'AAAA' }), { code: 'InvalidDigest' });
  assert.throws(describe({ 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg' }), { code: 'InvalidDigest' });
  assert.throws(describe({ 'x-amz-checksum-crc32': 'AAAAAAA=' }), { code: 'BadDigest' });
  assert.throws(describe({ 'x-amz-sdk-checksum-algorithm': 'CRC16' }), { code: 'InvalidRequest' });
  const two = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' };
  assert.throws(describe(two), { code: 'InvalidRequest' });
});

const decodedLength = { 'x-amz-decoded-content-length': String(payload.length) };
const announced = { ...decodedLength, 'x-amz-trailer': 'x-amz-checksum-crc32c' };
const trailer = [`x-amz-checksum-crc32c:${crc32c}`];
const signed = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const signedTrailer = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

test('every checksum may come in the trailer', async () => {
  for (const algorithm of s3ChecksumAlgorithms) {
    const name = checksumHeader(algorithm);
    const headers = { ...decodedLength, 'x-amz-trailer': name };
    const value = checksumOf(algorithm, payload).toString('base64');
    const other = checksumOf(algorithm, payload.subarray(1)).toString('base64');
    const sent = (claimed: string) => encodeChunks(chunks, { trailer: [`${name}:${claimed}`] });
    const { digests } = await receive(sent(value), { headers, mode: unsignedTrailer });
    assert.deepEqual(digests.checksum, { algorithm, value });
    await refused('BadDigest', receive(sent(other), { headers, mode: unsignedTrailer }));
  }
});

test('chunks are decoded, signed and not, with trailer and without', async () => {
  const plain = await receive(encodeChunks(chunks, { seed }), { headers: decodedLength, mode: signed });
  assert.deepEqual(plain.whole, payload);
  for (const [mode, body] of [
    [signedTrailer, encodeChunks(chunks, { seed, trailer })],
    [unsignedTrailer, encodeChunks(chunks, { trailer })],
  ] as const) {
    const { whole, digests } = await receive(body, { headers: announced, mode });
    assert.deepEqual(whole, payload);
    assert.deepEqual(digests.checksum, { algorithm: 'crc32c', value: crc32c });
  }
});

test('however the network cuts a chunked body, it decodes the same', async () => {
  const small = payload.subarray(0, 9_000);
  const checksum = `x-amz-checksum-crc32c:${checksumOf('crc32c', small).toString('base64')}`;
  const parts = [small.subarray(0, 8_192), small.subarray(8_192)];
  const body = encodeChunks(parts, { seed, trailer: [checksum] });
  const headers = { ...announced, 'x-amz-decoded-content-length': '9000' };
  for (const pieceBytes of [1, 2, 3, 7, 64, 85, 86, 87, 8_192, body.length]) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < body.length; at += pieceBytes) pieces.push(body.subarray(at, at + pieceBytes));
    const { whole } = await receive(pieces, { headers, mode: signedTrailer });
    assert.deepEqual(whole, small, `pieces of ${pieceBytes}`);
  }
});

test('a trailer that ends its lines with a single line feed is understood', async () => {
  const body = encodeChunks(chunks, { trailer }).toString('latin1');
  const bare = body.replace(/(crc32c:\S+)\r\n\r\n$/, '$1\n\r\n');
  assert.notEqual(bare, body);
  await receive(Buffer.from(bare, 'latin1'), { headers: announced, mode: unsignedTrailer });
});

test('a chunked body that ends too soon is incomplete, wherever it is cut', async () => {
  const small = [payload.subarray(0, 300)];
  const checksum = `x-amz-checksum-crc32c:${checksumOf('crc32c', small[0]!).toString('base64')}`;
  const body = encodeChunks(small, { seed, trailer: [checksum] });
  const headers = { ...announced, 'x-amz-decoded-content-length': '300' };
  const closing = '\r\n'.length;
  for (let length = 0; length < body.length - closing - 1; length++) {
    await refused('IncompleteBody', receive(body.subarray(0, length), { headers, mode: signedTrailer }));
  }
});

test('chunks that hold more or less than announced are incomplete', async () => {
  for (const length of ['66559', '66561']) {
    const headers = { 'x-amz-decoded-content-length': length };
    await refused('IncompleteBody', receive(encodeChunks(chunks, { seed }), { headers, mode: signed }));
  }
});

test('only the last chunk may be small', async () => {
  const parts = [payload.subarray(0, 8_191), payload.subarray(0, 8_192)];
  const headers = { 'x-amz-decoded-content-length': String(8_191 + 8_192) };
  const body = encodeChunks(parts, { seed });
  await refused('InvalidChunkSizeError', receive(body, { headers, mode: signed }));
  await receive(encodeChunks(parts.toReversed(), { seed }), { headers, mode: signed });
});

test('a changed chunk, signature or trailer is refused', async () => {
  const body = encodeChunks(chunks, { seed, trailer }).toString('latin1');
  for (const [code, from, to] of [
    ['SignatureDoesNotMatch', 'aaaa', 'aaab'],
    ['SignatureDoesNotMatch', /chunk-signature=(.{63})./, 'chunk-signature=$1x'.replace('x', '0')],
    ['SignatureDoesNotMatch', /trailer-signature:./, 'trailer-signature:g'],
    ['SignatureDoesNotMatch', /(crc32c:)./, '$1A'],
    ['InvalidRequest', /;chunk-signature=.{64}/, ''],
    ['InvalidRequest', 'aaa\r\n', 'aaa\n\n'],
    ['InvalidRequest', /^10000/, 'xyz'],
    ['InvalidRequest', /^10000/, `${'0'.repeat(300)}10000`],
    ['MalformedTrailerError', /x-amz-checksum-crc32c:/, 'nothing '],
    ['MalformedTrailerError', /x-amz-checksum-crc32c:/, `${'x'.repeat(2_000)}:`],
    ['InvalidRequest', /\r\n$/, '\r\nmore'],
  ] as const) {
    const changed = body.replace(from, to);
    assert.notEqual(changed, body, String(from));
    const outcome = receive(Buffer.from(changed, 'latin1'), { headers: announced, mode: signedTrailer });
    await refused(code, outcome);
  }
});

test('a trailer brings the checksum that was announced, and nothing else', async () => {
  const send = (lines: readonly string[], headers: RequestHeaders) =>
    receive(encodeChunks(chunks, { trailer: lines }), { headers, mode: unsignedTrailer });
  await refused('MalformedTrailerError', send([], announced));
  await refused('MalformedTrailerError', send(trailer, decodedLength));
  await refused('MalformedTrailerError', send([...trailer, 'x-amz-meta-a:b'], announced));
  await refused('MalformedTrailerError', send([...trailer, ...trailer], announced));
  await refused('BadDigest', send(['x-amz-checksum-crc32c:AAA='], announced));
  await refused('BadDigest', send(['x-amz-checksum-crc32c:AAAAAA=='], announced));
  await refused('SignatureDoesNotMatch', send([...trailer, 'x-amz-trailer-signature:00'], announced));
  const unknown = { ...announced, 'x-amz-trailer': 'x-amz-meta-a' };
  await refused('InvalidRequest', send(trailer, unknown));
});

test('a body that is read as a whole is bounded', async () => {
  const body = receiveBody(describeBody({ 'content-length': '5' }, { kind: 'unsigned' }), {
    source: arrivingSource([Buffer.from('12345')]),
    signatures: undefined,
  });
  await refused('MaxMessageLengthExceeded', readWholeBody(body, { bytesMax: 4 }));
});
