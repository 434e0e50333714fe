// Redaction: secrets go by the name of their key, wherever it is; everything else comes through as data.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSecretName, redactFields } from './redaction.ts';

test('names that hold secrets are known in any spelling', () => {
  const secret = [
    'authorization',
    'Authorization',
    'secretAccessKey',
    'ROOT_SECRET_KEY',
    'password',
    'sessionToken',
  ];
  for (const name of [...secret, 'set-cookie', 'private_key']) assert.equal(isSecretName(name), true, name);
  for (const name of ['accessKeyId', 'path', 'author', 'key', 'status'])
    assert.equal(isSecretName(name), false, name);
});

test('secrets are masked at every depth, in arrays, and inside errors', () => {
  const caught = new Error('x', { cause: { password: 'p' } });
  const fields = redactFields({ a: [{ headers: { authorization: 's', host: 'h' } }], token: 's', caught });
  assert.deepEqual(fields.a, [{ headers: { authorization: '(redacted)', host: 'h' } }]);
  assert.equal(fields.token, '(redacted)');
  assert.deepEqual((fields.caught as { cause: unknown }).cause, { password: '(redacted)' });
});

test('the object that is given is not changed', () => {
  const given = { nested: { password: 'p' } };
  redactFields(given);
  assert.deepEqual(given, { nested: { password: 'p' } });
});

test('values that JSON does not know become text', () => {
  const url = new URL('postgres://user:pass@host/db');
  const given = {
    big: 2n ** 64n,
    bytes: new Uint8Array(3),
    at: new Date(0),
    never: new Date(Number.NaN),
    url,
  };
  assert.deepEqual(redactFields(given), {
    big: '18446744073709551616',
    bytes: '(3 bytes)',
    at: '1970-01-01T00:00:00.000Z',
    never: 'invalid date',
    url: 'postgres://user:redacted@host/db',
  });
});

test('a circle ends at the bound on depth', () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  assert.match(JSON.stringify(redactFields(circle)), /\(too deep\)/);
});
