import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidSystemName, systemNames } from './system-name.ts';

test('all names are derived from one', () => {
  assert.deepEqual(systemNames('rate-limiter'), {
    name: 'rate-limiter',
    Name: 'RateLimiter',
    camel: 'rateLimiter',
    title: 'Rate limiter',
    metricName: 'cairn_rate_limiter',
  });
});

for (const name of ['RateLimiter', 'rate_limiter', '../escape', '', '-a', 'a-', '1a', 'tls', 'up'])
  test(`'${name}' is refused as a name`, () => {
    assert.throws(() => systemNames(name), InvalidSystemName);
  });
