// Request ids: made from random bytes, taken over from a caller only when harmless.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptRequestId, newRequestId } from './request-id.ts';

test('a request id is 16 characters, each five bits of one random byte', () => {
  const bytes = Buffer.from([0, 1, 9, 10, 17, 18, 19, 20, 21, 22, 26, 27, 31, 32, 63, 255]);
  assert.equal(newRequestId({ bytes: () => bytes, integer: () => 0 }), '019AHJKMNPTVZ0ZZ');
});

test("a caller's id is taken over when it is plain and of a sensible length", () => {
  for (const id of ['abcdefgh', 'A-b_c.9-12345', 'x'.repeat(64)]) assert.equal(acceptRequestId(id), id);
  for (const id of [
    undefined,
    '',
    'short',
    'x'.repeat(65),
    'with blank',
    'new\nline12',
    'quote"quote',
    'été-été-été',
  ]) {
    assert.equal(acceptRequestId(id), undefined);
  }
});
