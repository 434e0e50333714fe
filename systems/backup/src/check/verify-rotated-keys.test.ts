// `verify` on a repository that was opened before its keys were rotated: the new key is unknown to it, and no damage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  memoryRepository,
  openTestRepository,
  testCost,
  testPassword,
} from '../../test/memory-repository.ts';
import { sameThreadWorld } from '../../test/same-thread-world.ts';
import { rotateKeys } from '../core/keys/rotate-keys.ts';
import { stretchPasswordInPlace } from '../keys/stretch-password.ts';
import { verifyRepository } from './verify-repository.ts';

const options = { readData: { kind: 'all' }, workers: 1 } as const;

test('a rotation of keys since the repository was opened is no damage', async () => {
  const { repository, blobs, world } = await memoryRepository({ world: sameThreadWorld() });
  const cheaply = { cost: testCost, stretch: stretchPasswordInPlace };
  const { keyId } = await rotateKeys(repository, {
    password: testPassword,
    host: 'h',
    user: 'u',
    ...cheaply,
  });
  const { findings, damaged } = await verifyRepository(repository, options);
  assert.equal(damaged, false, JSON.stringify(findings));
  assert.deepEqual(
    findings.map(({ object, severity }) => [object, severity]),
    [
      ['keyring.2', 'notice'],
      [`keys/${keyId}`, 'notice'],
    ],
  );
  const reopened = await openTestRepository({ blobs, world });
  assert.equal((await verifyRepository(reopened, options)).damaged, false);
});
