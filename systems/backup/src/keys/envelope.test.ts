import assert from 'node:assert/strict';
import { createCipheriv, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { seededRandom } from '../../test/seeded-random.ts';
import { type EnvelopeKind, envelopeKinds } from '../format/envelope-header.ts';
import { objectBytesHighest } from '../limits.ts';
import {
  type OpenEnvelopeOptions,
  openEnvelope,
  type SealEnvelopeOptions,
  sealEnvelope,
} from './envelope.ts';

const key = Buffer.alloc(32, 0x11);
const salt = Buffer.alloc(32, 0x22);
const payload = Buffer.from('{"kind":"fence"}');
const name = 'snapshots/00112233445566778899aabbccddeeff';
const damaged = { code: 'damaged', message: new RegExp(name) };

function sealed(more: Partial<SealEnvelopeOptions> = {}): Buffer {
  const cipher = 'aes-256-gcm';
  return sealEnvelope({
    kind: 'snapshot',
    epoch: 3,
    key,
    cipher,
    name,
    payload,
    salt,
    compress: false,
    ...more,
  });
}

function opened(bytes: Uint8Array, more: Partial<OpenEnvelopeOptions> = {}): string {
  const keyOf = (epoch: number) => (epoch === 3 ? key : undefined);
  return openEnvelope(bytes, { kind: 'snapshot', name, cipher: 'aes-256-gcm', keyOf, ...more }).toString();
}

test('an envelope is what DESIGN.md says, made by hand', () => {
  for (const cipher of ['aes-256-gcm', 'chacha20-poly1305'] as const) {
    const header = Buffer.concat([Buffer.from('CAIRNBAK'), Buffer.of(1, 5, 3, 0), salt]);
    const derived = Buffer.from(hkdfSync('sha256', key, salt, 'cairn backup envelope', 32));
    const seal = createCipheriv(cipher as 'aes-256-gcm', derived, Buffer.alloc(12), { authTagLength: 16 });
    seal.setAAD(Buffer.concat([header, Buffer.from(name)]));
    const body = [seal.update(Buffer.concat([Buffer.of(0), payload])), seal.final(), seal.getAuthTag()];
    assert.deepEqual(sealed({ cipher }), Buffer.concat([header, ...body]));
    assert.equal(opened(sealed({ cipher }), { cipher }), payload.toString());
  }
});

test('so is a long one, which is sealed and opened in pieces', () => {
  const long = Buffer.alloc(200_001, 'a payload of many pieces, ');
  for (const cipher of ['aes-256-gcm', 'chacha20-poly1305'] as const) {
    const bytes = sealed({ cipher, payload: long });
    const derived = Buffer.from(hkdfSync('sha256', key, salt, 'cairn backup envelope', 32));
    const seal = createCipheriv(cipher as 'aes-256-gcm', derived, Buffer.alloc(12), { authTagLength: 16 });
    seal.setAAD(Buffer.concat([bytes.subarray(0, 44), Buffer.from(name)]));
    const body = [seal.update(Buffer.concat([Buffer.of(0), long])), seal.final(), seal.getAuthTag()];
    assert(bytes.subarray(44).equals(Buffer.concat(body)));
    assert.equal(opened(bytes, { cipher }), long.toString());
    for (const at of [50, 100_000, bytes.length - 1])
      assert.throws(() => opened(bytes.with(at, bytes[at]! ^ 1), { cipher }), damaged);
  }
});

test('every kind comes back, under every cipher, compressed or not', (t) => {
  const random = seededRandom(t);
  for (const kind of Object.keys(envelopeKinds) as EnvelopeKind[]) {
    for (const cipher of ['aes-256-gcm', 'chacha20-poly1305'] as const) {
      for (const compress of [false, true]) {
        const text = 'ab'.repeat(random.integer(3_000));
        const bytes = sealed({ kind, cipher, compress, payload: Buffer.from(text), salt: random.bytes(32) });
        assert.equal(opened(bytes, { kind, cipher }), text);
        if (compress && text.length > 100) assert(bytes.length < text.length);
      }
    }
  }
});

test('what compression does not make smaller is stored as it is', () => {
  assert.equal(sealed({ compress: true }).length, 44 + 1 + payload.length + 16);
  assert.equal(opened(sealed({ compress: true })), payload.toString());
});

test('config and keyring take AES-256-GCM whatever the cipher of the repository', () => {
  for (const kind of ['config', 'keyring'] as const) {
    assert.deepEqual(sealed({ kind, cipher: 'chacha20-poly1305' }), sealed({ kind }));
  }
});

test('a flipped bit anywhere is found, and the object named', () => {
  const bytes = sealed();
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const copy = Buffer.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    const expected = bit >> 3 === 8 || bit >> 3 === 9 ? { message: damaged.message } : damaged;
    assert.throws(() => opened(copy), expected, `bit ${bit}`);
  }
});

test('a version or a kind of the future is named as such', () => {
  const [version, kind] = [sealed(), sealed()];
  version[8] = 2;
  kind[9] = 8;
  assert.throws(() => opened(version), { code: 'unknown-format' });
  assert.throws(() => opened(kind), { code: 'unknown-format' });
});

test('an envelope cut anywhere, or longer, is damaged', () => {
  const bytes = sealed();
  for (let length = 0; length < bytes.length; length += 1) {
    assert.throws(() => opened(bytes.subarray(0, length)), damaged, `${length} bytes`);
  }
  assert.throws(() => opened(Buffer.concat([bytes, Buffer.of(0)])), damaged);
});

test('an object in the place of another is refused', () => {
  const other = 'snapshots/ffffffffffffffffffffffffffffffff';
  assert.throws(() => opened(sealed({ name: other })), damaged);
  assert.throws(() => opened(sealed({ kind: 'session' })), damaged);
  assert.throws(() => opened(sealed(), { kind: 'session' }), damaged);
});

test('an index object has no name of its own: its name is its hash', () => {
  const bytes = sealed({ kind: 'index', name: 'index/unknown before it is sealed' });
  assert.equal(opened(bytes, { kind: 'index', name: 'index/ab' }), payload.toString());
});

test('another key, or an epoch without one, is damage', () => {
  assert.throws(() => opened(sealed({ key: Buffer.alloc(32, 0x12) })), damaged);
  assert.throws(() => opened(sealed({ epoch: 4 })), damaged);
});

test('a payload that decompresses to more than any object may have is damage, and takes no memory', () => {
  const zeros = zstdCompressSync(Buffer.alloc(objectBytesHighest + 1));
  const bomb = withPayload(Buffer.concat([Buffer.of(1), zeros]));
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(() => opened(bomb), damaged);
  assert(process.memoryUsage().arrayBuffers - before < 2 * objectBytesHighest);
});

test('a payload of an unknown kind, or one that does not decompress, is damage', () => {
  assert.throws(() => opened(withPayload(Buffer.of(2, 1, 2))), damaged);
  assert.throws(() => opened(withPayload(Buffer.of(1, 1, 2))), damaged);
  assert.throws(() => opened(withPayload(Buffer.alloc(0))), damaged);
});

/** Sealed rightly, with a payload that `sealEnvelope` does not make. */
function withPayload(whole: Buffer): Buffer {
  const header = Buffer.concat([Buffer.from('CAIRNBAK'), Buffer.of(1, 5, 3, 0), salt]);
  const derived = Buffer.from(hkdfSync('sha256', key, salt, 'cairn backup envelope', 32));
  const seal = createCipheriv('aes-256-gcm', derived, Buffer.alloc(12));
  seal.setAAD(Buffer.concat([header, Buffer.from(name)]));
  return Buffer.concat([header, seal.update(whole), seal.final(), seal.getAuthTag()]);
}
