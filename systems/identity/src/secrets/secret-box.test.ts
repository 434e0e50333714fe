// Sealed secrets: what went in comes out, and nothing that was touched comes out at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { SecretBox } from './secret-box.ts';

const { random } = realWorld();
const key = { id: '0123456789abcdef', key: random.bytes(32) };
const box = new SecretBox(key);
const context = 'access key A of user anna';

test('a sealed secret opens where it belongs', () => {
  for (const secret of ['', 'x', 'oHUkzsSz16hL5wTGMnqM3KgNrKCS52AsIGbPIxTe', '\u{1F511}'.repeat(100)])
    assert.equal(box.open(box.seal(secret, { context, random }), { context }), secret);
});

test('the same secret is never sealed alike', () => {
  assert.notDeepEqual(box.seal('secret', { context, random }), box.seal('secret', { context, random }));
});

test('a secret does not open elsewhere', () => {
  const sealed = box.seal('secret', { context, random });
  assert.throws(() => box.open(sealed, { context: 'access key B of user anna' }), {
    code: 'UnreadableSecret',
    message:
      /could not decrypt the secret of access key B of user anna: it was changed, or belongs elsewhere/,
  });
});

test('every flipped bit is noticed', () => {
  const sealed = box.seal('secret', { context, random });
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(() => box.open(changed, { context }), { code: 'UnreadableSecret' }, `bit ${bit}`);
  }
});

test('every cut is noticed', () => {
  const sealed = box.seal('secret', { context, random });
  for (let length = 0; length < sealed.length; length++)
    assert.throws(() => box.open(sealed.subarray(0, length), { context }), { code: 'UnreadableSecret' });
});

test('a secret of another key says which key it needs', () => {
  const other = new SecretBox({ id: 'ffffffffffffffff', key: random.bytes(32) });
  assert.throws(() => other.open(box.seal('secret', { context, random }), { context }), {
    message: /encrypted under the key 0123456789abcdef, the key file holds ffffffffffffffff/,
  });
});

test('the format is that of DESIGN.md', () => {
  const sealed = box.seal('secret', { context, random });
  assert.equal(sealed.toString('hex', 0, 9), `01${key.id}`);
  assert.equal(sealed.length, 1 + 8 + 12 + 'secret'.length + 16);
});
