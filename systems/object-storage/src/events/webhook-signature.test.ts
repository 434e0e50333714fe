import assert from 'node:assert/strict';
import test from 'node:test';
import { signatureHeaders } from './webhook-signature.ts';

test('the signature is that of the example of Standard Webhooks', () => {
  const headers = signatureHeaders('{"test": 2432232314}', {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    nowMs: 1_614_265_330_000,
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  });
  assert.equal(headers['webhook-timestamp'], '1614265330');
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('without a secret there is none, and with another it differs', () => {
  const sign = (secret: string | undefined) =>
    signatureHeaders('{}', { id: 'a', nowMs: 0, secret })['webhook-signature'];
  assert.equal(sign(undefined), undefined);
  assert.notEqual(sign('one secret'), sign('another'));
});
