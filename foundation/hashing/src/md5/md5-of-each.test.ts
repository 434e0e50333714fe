import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { seededBytes } from '../../test/seeded-bytes.ts';
import { laneBytes } from './md5-kernel.ts';
import { openMd5OfEach } from './md5-of-each.ts';

const md5 = await openMd5OfEach(setImmediate);
const md5OfEach = (texts: readonly string[]) => md5.of(texts);

const expected = (texts: readonly string[]) => texts.map((text) => hash('md5', text, 'hex'));

test('the digests of RFC 1321, together', () => {
  const digests = {
    '': 'd41d8cd98f00b204e9800998ecf8427e',
    a: '0cc175b9c0f1b6a831c399e269772661',
    abc: '900150983cd24fb0d6963f7d28e17f72',
    'message digest': 'f96b697d7cb7938d525a2f31aaf161d0',
    abcdefghijklmnopqrstuvwxyz: 'c3fcd3d76192e4007dfb496cca67e13b',
    ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: 'd174ab98d277d9f5a5611c2c9f419d9f',
    [`${'1234567890'.repeat(8)}`]: '57edf4a22be3c955ac49da2e2107b67a',
  };
  assert.deepEqual(md5OfEach(Object.keys(digests)), Object.values(digests));
});

test('texts of every length around the ends of blocks, and around the longest that fits a lane', () => {
  const lengths = [...Array.from({ length: 140 }, (_, length) => length)];
  for (let length = laneBytes - 70; length < laneBytes + 10; length++) lengths.push(length);
  const texts = lengths.map((length) => 'x'.repeat(length));
  assert.deepEqual(md5OfEach(texts), expected(texts));
});

test('any number of texts, of any lengths and characters, in their order', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = seededBytes(seed);
  for (let round = 0; round < 200; round++) {
    const texts = Array.from({ length: random.integer(20) }, () =>
      Array.from(random.bytes(random.integer(300)), (byte) => 'aé€😀'[byte % 5]).join(''),
    );
    const contents = texts.map((text, index) => (index % 2 === 0 ? text : Buffer.from(text)));
    assert.deepEqual(md5.of(contents), expected(texts), `seed ${seed}`);
  }
});
