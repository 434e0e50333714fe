import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { seededBytes } from '../test/seeded-bytes.ts';
import { type ChecksumAlgorithm, checksumAlgorithms, checksumOf, createChecksum } from './checksum.ts';

const algorithms = Object.keys(checksumAlgorithms) as ChecksumAlgorithm[];

// CRCs: check values and `a` computed from the catalogue of parametrised CRC algorithms; RFC 3720 B.4 for 32 bytes of
// zeros and ones; NVM Express for 4 KiB of zeros; MD5: RFC 1321 A.5; SHA: FIPS 180-4 examples; XXH: the
// sanity test vectors of xxHash, over the buffer that they are made for.
const zeros32 = Buffer.alloc(32);
const ones32 = Buffer.alloc(32, 0xff);
const digits = Buffer.from('123456789');
const vectors: readonly [ChecksumAlgorithm, Uint8Array, string][] = [
  ['crc32', digits, 'cbf43926'],
  ['crc32', Buffer.alloc(0), '00000000'],
  ['crc32c', digits, 'e3069283'],
  ['crc32c', zeros32, '8a9136aa'],
  ['crc32c', ones32, '62a8ab43'],
  ['crc32c', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), '46dd794e'],
  ['crc64nvme', digits, 'ae8b14860a799888'],
  ['crc64nvme', Buffer.alloc(4096), '6482d367eb22b64e'],
  ['crc64nvme', Buffer.alloc(4096, 0xff), 'c0ddba7302eca3ac'],
  ['crc64nvme', Buffer.alloc(0), '0000000000000000'],
  ['md5', Buffer.from('abc'), '900150983cd24fb0d6963f7d28e17f72'],
  ['md5', Buffer.alloc(0), 'd41d8cd98f00b204e9800998ecf8427e'],
  ['sha1', Buffer.from('abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d'],
  ['sha256', Buffer.from('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'sha512',
    Buffer.from('abc'),
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
  ['xxhash64', sanityBuffer(0), 'ef46db3751d8e999'],
  ['xxhash64', sanityBuffer(1), 'e934a84adb052768'],
  ['xxhash64', sanityBuffer(4), '9136a0dca57457ee'],
  ['xxhash64', sanityBuffer(14), '8282dcc4994e35c8'],
  ['xxhash64', sanityBuffer(222), 'b641ae8cb691c174'],
  ['xxhash3', sanityBuffer(0), '2d06800538d394c2'],
  ['xxhash3', sanityBuffer(1), 'c44bdff4074eecdb'],
  ['xxhash3', sanityBuffer(403), 'cdeb804d65c6dea4'],
  ['xxhash3', sanityBuffer(512), '617e49599013cb6b'],
  ['xxhash3', sanityBuffer(2048), 'dd59e2c3a5f038e0'],
  ['xxhash3', sanityBuffer(4160), '4f323b15321e94e1'],
  ['xxhash128', sanityBuffer(0), '99aa06d3014798d86001c324468d497f'],
  ['xxhash128', sanityBuffer(1), 'a6cd5e9392000f6ac44bdff4074eecdb'],
  ['xxhash128', sanityBuffer(16), 'c68c368ecf8a9c05562980258a998629'],
  ['xxhash128', sanityBuffer(129), '03815fc91f1b30b686c9e3bc8f0a3b5c'],
  ['xxhash128', sanityBuffer(241), '99a80ecf0ecfc647c5a639ecd2030e5e'],
  ['xxhash128', sanityBuffer(4160), '67140711c1e3e3354f323b15321e94e1'],
];

function sanityBuffer(length: number): Buffer {
  let generator = 2_654_435_761n;
  return Buffer.from(
    Array.from({ length }, () => {
      const byte = Number(generator >> 56n);
      generator = BigInt.asUintN(64, generator * 0x9e3779b185ebca8dn);
      return byte;
    }),
  );
}

for (const [algorithm, bytes, expected] of vectors) {
  test(`${algorithm} of ${bytes.length} bytes (${expected}) is what its specification says`, () => {
    assert.equal(checksumOf(algorithm, bytes).toString('hex'), expected);
  });
}

for (const algorithm of algorithms) {
  test(`${algorithm} in random pieces equals ${algorithm} of the whole`, (context) => {
    const seed = randomInt(2 ** 32);
    context.diagnostic(`seed ${seed}`);
    const source = seededBytes(seed);
    for (let round = 0; round < 50; round++) {
      const bytes = source.bytes(source.integer(200_000));
      const checksum = createChecksum(algorithm);
      for (let start = 0; start < bytes.length; ) {
        const end = start + source.integer(70_000);
        checksum.update(bytes.subarray(start, end));
        start = end;
      }
      const digest = checksum.digest();
      assert.equal(digest.length, checksumAlgorithms[algorithm].bytes);
      assert.deepEqual(digest, checksumOf(algorithm, bytes), `seed ${seed}, round ${round}`);
    }
  });

  test(`two ${algorithm} that run at the same time do not mix`, () => {
    const left = createChecksum(algorithm);
    const right = createChecksum(algorithm);
    left.update(Buffer.from('1234'));
    right.update(Buffer.from('abcd'));
    left.update(Buffer.from('56789'));
    assert.deepEqual(left.digest(), checksumOf(algorithm, digits));
    assert.deepEqual(right.digest(), checksumOf(algorithm, Buffer.from('abcd')));
  });

  test(`a second digest of ${algorithm} is refused`, () => {
    const checksum = createChecksum(algorithm);
    checksum.digest();
    assert.throws(() => checksum.digest());
    assert.throws(() => checksum.update(digits));
  });

  test(`${algorithm} reads a view into a larger buffer, whatever its alignment`, () => {
    const large = Buffer.concat([Buffer.from('xyz'), digits, Buffer.from('xyz')]);
    const view = new Uint8Array(large.buffer, large.byteOffset + 3, digits.length);
    assert.deepEqual(checksumOf(algorithm, view), checksumOf(algorithm, digits));
  });
}
