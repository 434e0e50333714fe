// The short run of the fuzz test, for the gate.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fuzzParsePolicy } from './parse-policy.fuzz.ts';

test('any document parses or is refused, in time', (t) => {
  const { seed, parsed, refused } = fuzzParsePolicy({ rounds: 5_000 });
  t.diagnostic(`seed ${seed}: ${parsed} parsed, ${refused} refused`);
  assert.ok(parsed > 250 && refused > 250, `seed ${seed}: ${parsed} parsed, ${refused} refused`);
});
