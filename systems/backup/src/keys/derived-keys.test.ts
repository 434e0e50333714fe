// Keys made of keys and of passwords, against RFC 5869 and the reference argon2; the keyring through a rotation.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { canonicalJson } from './canonical-json.ts';
import { deriveKey } from './derive-key.ts';
import { createKeyring, epochKeyOf, rootKeyOf, rotateKeyring } from './keyring.ts';
import { stretchPassword, stretchPasswordInPlace } from './stretch-password.ts';

const hmac = (key: Uint8Array, ...parts: Uint8Array[]) =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest();

test('keys are derived by HKDF-SHA256, as RFC 5869 defines it', () => {
  const [key, salt] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const info = Buffer.from('cairn backup pack');
  const pseudorandom = hmac(salt, key);
  const first = hmac(pseudorandom, info, Buffer.of(1));
  const second = hmac(pseudorandom, first, info, Buffer.of(2));
  assert.deepEqual(deriveKey({ key, salt, purpose: 'pack' }), first);
  assert.deepEqual(deriveKey({ key, salt, purpose: 'pack', bytes: 64 }), Buffer.concat([first, second]));
});

test('another purpose, salt or key gives another key', () => {
  const [key, salt] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const keys = [
    deriveKey({ key, salt, purpose: 'pack' }),
    deriveKey({ key, salt, purpose: 'envelope' }),
    deriveKey({ key, salt, purpose: 'chunker' }),
    deriveKey({ key: salt, salt, purpose: 'pack' }),
    deriveKey({ key, salt: key, purpose: 'pack' }),
  ];
  assert.equal(new Set(keys.map((derived) => derived.toString('hex'))).size, keys.length);
});

test('passwords are stretched as the reference implementation of argon2id does', async () => {
  const cost = { memoryKiB: 65_536, passes: 2, lanes: 1 };
  const expected = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7';
  for (const stretch of [stretchPassword, stretchPasswordInPlace]) {
    const key = await stretch(Buffer.from('password'), Buffer.from('somesalt'), cost);
    assert.equal(Buffer.from(key).toString('hex'), expected);
  }
});

test('canonical JSON sorts members and leaves no white space', () => {
  const value = { b: [1, { d: null, c: true }], a: 'x"\u00e4', '\u{1f600}': 1, '\uffff': 2 };
  const expected = '{"a":"x\\"\u00e4","b":[1,{"c":true,"d":null}],"\u{1f600}":1,"\uffff":2}';
  assert.equal(canonicalJson(value), expected);
});

test('a rotated keyring has a new epoch, keeps the old ones and all that deduplication rests on', () => {
  const random = new SeededRandom(7);
  const first = createKeyring(random);
  const second = rotateKeyring(first, random);
  assert.equal(first.current, 1);
  assert.equal(second.current, 2);
  assert.deepEqual([...second.epochs.keys()], [1, 2]);
  assert.deepEqual(second.epochs.get(1), first.epochs.get(1));
  assert.notDeepEqual(second.epochs.get(2), first.epochs.get(1));
  assert.deepEqual(second.fingerprintKey, first.fingerprintKey);
  assert.deepEqual(second.chunkerSecret, first.chunkerSecret);
  assert.equal(epochKeyOf(second)(2), second.epochs.get(2));
  assert.equal(epochKeyOf(second)(3), undefined);
});

test('all secrets of a keyring differ', () => {
  const { epochs, fingerprintKey, chunkerSecret } = createKeyring(new SeededRandom(8));
  const secrets = [...epochs.values(), fingerprintKey, chunkerSecret];
  assert.equal(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size, 3);
  assert(secrets.every((secret) => secret.length === 32));
});

test('epochs end with two bytes', () => {
  const random = new SeededRandom(9);
  const keyring = {
    ...createKeyring(random),
    epochs: new Map([[65_535, random.bytes(32)]]),
    current: 65_535,
  };
  assert.throws(() => rotateKeyring(keyring, random), { code: 'invalid-argument' });
});

test('the root key is the key of epoch 0 alone', () => {
  const rootKey = Buffer.alloc(32);
  assert.equal(rootKeyOf(rootKey)(0), rootKey);
  assert.equal(rootKeyOf(rootKey)(1), undefined);
});
