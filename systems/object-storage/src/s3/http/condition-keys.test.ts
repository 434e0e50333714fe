// Condition keys of a connection: what it is, and what it is not told when nobody knows.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Exchange } from '@cairn/service';
import { Query } from '../target/query.ts';
import { conditionKeys } from './condition-keys.ts';

function keysOf(connection: Partial<Exchange>): ReturnType<typeof conditionKeys> {
  const exchange = { secure: true, head: { headers: {} }, ...connection } as unknown as Exchange;
  const [account, region] = ['000000000000', 'us-east-1'];
  const asked = { headers: {}, query: Query.empty, signed: undefined, nowMs: 0, account, region };
  return conditionKeys(exchange, asked);
}

test('a policy may ask for the version of TLS, and for an address of either version of IP', () => {
  const keys = keysOf({ tlsVersion: '1.3', remoteAddress: '::ffff:192.0.2.1' });
  assert.deepEqual([keys['s3:TlsVersion'], keys['aws:SourceIp']], ['1.3', '192.0.2.1']);
});

test('a client that is gone is refused: a policy on addresses could not be kept', () => {
  assert.throws(() => keysOf({ remoteAddress: undefined }), { code: 'AccessDenied' });
});
