import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { openedTokensCharactersMax } from '../../limits.ts';
import { SecretBox } from '../../secrets/secret-box.ts';
import { fingerprintOf, type KeySessionContents, sealSession } from './session.ts';
import { Sessions } from './sessions.ts';

const { clock, random } = realWorld();
const secretBox = new SecretBox({ id: '00'.repeat(8), key: random.bytes(32) });
const root = {
  ...{ accessKeyId: 'ROOT', secret: 'secret', active: true },
  principal: { type: 'root', name: 'root', arn: 'arn:aws:iam::000000000000:root', accessKeyId: 'ROOT' },
} as const;
const sealed = (accessKeyId: string, policies: readonly string[]) => {
  const contents: KeySessionContents = {
    ...{ version: 1, secret: 's', parent: 'ROOT', fingerprint: fingerprintOf(root), owner: { type: 'root' } },
    ...{ issuedMs: 0, expiresMs: clock.nowMs() + 3_600_000, policies },
  };
  return { accessKeyId, token: sealSession(contents, { accessKeyId, secretBox, random }) };
};

test('opened sessions are remembered, and as many of the largest as memory is meant for', async () => {
  const credentials = { find: () => root };
  const sessions = new Sessions({ clock, secretBox, account: '000000000000', credentials } as never);
  const Statement = { Effect: 'Allow', Action: Array(600).fill('a:b'), Resource: '*' };
  const policies = [JSON.stringify({ Version: '2012-10-17', Statement })];
  const first = sealed('FIRST', []);
  const found = await sessions.find(first);
  assert.equal(typeof found, 'object');
  const { length } = sealed('EACH', policies).token;
  const count = Math.ceil(openedTokensCharactersMax / length);
  for (let index = 0; index < count - 1; index++) {
    assert.equal(typeof (await sessions.find(sealed(`A${index}`, policies))), 'object');
  }
  assert.equal(await sessions.find(first), found, 'still remembered');
  await sessions.find(sealed('B', policies));
  await sessions.find(sealed('C', policies));
  assert.notEqual(await sessions.find(first), found, 'made room');
});
