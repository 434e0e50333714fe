import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { World } from '@cairn/world';
import { kafkaPlace } from './kafka-place.ts';

const world = {} as World; // nothing is asked
const at = (url: string, more: object = {}) => kafkaPlace({ url, world, ...more });
const variables = ['KAFKA_USERNAME', 'KAFKA_PASSWORD', 'KAFKA_SASL_MECHANISM'] as const;

afterEach(() => {
  for (const name of variables) delete process.env[name];
});

test('a URL names brokers, on port 9092 unless it says another', () => {
  assert.deepEqual(at('kafka://one,two:9093,[::1]:9094/').bootstrapBrokers, [
    'one:9092',
    'two:9093',
    '[::1]:9094',
  ]);
  assert.deepEqual(at('kafka://one'), { bootstrapBrokers: ['one:9092'], idempotent: true });
  assert.equal(at('kafka://one?idempotence=off').idempotent, false);
});

test('kafkas: is TLS, with authorities of its own where they are given', () => {
  assert.deepEqual(at('kafkas://one').tls, {});
  assert.deepEqual(at('kafkas://one', { authorities: 'PEM' }).tls, { ca: 'PEM' });
  assert.equal(at('kafka://one').tls, undefined);
  assert.equal(at('kafkas://one').tlsServerName, false);
  const both = at('kafkas://one?sni=on&idempotence=off');
  assert.deepEqual([both.tlsServerName, both.idempotent], [true, false]);
});

test('credentials are given, or come from the environment', () => {
  const credentials = { username: 'anna', password: 'secret', mechanism: 'PLAIN' };
  assert.deepEqual(at('kafka://one', { credentials }).sasl, credentials);
  assert.equal(at('kafka://one').sasl, undefined);
  process.env.KAFKA_USERNAME = 'bert';
  process.env.KAFKA_PASSWORD = 'other';
  assert.deepEqual(at('kafka://one').sasl, {
    username: 'bert',
    password: 'other',
    mechanism: 'SCRAM-SHA-512',
  });
  process.env.KAFKA_SASL_MECHANISM = 'MAGIC';
  assert.throws(() => at('kafka://one'), { code: 'invalid-url', message: /SCRAM-SHA-256/ });
});

for (const url of [
  'kafka:',
  'kafka://',
  'kafka://one,',
  'kafka://one:port',
  'kafka://one/topic',
  'kafka://one?acks=0',
  'kafka://anna:s3cr3t@one',
])
  test(`${url.replace('s3cr3t', '...')} is refused, and no secret is repeated`, () => {
    assert.throws(
      () => at(url),
      (error: Error & { code?: string }) => error.code === 'invalid-url' && !/s3cr3t/.test(error.message),
    );
  });
