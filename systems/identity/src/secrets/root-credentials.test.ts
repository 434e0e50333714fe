// The root credentials: made once, never weak, never half brought along.

import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { openRootCredentials, providedRootCredentials, readRootCredentials } from './root-credentials.ts';

const world = realWorld();

test('root credentials are made once, in a file that only its owner may read', async (t) => {
  const path = `${await temporaryDirectory(t)}/root-credentials`;
  assert.equal(await readRootCredentials(world.disk, path), undefined);
  const first = await openRootCredentials(world, path);
  assert.equal(first.created, true);
  assert.match(first.credentials.accessKeyId, /^CAIRN[A-Z2-7]{15}$/);
  assert.match(first.credentials.secretKey, /^[A-Za-z0-9+/]{40}$/);
  assert.deepEqual(await openRootCredentials(world, path), {
    credentials: first.credentials,
    created: false,
  });
  assert.deepEqual(await readRootCredentials(world.disk, path), first.credentials);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a file of root credentials that was touched is refused', async (t) => {
  const path = `${await temporaryDirectory(t)}/root-credentials`;
  const { credentials } = await openRootCredentials(world, path);
  const text = await readFile(path, 'utf8');
  const changes = [
    '',
    text.slice(0, -1),
    text.replace(credentials.secretKey, 'guessable'),
    text.replace('credentials 1', 'credentials 2'),
    `${text}\n`,
  ];
  for (const changed of changes) {
    await writeFile(path, changed);
    await assert.rejects(openRootCredentials(world, path), (error: Error) => {
      assert.match(error.message, /could not read the root credentials in .*delete it to have new ones made/);
      assert.ok(!error.message.includes(credentials.secretKey));
      return true;
    });
  }
});

test('credentials that are brought along are both or neither', () => {
  const [accessKeyId, secretKey] = ['admin', 'long-enough-secret'];
  assert.deepEqual(providedRootCredentials({ accessKeyId, secretKey }), { accessKeyId, secretKey });
  assert.equal(providedRootCredentials({ accessKeyId: undefined, secretKey: undefined }), undefined);
  assert.throws(() => providedRootCredentials({ accessKeyId, secretKey: undefined }), {
    code: 'UnusableRootCredentials',
    message: 'CAIRN_ROOT_ACCESS_KEY is set and CAIRN_ROOT_SECRET_KEY is not: set both, or neither',
  });
  assert.throws(() => providedRootCredentials({ accessKeyId: undefined, secretKey }), {
    message: 'CAIRN_ROOT_SECRET_KEY is set and CAIRN_ROOT_ACCESS_KEY is not: set both, or neither',
  });
});

test('credentials that are brought along are not weak, and no message shows the secret', () => {
  for (const accessKeyId of ['', 'ab', 'a:b', 'a b', 'x'.repeat(129)])
    assert.throws(() => providedRootCredentials({ accessKeyId, secretKey: 'long-enough' }), {
      code: 'UnusableRootCredentials',
    });
  for (const secretKey of ['', 'short', 'with a space', 'x'.repeat(129), 'pässwörter'])
    assert.throws(
      () => providedRootCredentials({ accessKeyId: 'admin', secretKey }),
      (error: Error) =>
        /CAIRN_ROOT_SECRET_KEY has \d+ characters/.test(error.message) && !error.message.includes('short'),
    );
});
