// Two rounds of the soak in each run of the tests; bench/SOAK.md has longer ones.

import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { seededRandom } from '../seeded-random.ts';
import { Soak } from './soak.ts';

test('what clients back up while others forget, collect and are killed is there and whole', async (t) => {
  const seed = seededRandom(t).integer(2 ** 32);
  const soak = await Soak.begin({ folder: await temporaryDirectory(t), seed });
  for (let round = 0; round < 2; round += 1) t.diagnostic(await soak.round());
});
