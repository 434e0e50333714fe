// Identity on a real PostgreSQL: the same suite, and what two processes on one database see of each other.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openSql } from '@cairn/engines';
import {
  audience,
  startOpenIdIssuer,
  startPostgres,
  type TestContext,
  temporaryDirectory,
} from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { sharedCacheLifetimeMs } from '../src/limits.ts';
import { groupsSuite } from './groups-suite.ts';
import { identitySuite, principalOf, userWithKey } from './identity-suite.ts';
import { openIdProvidersSuite } from './open-id-providers-suite.ts';
import { openTestIdentity, type TestOptions } from './open-test-identity.ts';
import { policyVersionsSuite } from './policy-versions-suite.ts';
import { rolesSuite } from './roles-suite.ts';
import tamperingStore from './tampering-store.ts';
import { roleArn, trustingProvider } from './web-identity-setup.ts';
import { worldWithClock } from './world-with-clock.ts';

const server = await startPostgres();
after(() => server?.stop());
const skip = server === undefined && 'postgres is not installed';

async function openOnPostgres(t: TestContext, options: TestOptions = {}) {
  return openTestIdentity(t, { ...options, url: server!.url, shared: true });
}

async function wiped(t: TestContext, options: TestOptions = {}) {
  const sql = await openSql(tamperingStore, { url: server!.url, world: realWorld() });
  await sql.write('wipe', {});
  await sql.close();
  return openOnPostgres(t, options);
}

identitySuite('PostgreSQL', wiped, { skip });
rolesSuite('PostgreSQL', wiped, { skip });
groupsSuite('PostgreSQL', wiped, { skip });
openIdProvidersSuite('PostgreSQL', wiped, { skip });
policyVersionsSuite('PostgreSQL', wiped, { skip });

test('another process sees a change as soon as what it remembers is two seconds old', { skip }, async (t) => {
  const directory = await temporaryDirectory(t);
  const { world, clock } = worldWithClock();
  const { identity: one } = await wiped(t, { directory });
  const { identity: other } = await openOnPostgres(t, { directory, world });

  const key = await userWithKey(one);
  await one.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
  const principal = await principalOf(other, key);
  const decide = async () => (await other.authorize(principal, { action: 'a:B', resource: '*' })).decision;
  assert.equal(await decide(), 'allow');

  await one.deleteAccessKey({ user: 'anna', accessKeyId: key.accessKeyId });
  clock.pass(sharedCacheLifetimeMs);
  assert.equal(await decide(), 'explicit-deny');
  assert.equal(await other.findAccessKey(key.accessKeyId), undefined);
});

test('a session hangs on the provider that is there, whatever the process remembers', { skip }, async (t) => {
  const directory = await temporaryDirectory(t);
  const { world, clock } = worldWithClock(Date.now());
  const { identity: one } = await wiped(t, { directory });
  const { identity: other } = await openOnPostgres(t, { directory, world });
  const issuer = await startOpenIdIssuer(t);
  const provider = await one.createOpenIdProvider({ url: issuer.url, clientIds: [audience] });
  await one.createRole({ name: 'reader', trustPolicy: trustingProvider(provider.arn) });
  const take = () => other.assumeRoleWithWebIdentity({ roleArn, sessionName: 'work', token: issuer.token() });
  await other.findSession(await take());

  for (const maker of [one, other]) {
    await one.deleteOpenIdProvider(provider);
    await maker.createOpenIdProvider({ url: issuer.url, clientIds: [audience] });
    const taken = await take();
    assert.equal(typeof (await other.findSession(taken)), 'object');
    clock.pass(sharedCacheLifetimeMs);
    assert.equal(typeof (await other.findSession(taken)), 'object');
  }
});

test('processes that share a database share the key file, or do not start', { skip }, async (t) => {
  const { identity } = await wiped(t);
  await userWithKey(identity);
  await assert.rejects(openOnPostgres(t), (error: Error) => {
    assert.match(error.message, /could not read the secrets of 1 access keys/);
    return true;
  });
});

test('of two first starts on one database the second to claim it refuses to seal under its own key', {
  skip,
}, async (t) => {
  const { identity: first } = await wiped(t);
  const { identity: second } = await openOnPostgres(t);
  await first.createUser({ name: 'anna' });
  await assert.rejects(first.createAccessKey({ user: 'anna' }), { code: 'UnusableKeyFile' });
  await second.createAccessKey({ user: 'anna' });
});
