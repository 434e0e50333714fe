// Ways past the rules of IAM calls that there once were, each a test named for what holds since.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryProtocol } from '../src/query/query-protocol.ts';
import { principalOf } from './identity-suite.ts';
import { openTestIdentity } from './open-test-identity.ts';
import { account } from './principals.ts';

test('who may change users under one path moves none to another', async (t) => {
  const { identity } = await openTestIdentity(t);
  await identity.createUser({ name: 'lead' });
  const under = (path: string) => `arn:aws:iam::${account}:user${path}*`;
  const Statement = { Effect: 'Allow', Action: 'iam:UpdateUser', Resource: under('/dev/') };
  const document = JSON.stringify({ Version: '2012-10-17', Statement });
  await identity.putUserPolicy({ user: 'lead', name: 'own', document });
  const principal = await principalOf(identity, await identity.createAccessKey({ user: 'lead' }));
  await identity.createUser({ name: 'anna', path: '/dev/' });
  const move = async (NewPath: string) => {
    const asked = { Action: 'UpdateUser', Version: '2010-05-08', UserName: 'ANNA', NewPath };
    const parameters = new Map(Object.entries(asked));
    const request = { service: 'iam', principal, parameters, requestId: 'r', context: {} } as const;
    return (await queryProtocol(identity).answer(request)).error?.code ?? 'done';
  };
  // A policy of a resource may let in `user/prod/anna`.
  assert.equal(await move('/prod/'), 'AccessDenied');
  assert.equal((await identity.getUser({ name: 'anna' })).path, '/dev/');
  assert.equal(await move('/dev/web/'), 'done');
  assert.equal((await identity.getUser({ name: 'anna' })).path, '/dev/web/');
});

test('listings are allowed and denied by the ARNs of what they list, under the path that is asked for', async (t) => {
  const { identity } = await openTestIdentity(t);
  await identity.createUser({ name: 'anna' });
  const principal = await principalOf(identity, await identity.createAccessKey({ user: 'anna' }));
  const list = async (Action: string, more: Record<string, string> = {}) => {
    const parameters = new Map(Object.entries({ Action, Version: '2010-05-08', ...more }));
    const request = { service: 'iam', principal, parameters, requestId: 'r', context: {} } as const;
    return (await queryProtocol(identity).answer(request)).error?.code ?? 'done';
  };
  for (const kind of ['User', 'Role', 'Group']) {
    const noun = kind.toLowerCase();
    const allow = async (Resource: string) => {
      const Statement = { Effect: 'Allow', Action: 'iam:List*', Resource };
      const document = JSON.stringify({ Version: '2012-10-17', Statement });
      await identity.putUserPolicy({ user: 'anna', name: 'own', document });
    };
    await allow(`arn:aws:iam::${account}:${noun}/*`);
    assert.equal(await list(`List${kind}s`), 'done', kind);
    await allow(`arn:aws:iam::${account}:${noun}/dev/*`);
    assert.equal(await list(`List${kind}s`), 'AccessDenied', kind);
    assert.equal(await list(`List${kind}s`, { PathPrefix: '/dev/' }), 'done', kind);
    assert.equal(await list(`List${kind}s`, { PathPrefix: '/prod/' }), 'AccessDenied', kind);
    await allow('*');
    assert.equal(await list(`List${kind}s`), 'done', kind);
  }
});
