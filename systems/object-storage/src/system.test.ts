// What the configuration refuses beyond the form of each key.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectStorageSystem } from './system.ts';

const { config } = objectStorageSystem;

test('redundancy without drives is refused: objects would be kept once', () => {
  for (const redundancy of ['mirror:2', '4+2']) {
    const { error } = config.safeParse({ data: { redundancy } });
    assert.deepEqual(
      error?.issues.map(({ path, message }) => ({
        path,
        named: message.includes(`redundancy=${redundancy}`),
      })),
      [{ path: ['data', 'drives'], named: true }],
    );
    assert(config.safeParse({ data: { redundancy, drives: ['/1', '/2'] } }).success);
  }
  assert.equal(config.safeParse({ data: { redundancy: 'four' } }).error?.issues.length, 1);
  assert(config.safeParse({ data: { redundancy: 'none' } }).success);
  assert(config.safeParse({}).success);
});
