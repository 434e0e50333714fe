// The system in the service shell: first start, later starts, credentials that are brought along, broken starts.

import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { call, rootEnvironment, startIdentity } from '../test/management-client.ts';
import { basic, testRoot } from '../test/open-test-identity.ts';
import type { Identity } from './core/identity.ts';
import { readRootCredentials } from './secrets/root-credentials.ts';
import { rootCredentialsFileName } from './system.ts';

test('the first start shows the root credentials, later ones do not', async (t) => {
  const data = await temporaryDirectory(t);
  const first = await startIdentity(t, { data, environment: {} });
  const kept = await readRootCredentials(
    realWorld().disk,
    `${data}/data/identity/${rootCredentialsFileName}`,
  );
  assert.ok(kept);
  assert.deepEqual(first.notices.slice(1), [
    `  CAIRN_ROOT_ACCESS_KEY=${kept.accessKeyId}`,
    `  CAIRN_ROOT_SECRET_KEY=${kept.secretKey}`,
  ]);
  assert.equal((await call(first, 'GET /caller', { authorization: basic(kept) })).body.type, 'root');
  await first.stop();

  const second = await startIdentity(t, { data, environment: {} });
  assert.deepEqual(second.notices, []);
  assert.equal((await call(second, 'GET /caller', { authorization: basic(kept) })).body.type, 'root');
});

test('credentials that are brought along are used, not stored, and not shown', async (t) => {
  const data = await temporaryDirectory(t);
  const service = await startIdentity(t, { data });
  assert.deepEqual(service.notices, []);
  assert.equal((await call(service, 'GET /caller', { authorization: basic(testRoot) })).body.type, 'root');
  assert.ok(!(await readdir(`${data}/data/identity`)).includes(rootCredentialsFileName));
});

test('half of a pair of credentials is a start that fails', async (t) => {
  const environment = { CAIRN_ROOT_ACCESS_KEY: 'admin' };
  await assert.rejects(startIdentity(t, { environment }), {
    name: 'UnusableStart',
    message:
      'could not start identity: CAIRN_ROOT_ACCESS_KEY is set and CAIRN_ROOT_SECRET_KEY is not: set both, or neither',
  });
});

test('users, keys and policies are there after a restart', async (t) => {
  const data = await temporaryDirectory(t);
  const authorization = basic(testRoot);
  const first = await startIdentity(t, { data });
  await call(first, 'POST /users', { authorization, body: { name: 'anna' } });
  const { body: key } = await call(first, 'POST /users/anna/keys', { authorization });
  await call(first, 'PUT /users/anna/attached-policies/AdministratorAccess', { authorization });
  await first.stop();

  const second = await startIdentity(t, { data });
  const anna = basic(key as { accessKeyId: string; secretKey: string });
  assert.equal((await call(second, 'GET /users/anna', { authorization: anna })).status, 200);
});

test('all files are for their owner only', async (t) => {
  const data = await temporaryDirectory(t);
  await startIdentity(t, { data, environment: {} });
  const folder = `${data}/data/identity`;
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  for (const file of await readdir(folder))
    assert.equal((await stat(`${folder}/${file}`)).mode & 0o077, 0, file);
});

test('the key file may be elsewhere', async (t) => {
  const data = await temporaryDirectory(t);
  await startIdentity(t, { data, set: [`identity.keyFile=${data}/shared.key`] });
  assert.equal((await stat(`${data}/shared.key`)).size, 82);
});

test('a start on a damaged key file fails with the file’s name', async (t) => {
  const data = await temporaryDirectory(t);
  await writeFile(`${data}/shared.key`, 'damaged');
  const started = startIdentity(t, { data, set: [`identity.keyFile=${data}/shared.key`] });
  await assert.rejects(started, {
    name: 'UnusableStart',
    message: /could not read the key file .*shared\.key/,
  });
});

test('anonymous clients are for loopback only, and can be switched off', async (t) => {
  const allows = async (set: readonly string[]) => {
    const service = await startIdentity(t, { set, environment: rootEnvironment });
    return service.system<Identity>('identity').allowsAnonymous();
  };
  assert.equal(await allows([]), true);
  assert.equal(await allows(['identity.anonymousLoopback=false']), false);
  assert.equal(await allows(['host=0.0.0.0']), false);
});
