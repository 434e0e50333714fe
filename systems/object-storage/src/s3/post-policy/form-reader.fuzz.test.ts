// The short run of the fuzz test, for the gate.

import { test } from 'node:test';
import { realWorld } from '@cairn/world';
import { fuzzFormReader } from './form-reader.fuzz.ts';

test('forms cut and damaged anywhere give the same, or a refusal, and never more', async (t) => {
  const start = realWorld().random.integer(2 ** 31);
  t.diagnostic(`seeds from ${start} on`);
  for (let seed = start; seed < start + 200; seed++) await fuzzFormReader(seed);
});
