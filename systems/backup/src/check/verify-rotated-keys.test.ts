// `verify` beside rotations of keys, whole and cut off: a key file of a root key that is not known is no damage.

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
  assert.deepEqual((await verifyRepository(reopened, options)).findings, []);
});

test('a rotation that was killed before its keyring is no damage, and the next one takes its key away', async () => {
  const { repository, blobs } = await memoryRepository({ world: sameThreadWorld() });
  const keys = new Set(blobs.names('keys/'));
  const rotation = { password: testPassword, host: 'h', user: 'u', cost: testCost };
  const killed = new Error('killed');
  blobs.disturb = ({ operation, name }) => {
    if (operation === 'put' && name.startsWith('keyring')) throw killed;
    return undefined;
  };
  const rotate = () => rotateKeys(repository, { ...rotation, stretch: stretchPasswordInPlace });
  await assert.rejects(rotate(), (error) => error === killed);
  blobs.disturb = () => undefined;
  const [left] = blobs.names('keys/').filter((name) => !keys.has(name));
  const { findings, damaged } = await verifyRepository(repository, options);
  assert.equal(damaged, false);
  assert.deepEqual(
    findings.map(({ object, severity }) => [object, severity]),
    [[left, 'notice']],
  );
  assert.match(findings[0]!.problem, /rotation of keys that was cut off/);
  const whole = blobs.snapshot();
  for (let at = 0; at < blobs.bytesOf(left!).length; at += 1) {
    blobs.alter(left!, (bytes) => bytes.fill(bytes[at]! ^ 1, at, at + 1));
    assert.equal((await verifyRepository(repository, options)).damaged, true, `byte ${at}`);
    blobs.restore(whole);
  }
  await rotate();
  assert(!blobs.names('keys/').includes(left!));
});
