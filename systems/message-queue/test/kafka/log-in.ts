// A login of a test's client: SASL PLAIN.

import assert from 'node:assert/strict';
import { encodeSaslAuthenticateRequest } from '../../src/kafka/messages/sasl-authenticate-request.ts';
import { decodeSaslAuthenticateResponse } from '../../src/kafka/messages/sasl-authenticate-response.ts';
import { encodeSaslHandshakeRequest } from '../../src/kafka/messages/sasl-handshake-request.ts';
import { decodeSaslHandshakeResponse } from '../../src/kafka/messages/sasl-handshake-response.ts';
import type { TestClient } from './test-client.ts';

/** `text` is the key's id and its secret, each behind a NUL. */
export async function logIn(client: TestClient, text: string): Promise<void> {
  const request = { mechanism: 'PLAIN' };
  const encode = encodeSaslHandshakeRequest;
  await client.ask('saslHandshake', { version: 1, request, encode, decode: decodeSaslHandshakeResponse });
  const done = await client.ask('saslAuthenticate', {
    version: 2,
    request: { authBytes: Buffer.from(text) },
    encode: encodeSaslAuthenticateRequest,
    decode: decodeSaslAuthenticateResponse,
  });
  assert.equal(done?.errorCode, 0);
}
