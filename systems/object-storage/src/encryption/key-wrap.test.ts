import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { partKey, saltBytes, saltOfWhole, unwrapKey, wrapKey } from './key-wrap.ts';

const owner = { bucketId: 7, key: 'a' };

test('a key unwraps under the key that it was wrapped under, for its owner only', () => {
  const [key, under] = [randomBytes(32), randomBytes(32)];
  const wrapped = wrapKey(key, { under, owner, salt: randomBytes(saltBytes) });
  assert(unwrapKey(wrapped, { under, owner })?.equals(key));
  assert.equal(unwrapKey(wrapped, { under: randomBytes(32), owner }), undefined);
  assert.equal(unwrapKey(wrapped, { under, owner: { ...owner, bucketId: 8 } }), undefined);
  assert.equal(unwrapKey(wrapped, { under, owner: { ...owner, key: 'b' } }), undefined);
  assert.equal(unwrapKey({ ...wrapped, salt: 'AAAA' }, { under, owner }), undefined);
  assert.equal(unwrapKey({ ...wrapped, wrapped: wrapped.wrapped.slice(0, 20) }, { under, owner }), undefined);
});

test('nothing of a key that wraps, or is wrapped, shows', () => {
  const [key, under] = [randomBytes(32), randomBytes(32)];
  const text = JSON.stringify(wrapKey(key, { under, owner, salt: randomBytes(saltBytes) }));
  for (const secret of [key, under]) assert(!text.includes(secret.toString('base64').slice(0, 16)));
});

test('parts of an object have keys of their own', () => {
  const key = randomBytes(32);
  assert(!partKey(key, 'a').equals(partKey(key, 'b')));
  assert(partKey(key, 'a').equals(partKey(key, 'a')));
  assert(partKey(key, saltOfWhole).equals(key), 'the bytes of a single object stay as they were sealed');
});
