// When protocols may serve anonymous clients: only on loopback, only while root is alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestIdentity } from '../../test/open-test-identity.ts';

test('anonymous clients are served while root is the only user, where that is switched on', async (t) => {
  const { identity } = await openTestIdentity(t, { anonymousLoopback: true });
  assert.equal(await identity.allowsAnonymous(), true);
  await identity.createUser({ name: 'anna' });
  assert.equal(await identity.allowsAnonymous(), false);
  await identity.deleteUser({ name: 'anna' });
  assert.equal(await identity.allowsAnonymous(), true);
});

test('anonymous clients are never served where that is switched off', async (t) => {
  const { identity } = await openTestIdentity(t);
  assert.equal(await identity.allowsAnonymous(), false);
});
