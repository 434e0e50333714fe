import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { type AeadCipher, type CipherName, directCipher, portableCipher, tagBytes } from './aead-cipher.ts';
import { type CipherLibrary, cipherLibrary } from './cipher-library.ts';

const names: readonly CipherName[] = ['aes-256-gcm', 'chacha20-poly1305'];
const ways = names.flatMap((name): readonly (readonly [string, CipherName, AeadCipher])[] => [
  [`${name}, portable`, name, portableCipher(name)],
  ...(cipherLibrary === undefined
    ? []
    : [[`${name}, direct`, name, directCipher(cipherLibrary, name)] as const]),
]);
const key = Buffer.alloc(32, 7);
const nonce = Buffer.alloc(12, 3);
const message = Buffer.from('a message of no certain length');

for (const [way, name, cipher] of ways) {
  test(`${way}: seals as node:crypto does`, () => {
    for (const filling of [0, 1, 255]) {
      const iv = Buffer.alloc(12, filling);
      const reference = createCipheriv(name as 'chacha20-poly1305', key, iv, { authTagLength: tagBytes });
      const expected = Buffer.concat([reference.update(message), reference.final(), reference.getAuthTag()]);
      assert.deepEqual(sealed(cipher, { key, nonce: iv }), expected);
    }
  });

  test(`${way}: parts make the message that they are together`, () => {
    const whole = sealed(cipher, { key, nonce });
    for (const cuts of [[0], [7], [1, 17], [message.length], [5, 5, 6]]) {
      const edges = [0, ...cuts, message.length];
      const parts = edges.slice(1).map((end, index) => message.subarray(edges[index], end));
      const target = Buffer.alloc(message.length + tagBytes);
      cipher.seal({ key, nonce, parts, target });
      assert.deepEqual(target, whole, `cut at ${cuts}`);
    }
  });

  test(`${way}: opens what it sealed, also in place, and of no length`, () => {
    for (const source of [message, Buffer.alloc(0), Buffer.alloc(100_000, 1)]) {
      const memory = Buffer.alloc(source.length + tagBytes);
      source.copy(memory);
      cipher.seal({ key, nonce, parts: [memory.subarray(0, source.length)], target: memory });
      if (source.length > 0) assert.notDeepEqual(memory.subarray(0, source.length), source);
      const target = memory.subarray(0, source.length);
      assert(cipher.open({ key, nonce, source: memory, target }));
      assert.deepEqual(target, source);
    }
  });

  test(`${way}: refuses every flipped bit, another nonce, another key, another length`, () => {
    const good = sealed(cipher, { key, nonce });
    const opens = (source: Buffer, place = { key, nonce }) =>
      cipher.open({ ...place, source, target: Buffer.alloc(message.length) });
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const altered = Buffer.from(good);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(opens(altered), false, `bit ${bit}`);
    }
    assert.equal(opens(good, { key, nonce: Buffer.alloc(12, 4) }), false);
    assert.equal(opens(good, { key: Buffer.alloc(32, 8), nonce }), false);
    assert.equal(opens(good.subarray(1)), false);
    assert.equal(opens(good), true);
  });

  test(`${way}: a target without room for the tag is a mistake of who calls`, () => {
    assert.throws(() => cipher.seal({ key, nonce, parts: [message], target: Buffer.alloc(message.length) }));
  });

  test(`${way}: keys and directions may take turns`, () => {
    const other = Buffer.alloc(32, 9);
    for (let number = 0; number < 4; number += 1) {
      const iv = Buffer.alloc(12, number);
      const one = sealed(cipher, { key, nonce: iv });
      const two = sealed(cipher, { key: other, nonce: iv });
      assert.notDeepEqual(one, two);
      const target = Buffer.alloc(message.length);
      assert(cipher.open({ key, nonce: iv, source: one, target }));
      assert(cipher.open({ key: other, nonce: iv, source: two, target }));
      assert.deepEqual(target, message);
    }
  });
}

test('AES-256-GCM gives what its authors published: test case 14', () => {
  const [, , cipher] = ways[0]!;
  const target = Buffer.alloc(32);
  cipher.seal({ key: Buffer.alloc(32), nonce: Buffer.alloc(12), parts: [Buffer.alloc(16)], target });
  assert.equal(target.toString('hex'), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919');
});

const skip = cipherLibrary === undefined && 'this Node does not export OpenSSL';

test('every context that was made is freed when its thread ends, once', { skip }, () => {
  const made: bigint[] = [];
  const freed: bigint[] = [];
  const watched: CipherLibrary = {
    ...cipherLibrary!,
    EVP_CIPHER_CTX_new: () => {
      made.push(cipherLibrary!.EVP_CIPHER_CTX_new());
      return made.at(-1)!;
    },
    EVP_CIPHER_CTX_free: (context) => {
      freed.push(context);
      cipherLibrary!.EVP_CIPHER_CTX_free(context);
    },
  };
  const waiting: (() => void)[] = [];
  directCipher(watched, 'aes-256-gcm', (free) => waiting.push(free));
  assert.equal(made.length, 2);
  assert.deepEqual(freed, []);
  for (const free of waiting) free();
  assert.deepEqual(freed, made);
});

function sealed(cipher: AeadCipher, place: { key: Buffer; nonce: Buffer }): Buffer {
  const target = Buffer.alloc(message.length + tagBytes);
  cipher.seal({ ...place, parts: [message], target });
  return target;
}
