// What is remembered of Authorization headers, which anybody may send.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberedAuthorizationBytesMax } from '../limits.ts';
import { parseAuthorization, scheme } from './authorization-header.ts';

const header = (signedHeaders: string, signature: string) =>
  `${scheme} Credential=AKID/20261128/us-east-1/s3/aws4_request, SignedHeaders=${signedHeaders}, Signature=${signature}`;

test('what clients send again and again is taken apart once', () => {
  const first = parseAuthorization(header('host;x-amz-date', 'a'));
  const second = parseAuthorization(header('host;x-amz-date', 'b'));
  assert.equal(second?.scope, first?.scope);
  assert.deepEqual([first?.signature, second?.signature], ['a', 'b']);
});

test('long headers, which nobody has verified yet, are not kept', () => {
  const names = 'ab;'.repeat(rememberedAuthorizationBytesMax / 3);
  const first = parseAuthorization(header(names, 'a'));
  const second = parseAuthorization(header(names, 'a'));
  assert.notEqual(first?.scope, second?.scope);
  assert.deepEqual(first, second);
});

test('of clients that take turns each is read as itself', () => {
  const headers = ['AKIAONE', 'AKIATWO'].map(
    (id) =>
      `AWS4-HMAC-SHA256 Credential=${id}/20130524/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${id}`,
  );
  for (let round = 0; round < 3; round++) {
    const ids = headers.map((header) => parseAuthorization(header)?.scope.credential?.accessKeyId);
    assert.deepEqual(ids, ['AKIAONE', 'AKIATWO']);
  }
});
