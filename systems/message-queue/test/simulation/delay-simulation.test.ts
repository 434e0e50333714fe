// Delayed messages under seeds; `npm run simulate -w systems/message-queue -- --scenario delays --seeds N` runs more.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { delayMutants, delays } from './delay-scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 100;

test('what was acknowledged comes once and not before its time, whatever machine, clock and disk do', async () => {
  assert.equal(await checkSeeds(delays, { seeds, workspace }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = {
  'forgotten-producer': 60,
  'forgotten-note': 60,
  'hasty-clock': 10,
} as const satisfies Record<keyof typeof delayMutants, number>;

for (const [name, scenario] of Object.entries(delayMutants)) {
  const bound = seedsToCatch[name as keyof typeof delayMutants];
  test(`${name}: delays with this mistake are caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
