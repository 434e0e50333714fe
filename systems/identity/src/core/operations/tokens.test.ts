// Tokens and time: a token ends when it says it does, remembered or not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestIdentity, testRoot } from '../../../test/open-test-identity.ts';
import { root } from '../../../test/principals.ts';
import { worldWithClock } from '../../../test/world-with-clock.ts';
import { tokensPerPrincipalMax } from '../../limits.ts';

const principal = { ...root, accessKeyId: testRoot.accessKeyId };

test('a token ends at its time', async (t) => {
  const { world, clock } = worldWithClock();
  const { identity } = await openTestIdentity(t, { world });
  const { token } = await identity.issueToken({ principal, lifetimeMs: 60_000 });
  const authenticate = () => identity.authenticator.authenticate(`Bearer ${token}`);
  assert.ok(await authenticate());
  clock.pass(59_999);
  assert.ok(await authenticate());
  clock.pass(1);
  assert.equal(await authenticate(), undefined);
  assert.deepEqual(await identity.listTokens({ user: 'root' }), []);
});

test('tokens are bounded in number, and those that ended do not count', async (t) => {
  const { world, clock } = worldWithClock();
  const { identity } = await openTestIdentity(t, { world });
  for (let index = 0; index < tokensPerPrincipalMax; index++)
    await identity.issueToken({ principal, lifetimeMs: 60_000 });
  await assert.rejects(identity.issueToken({ principal }), { code: 'LimitExceeded' });
  clock.pass(60_000);
  await identity.issueToken({ principal });
  assert.equal((await identity.inspect()).counts.tokens, 1);
});

test('only the hash of a token is stored', async (t) => {
  const { identity, sql } = await openTestIdentity(t);
  const { token } = await identity.issueToken({ principal });
  const rows = await sql.read('listTokens', { user: null, now_ms: 0 });
  assert.ok(!JSON.stringify(rows).includes(token));
});
