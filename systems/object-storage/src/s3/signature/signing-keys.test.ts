// Signing keys: derived as documented, kept within bounds, and never those of an old secret.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-examples.html

import assert from 'node:assert/strict';
import test from 'node:test';
import { signingKeysMax } from '../limits.ts';
import { parseCredential } from './credential.ts';
import { deriveSigningKey, SigningKeys } from './signing-keys.ts';

const credentialOf = (accessKeyId: string) =>
  parseCredential(`${accessKeyId}/20120215/us-east-1/iam/aws4_request`)!;

test('the documented key is derived', () => {
  const key = deriveSigningKey(credentialOf('a'), 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
  assert.equal(key.toString('hex'), 'f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d');
});

test('a key is derived once, and anew when the secret changed', () => {
  const keys = new SigningKeys();
  const first = keys.get(credentialOf('a'), 'secret');
  assert.equal(keys.get(credentialOf('a'), 'secret'), first, 'the same object');
  assert.notDeepEqual(keys.get(credentialOf('a'), 'changed'), first);
  assert.deepEqual(keys.get(credentialOf('a'), 'secret'), first);
});

test('the oldest key goes when there are too many', () => {
  const keys = new SigningKeys();
  const first = keys.get(credentialOf('0'), 'secret');
  for (let count = 1; count < signingKeysMax; count++) keys.get(credentialOf(String(count)), 'secret');
  assert.equal(keys.get(credentialOf('0'), 'secret'), first);
  keys.get(credentialOf('one more'), 'secret');
  const again = keys.get(credentialOf('0'), 'secret');
  assert(again !== first && again.equals(first));
});
