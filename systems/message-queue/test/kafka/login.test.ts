// The login of a connection, message by message.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from '@cairn/testing';
import { kafkaErrors } from '../../src/errors.ts';
import { encodeSaslAuthenticateRequest } from '../../src/kafka/messages/sasl-authenticate-request.ts';
import { decodeSaslAuthenticateResponse } from '../../src/kafka/messages/sasl-authenticate-response.ts';
import { encodeSaslHandshakeRequest } from '../../src/kafka/messages/sasl-handshake-request.ts';
import { decodeSaslHandshakeResponse } from '../../src/kafka/messages/sasl-handshake-response.ts';
import { apiVersions, metadata } from './requests.ts';
import { keysIdentity, type StartKafkaOptions, startKafka } from './start-kafka.ts';
import { framed, TestClient } from './test-client.ts';

async function connect(t: TestContext, options: StartKafkaOptions = {}) {
  const { port } = await startKafka(t, {
    identity: keysIdentity({ ada: 'secret', bob: 'other' }),
    ...options,
  });
  return TestClient.connect(t, port);
}

function handshake(mechanism: string, version = 1) {
  return {
    version,
    request: { mechanism },
    encode: encodeSaslHandshakeRequest,
    decode: decodeSaslHandshakeResponse,
  };
}

function authenticate(text: string) {
  const request = { authBytes: Buffer.from(text) };
  return {
    version: 2,
    request,
    encode: encodeSaslAuthenticateRequest,
    decode: decodeSaslAuthenticateResponse,
  };
}

async function logIn(client: TestClient, text: string) {
  assert.equal((await client.ask('saslHandshake', handshake('PLAIN')))?.errorCode, 0);
  return client.ask('saslAuthenticate', authenticate(text));
}

test('before the login only versions are told, and other requests close the connection', async (t) => {
  const client = await connect(t);
  assert.equal((await client.ask('apiVersions', apiVersions(3)))?.errorCode, 0);
  assert.equal(await client.ask('metadata', metadata(['a'])), undefined);
});

test('a mechanism that is not there is refused with those that are', async (t) => {
  const client = await connect(t);
  const refused = await client.ask('saslHandshake', handshake('GSSAPI'));
  assert.equal(refused?.errorCode, kafkaErrors.UNSUPPORTED_SASL_MECHANISM.code);
  assert.deepEqual(refused?.mechanisms, ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']);
  assert.equal((await logIn(client, '\0ada\0secret'))?.errorCode, 0);
  assert.equal((await client.ask('metadata', metadata(['a'])))?.topics[0]?.errorCode, 0);
});

for (const text of [
  '\0ada\0wrong',
  '\0eve\0secret',
  'bob\0ada\0secret',
  'ada\0secret',
  '\0ada\0secret\0',
  '',
])
  test(`PLAIN ${JSON.stringify(text)} is refused, and nothing is served then`, async (t) => {
    const client = await connect(t);
    const refused = await logIn(client, text);
    assert.equal(refused?.errorCode, kafkaErrors.SASL_AUTHENTICATION_FAILED.code);
    assert.equal(await client.ask('metadata', metadata(['a'])), undefined);
  });

test('a message without a handshake is refused', async (t) => {
  const client = await connect(t);
  const refused = await client.ask('saslAuthenticate', authenticate('\0ada\0secret'));
  assert.equal(refused?.errorCode, kafkaErrors.ILLEGAL_SASL_STATE.code);
});

test('after a handshake of version 0 messages come in bare frames', async (t) => {
  const client = await connect(t);
  await client.ask('saslHandshake', handshake('PLAIN', 0));
  client.socket.write(framed(Buffer.from('\0ada\0secret')));
  assert.deepEqual(await client.nextFrame(), Buffer.alloc(0));
  assert.equal((await client.ask('metadata', metadata(['a'])))?.topics[0]?.errorCode, 0);
});

test('wrong credentials in a bare frame close the connection', async (t) => {
  const client = await connect(t);
  await client.ask('saslHandshake', handshake('PLAIN', 0));
  client.socket.write(framed(Buffer.from('\0ada\0wrong')));
  assert.equal(await client.nextFrame(), undefined);
});

test('a session may be renewed by whoever it is, and by nobody else', async (t) => {
  const client = await connect(t, { sessionMs: 60_000 });
  assert.equal((await logIn(client, '\0ada\0secret'))?.sessionLifetimeMs, 60_000);
  assert.equal((await logIn(client, '\0ada\0secret'))?.errorCode, 0);
  assert.equal((await client.ask('metadata', metadata(['a'])))?.topics[0]?.errorCode, 0);
  const another = await logIn(client, '\0bob\0other');
  assert.equal(another?.errorCode, kafkaErrors.SASL_AUTHENTICATION_FAILED.code);
});

test('an expired session serves nothing but its renewal', async (t) => {
  const client = await connect(t, { sessionMs: 1 });
  assert.equal((await logIn(client, '\0ada\0secret'))?.errorCode, 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await client.ask('metadata', metadata(['a'])), undefined);
});

test('who did not log in sends no large frames', async (t) => {
  const client = await connect(t);
  const length = Buffer.alloc(4);
  length.writeInt32BE(2 ** 20);
  client.socket.write(length);
  assert.equal(await client.nextFrame(), undefined);
});

test('frames are never taken from who may not come without a login, however many are sent at once', async (t) => {
  const client = await connect(t);
  client.send('saslHandshake', handshake('PLAIN'));
  client.send('saslAuthenticate', authenticate('\0ada\0wrong'));
  client.send('metadata', metadata(['made-by-a-stranger']));
  assert.equal((await client.answer('saslHandshake', handshake('PLAIN')))?.errorCode, 0);
  const refused = await client.answer('saslAuthenticate', authenticate(''));
  assert.equal(refused?.errorCode, kafkaErrors.SASL_AUTHENTICATION_FAILED.code);
  assert.equal(await client.nextFrame(), undefined);
});

test('an identity that does not answer cuts who asks, and nobody else', async (t) => {
  let isAway = false;
  const identity = keysIdentity({ ada: 'secret' });
  const allowsAnonymous = async () => {
    if (isAway) throw new Error('the database of identity is away');
    return false;
  };
  const { port, errors } = await startKafka(t, { identity: { ...identity, allowsAnonymous } });
  const inside = await TestClient.connect(t, port);
  assert.equal((await logIn(inside, '\0ada\0secret'))?.errorCode, 0);
  isAway = true;
  const outside = await TestClient.connect(t, port);
  assert.equal(await outside.ask('metadata', metadata(['a'])), undefined);
  assert.match(errors.join(), /the database of identity is away/);
  assert.equal((await inside.ask('metadata', metadata(['a'])))?.topics[0]?.errorCode, 0);
});
