import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import test from 'node:test';
import { equalDigest, hmacSha256Hex } from './hmac-sha256.ts';

test('the digest is that of node:crypto, whatever was digested before', () => {
  for (let length = 0; length <= 1_024; length += 31) {
    const key = randomBytes(32);
    const text = randomBytes(length).toString('latin1');
    assert.equal(hmacSha256Hex(key, text), createHmac('sha256', key).update(text, 'latin1').digest('hex'));
  }
});

test('digests are equal in either case, and in nothing else', () => {
  const digest = createHmac('sha256', 'key').update('text').digest('hex');
  assert(equalDigest(digest, digest));
  assert(equalDigest(digest, digest.toUpperCase()));
  assert(!equalDigest(digest, digest.slice(1)));
  assert(!equalDigest(digest, `${digest.slice(0, -1)}${digest.endsWith('0') ? '1' : '0'}`));
});
