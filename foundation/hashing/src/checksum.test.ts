import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { seededBytes } from '../test/seeded-bytes.ts';
import { type ChecksumAlgorithm, checksumAlgorithms, checksumOf, createChecksum } from './checksum.ts';

const algorithms = Object.keys(checksumAlgorithms) as ChecksumAlgorithm[];

// CRCs: check values and `a` computed from the catalogue of parametrised CRC algorithms; RFC 3720 B.4 for 32 bytes of
// zeros and ones; NVM Express for 4 KiB of zeros; MD5: RFC 1321 A.5; SHA-1 and SHA-256: FIPS 180-4 examples.
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
];

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
