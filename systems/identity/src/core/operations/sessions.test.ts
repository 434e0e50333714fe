// Temporary credentials and time: they end when they say they do, remembered or not, and outlive a restart.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf, userWithKey } from '../../../test/identity-suite.ts';
import { openTestIdentity, testRoot } from '../../../test/open-test-identity.ts';
import { root } from '../../../test/principals.ts';
import { sessionOf } from '../../../test/roles-suite.ts';
import { worldWithClock } from '../../../test/world-with-clock.ts';

test('a session ends at its time, for the principal that a connection keeps too', async (t) => {
  const { world, clock } = worldWithClock();
  const { identity } = await openTestIdentity(t, { world });
  const principal = await principalOf(identity, await userWithKey(identity));
  await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
  const credentials = await identity.getSessionToken({ principal, seconds: 900 });
  const session = await sessionOf(identity, credentials);
  const decide = async () => (await identity.authorize(session, { action: 'a:B', resource: '*' })).decision;
  clock.pass(899_999);
  assert.equal(await decide(), 'allow');
  clock.pass(1);
  assert.equal(await decide(), 'explicit-deny');
  assert.equal(await identity.findSession(credentials), 'ExpiredToken');
});

test('a session outlives a restart, and another root secret ends it', async (t) => {
  const { identity, sql, options } = await openTestIdentity(t);
  const principal = { ...root, accessKeyId: testRoot.accessKeyId };
  const credentials = await identity.getSessionToken({ principal });
  const again = await openTestIdentity(t, { ...options, sql });
  assert.equal((await sessionOf(again.identity, credentials)).type, 'root');
  const rootCredentials = { ...testRoot, secretKey: 'another-secret-of-root' };
  const changed = await openTestIdentity(t, { ...options, sql, rootCredentials });
  assert.equal(await changed.identity.findSession(credentials), 'InvalidToken');
});

test('a policy can tell old sessions from new ones, as AWS revokes them', async (t) => {
  const { world, clock } = worldWithClock();
  const { identity } = await openTestIdentity(t, { world });
  const principal = await principalOf(identity, await userWithKey(identity));
  await identity.attachPolicy({ user: 'anna', policy: 'AdministratorAccess' });
  const old = await sessionOf(identity, await identity.getSessionToken({ principal }));
  clock.pass(60_000);
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(world.clock.nowMs()).toISOString() } },
    },
  });
  await identity.putUserPolicy({ user: 'anna', name: 'AWSRevokeOlderSessions', document });
  const young = await sessionOf(identity, await identity.getSessionToken({ principal }));
  const decide = async (asking: typeof old) =>
    (await identity.authorize(asking, { action: 'a:B', resource: '*' })).decision;
  assert.deepEqual(
    [await decide(old), await decide(young), await decide(principal)],
    ['explicit-deny', 'allow', 'allow'],
  );
});

test('no secret and no token is in the database', async (t) => {
  const { identity, sql } = await openTestIdentity(t);
  const principal = { ...root, accessKeyId: testRoot.accessKeyId };
  await identity.getSessionToken({ principal });
  assert.deepEqual((await sql.read('counts', {})).tokens, 0);
});
