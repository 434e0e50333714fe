import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { config } from '../../test/known-values.ts';
import { createKeyring, rotateKeyring } from './keyring.ts';
import { openConfig, openKeyring, sealConfig, sealKeyring } from './sealed-parameters.ts';

const random = new SeededRandom(1);

test('keyring and config open each other in turn', () => {
  const [rootKey, keyring] = [random.bytes(32), createKeyring(random)];
  const opened = openKeyring(sealKeyring(keyring, rootKey, random.bytes(32)), rootKey);
  assert.deepEqual(opened, keyring);
  assert.deepEqual(openConfig(sealConfig(config, keyring, random.bytes(32)), opened), config);
});

test('a config stays readable when the root key and the epoch are rotated', () => {
  const keyring = createKeyring(random);
  const bytes = sealConfig(config, keyring, random.bytes(32));
  const rootKey = random.bytes(32);
  const rotated = sealKeyring(rotateKeyring(keyring, random), rootKey, random.bytes(32));
  assert.deepEqual(openConfig(bytes, openKeyring(rotated, rootKey)), config);
});

test('another root key does not open a keyring, nor another keyring a config', () => {
  const keyring = createKeyring(random);
  const sealed = sealKeyring(keyring, random.bytes(32), random.bytes(32));
  assert.throws(() => openKeyring(sealed, random.bytes(32)), { code: 'damaged', message: /keyring/ });
  const bytes = sealConfig(config, keyring, random.bytes(32));
  assert.throws(() => openConfig(bytes, createKeyring(random)), { code: 'damaged', message: /config/ });
});

test('config and keyring cannot stand in for each other', () => {
  const key = random.bytes(32);
  const keyring = { ...createKeyring(random), epochs: new Map([[1, key]]) };
  assert.throws(() => openKeyring(sealConfig(config, keyring, random.bytes(32)), key), { code: 'damaged' });
});
