// What clients are told of errors that are not S3's own.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SqlError } from '@cairn/engines';
import { DiskError } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import { failureOf } from './failure.ts';

test('a full disk is told, a fault that passes is told to come again, the rest is internal', () => {
  const disk = (code: 'full' | 'io') => new DiskError(code, { operation: 'write', path: '/secret/path' });
  const sql = (code: 'full' | 'unavailable' | 'corrupt') => new SqlError(code, { attempted: 'read' });
  for (const [thrown, code] of [
    [disk('full'), 'InsufficientStorage'],
    [disk('io'), 'InternalError'],
    [sql('full'), 'InsufficientStorage'],
    [sql('unavailable'), 'ServiceUnavailable'],
    [sql('corrupt'), 'InternalError'],
    [Object.assign(new Error('x'), { retryable: true }), 'ServiceUnavailable'],
    [new TypeError('x'), 'InternalError'],
    ['not even an error', 'InternalError'],
  ] as const) {
    const failure = failureOf(thrown);
    assert.equal(failure.code, code);
    assert.equal(failure.cause, thrown);
    assert(!failure.message.includes('secret'), failure.message);
  }
  const own = new ObjectStorageError('NoSuchKey');
  assert.equal(failureOf(own), own);
});
