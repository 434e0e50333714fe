import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { type AeadCipher, type CipherName, directCipher, portableCipher, tagBytes } from './aead-cipher.ts';
import { programLibrary } from './program-library.ts';

const names: readonly CipherName[] = ['aes-256-gcm', 'chacha20-poly1305'];
const ways = names.flatMap((name): readonly (readonly [string, CipherName, AeadCipher])[] => [
  [`${name}, portable`, name, portableCipher(name)],
  ...(programLibrary === undefined
    ? []
    : [[`${name}, direct`, name, directCipher(programLibrary, name)] as const]),
]);
const key = Buffer.alloc(32, 7);
const message = Buffer.from('a message of no certain length');

for (const [way, name, cipher] of ways) {
  test(`${way}: seals as node:crypto does, with the nonce as 12 little-endian bytes`, () => {
    for (const nonce of [0, 1, 0x01020304, 2 ** 32, 2 ** 40 + 5]) {
      const iv = Buffer.alloc(12);
      iv.writeBigUInt64LE(BigInt(nonce));
      const reference = createCipheriv(name as 'chacha20-poly1305', key, iv, { authTagLength: tagBytes });
      const expected = Buffer.concat([reference.update(message), reference.final(), reference.getAuthTag()]);
      assert.deepEqual(sealed(cipher, key, nonce), expected);
    }
  });

  test(`${way}: opens what it sealed, also in place, and of no length`, () => {
    for (const source of [message, Buffer.alloc(0), Buffer.alloc(100_000, 1)]) {
      const memory = Buffer.alloc(source.length + tagBytes);
      source.copy(memory);
      cipher.seal({ key, nonce: 3, source: memory.subarray(0, source.length), target: memory });
      if (source.length > 0) assert.notDeepEqual(memory.subarray(0, source.length), source);
      const target = memory.subarray(0, source.length);
      assert(cipher.open({ key, nonce: 3, source: memory, target }));
      assert.deepEqual(target, source);
    }
  });

  test(`${way}: refuses every flipped bit, another nonce, another key, another length`, () => {
    const good = sealed(cipher, key, 3);
    const opens = (source: Buffer, nonce = 3, otherKey = key) =>
      cipher.open({ key: otherKey, nonce, source, target: Buffer.alloc(message.length) });
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const altered = Buffer.from(good);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(opens(altered), false, `bit ${bit}`);
    }
    assert.equal(opens(good, 4), false);
    assert.equal(opens(good, 3, Buffer.alloc(32, 8)), false);
    assert.equal(opens(good.subarray(1)), false);
    assert.equal(opens(good), true);
  });

  test(`${way}: keys and directions may take turns`, () => {
    const other = Buffer.alloc(32, 9);
    for (let nonce = 0; nonce < 4; nonce += 1) {
      const one = sealed(cipher, key, nonce);
      const two = sealed(cipher, other, nonce);
      assert.notDeepEqual(one, two);
      const target = Buffer.alloc(message.length);
      assert(cipher.open({ key, nonce, source: one, target }));
      assert(cipher.open({ key: other, nonce, source: two, target }));
      assert.deepEqual(target, message);
    }
  });
}

test('AES-256-GCM gives what its authors published: test case 14', () => {
  const [, , cipher] = ways[0]!;
  const target = Buffer.alloc(32);
  cipher.seal({ key: Buffer.alloc(32), nonce: 0, source: Buffer.alloc(16), target });
  assert.equal(target.toString('hex'), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919');
});

function sealed(cipher: AeadCipher, sealingKey: Buffer, nonce: number): Buffer {
  const target = Buffer.alloc(message.length + tagBytes);
  cipher.seal({ key: sealingKey, nonce, source: message, target });
  return target;
}
