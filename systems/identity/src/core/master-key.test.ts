// Which key file goes with which database: the table of master-key.ts, on a real engine.

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { userWithKey } from '../../test/identity-suite.ts';
import { openTestIdentity } from '../../test/open-test-identity.ts';
import { createKeyFile } from '../secrets/key-file.ts';
import { openIdentity } from './open-identity.ts';

test('the key that was made at first start opens the secrets at every later one', async (t) => {
  const { identity, options } = await openTestIdentity(t);
  const key = await userWithKey(identity);
  const again = await openIdentity(options);
  assert.equal((await again.findAccessKey(key.accessKeyId))?.secret, key.secretKey);
});

test('a missing key file is refused while there are secrets, and says what cannot be read', async (t) => {
  const { identity, options } = await openTestIdentity(t);
  await userWithKey(identity);
  const { masterKeyId } = await identity.inspect();
  await rm(options.keyFile);
  await assert.rejects(openIdentity(options), (error: Error & { code: string }) => {
    assert.equal(error.code, 'UnusableKeyFile');
    assert.ok(error.message.includes('could not read the secrets of 1 access keys'), error.message);
    assert.ok(error.message.includes(masterKeyId) && error.message.includes(options.keyFile), error.message);
    return true;
  });
});

test('without secrets nothing is lost with the key file, and a new one is made', async (t) => {
  const { identity, options } = await openTestIdentity(t);
  await identity.createUser({ name: 'anna' });
  const { masterKeyId } = await identity.inspect();
  await rm(options.keyFile);
  const again = await openIdentity(options);
  assert.notEqual((await again.inspect()).masterKeyId, masterKeyId);
  await again.createAccessKey({ user: 'anna' });
});

test('the key file of another database is refused', async (t) => {
  const { identity, options } = await openTestIdentity(t);
  await userWithKey(identity);
  await createKeyFile(options.world, options.keyFile);
  await assert.rejects(openIdentity(options), {
    code: 'UnusableKeyFile',
    message: /Put the right file in its place/,
  });
});

test('a damaged key file is refused, secrets or none', async (t) => {
  const { options } = await openTestIdentity(t);
  await writeFile(options.keyFile, 'not a key');
  await assert.rejects(openIdentity(options), {
    code: 'UnusableKeyFile',
    message: /it does not begin as a key file/,
  });
});

test('root credentials are given out by the start that makes them only', async (t) => {
  const directory = await temporaryDirectory(t);
  const { options } = await openTestIdentity(t, { directory });
  const { rootCredentials: _, ...kept } = options;
  const first = await openIdentity(kept);
  assert.ok(first.newRootCredentials);
  const second = await openIdentity(kept);
  assert.equal(second.newRootCredentials, undefined);
  assert.equal((await second.findAccessKey(first.newRootCredentials.accessKeyId))?.principal.type, 'root');
});
