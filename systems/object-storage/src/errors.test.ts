// The table of errors: what clients and operators rely on in every row.

import assert from 'node:assert/strict';
import test from 'node:test';
import { errorTable, ObjectStorageError, type ObjectStorageErrorCode } from './errors.ts';

const codes = Object.keys(errorTable) as ObjectStorageErrorCode[];

test('every error has a status of HTTP and says something', () => {
  for (const code of codes) {
    const { status, message } = new ObjectStorageError(code);
    assert((status >= 400 && status < 600) || code === 'NotModified', code);
    assert(message.length > 5, code);
  }
});

test('what may go well the next time is what failed here, or timed out', () => {
  const retryable = codes.filter((code) => new ObjectStorageError(code).retryable);
  const failedHere = codes.filter((code) => errorTable[code].status >= 500 && code !== 'NotImplemented');
  assert.deepEqual(retryable.toSorted(), [...failedHere, 'RequestTimeout'].toSorted());
});

test('an error keeps its cause, and what it is about', () => {
  const cause = new Error('why');
  const error = new ObjectStorageError('NoSuchKey', { bucket: 'b', key: 'k', message: 'gone', cause });
  assert.equal(error.message, 'gone');
  assert.equal(error.cause, cause);
  assert.deepEqual(error.detail, { bucket: 'b', key: 'k' });
});
