import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { seededBytes } from '../test/seeded-bytes.ts';
import { checksumOf } from './checksum.ts';
import { type CrcAlgorithm, combineCrc } from './combine-crc.ts';

for (const algorithm of ['crc32', 'crc32c', 'crc64nvme'] as const satisfies CrcAlgorithm[]) {
  test(`${algorithm} of two parts combines to that of the whole`, (context) => {
    const seed = randomInt(2 ** 32);
    context.diagnostic(`seed ${seed}`);
    const source = seededBytes(seed);
    for (let round = 0; round < 200; round++) {
      const bytes = source.bytes(source.integer(5000));
      const cut = source.integer(bytes.length + 1);
      const combined = combineCrc(algorithm, {
        first: checksumOf(algorithm, bytes.subarray(0, cut)),
        second: checksumOf(algorithm, bytes.subarray(cut)),
        secondBytes: bytes.length - cut,
      });
      assert.deepEqual(combined, checksumOf(algorithm, bytes), `seed ${seed}, round ${round}`);
    }
  });

  test(`${algorithm} of many parts combines from the left`, () => {
    const source = seededBytes(1);
    const parts = Array.from({ length: 20 }, () => source.bytes(source.integer(100_000)));
    const combined = parts.reduce(
      (first, part) =>
        combineCrc(algorithm, { first, second: checksumOf(algorithm, part), secondBytes: part.length }),
      checksumOf(algorithm, Buffer.alloc(0)),
    );
    assert.deepEqual(combined, checksumOf(algorithm, Buffer.concat(parts)));
  });

  test(`${algorithm} combines parts far larger than memory as combining is associative`, () => {
    const terabytes = 5 * 2 ** 40 + 12345;
    const [a, b, c] = [0, 1, 2].map((n) => checksumOf(algorithm, Buffer.from(`part ${n}`)));
    const left = combineCrc(algorithm, {
      first: combineCrc(algorithm, { first: a!, second: b!, secondBytes: terabytes }),
      second: c!,
      secondBytes: terabytes,
    });
    const right = combineCrc(algorithm, {
      first: a!,
      second: combineCrc(algorithm, { first: b!, second: c!, secondBytes: terabytes }),
      secondBytes: 2 * terabytes,
    });
    assert.deepEqual(left, right);
  });
}

test('a digest of the wrong length is a mistake of the caller', () => {
  const crc = checksumOf('crc32', Buffer.from('a'));
  assert.throws(() => combineCrc('crc64nvme', { first: crc, second: crc, secondBytes: 1 }));
});
