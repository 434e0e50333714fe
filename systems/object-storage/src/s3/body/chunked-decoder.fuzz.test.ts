// The short run of the fuzz test, for the gate.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import { fuzzChunkedDecoder } from './chunked-decoder.fuzz.ts';

test('any chunked body decodes or is refused, whatever the cuts', (t) => {
  const seed = realWorld().random.integer(2 ** 32);
  const { decoded, refused } = fuzzChunkedDecoder({ rounds: 500, seed });
  t.diagnostic(`seed ${seed}: ${decoded} decoded, ${refused} refused`);
  assert(decoded > 20 && refused > 100, `seed ${seed}: ${decoded} decoded, ${refused} refused`);
});
