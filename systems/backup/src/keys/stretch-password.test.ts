import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { test } from 'node:test';
import {
  type PasswordCost,
  passwordCostDefault,
  stretchPassword,
  stretchPasswordInPlace,
} from './stretch-password.ts';

const costs: readonly PasswordCost[] = [
  passwordCostDefault,
  { memoryKiB: 8, passes: 1, lanes: 1 },
  { memoryKiB: 1_000, passes: 2, lanes: 3 },
  { memoryKiB: 4_096, passes: 5, lanes: 64 },
];

for (const cost of costs)
  test(`argon2id with ${JSON.stringify(cost)} is what OpenSSL makes of the same password`, async () => {
    for (const [passwordBytes, saltBytes] of [
      [1, 16],
      [20, 32],
      [5_000, 64],
    ] as const) {
      const password = Buffer.alloc(passwordBytes, 'pässword');
      const salt = Buffer.alloc(saltBytes, 'a salt');
      const expected = argon2Sync('argon2id', {
        message: password,
        nonce: salt,
        parallelism: cost.lanes,
        tagLength: 32,
        memory: cost.memoryKiB,
        passes: cost.passes,
      });
      assert.deepEqual(Buffer.from(await stretchPassword(password, salt, cost)), expected);
      assert.deepEqual(Buffer.from(await stretchPasswordInPlace(password, salt, cost)), expected);
    }
  });
