// Every error of identity has its place in the management API, with the status that its own table gives it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, apiErrorStatuses } from '@cairn/service';
import { IdentityError, type IdentityErrorCode, identityErrors } from '../errors.ts';
import { apiErrorCodes, toApiError } from './api-errors.ts';

for (const code of Object.keys(identityErrors) as IdentityErrorCode[])
  test(`${code} keeps its status`, () => {
    assert.equal(apiErrorStatuses[apiErrorCodes[code]], identityErrors[code].status);
  });

test('an internal error is not shown to a client', () => {
  const error = new IdentityError('UnreadableSecret', 'a secret of anna');
  assert.equal(toApiError(error), error);
  const other = new Error('other');
  assert.equal(toApiError(other), other);
});

test('an expected error keeps its message and its cause', () => {
  const error = new IdentityError('NoSuchEntity', 'no anna');
  const shown = toApiError(error);
  assert.ok(shown instanceof ApiError);
  assert.deepEqual([shown.message, shown.code, shown.cause], ['no anna', 'not-found', error]);
});
