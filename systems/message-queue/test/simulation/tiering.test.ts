// A partition whose old segments are moved to a blobs engine, under seeds: its machine crashes, its disk fails, the engine fails,
// delays, and loses what it acknowledged.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { tiering, tieringMutants, tieringRetention } from './tiering-scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 150;

test('what was acknowledged is read, wherever it is, and the engine has what the list names and nothing else', async () => {
  assert.equal(await checkSeeds(tiering, { seeds, workspace }), seeds);
});

test('so it is while retention takes what was moved', async () => {
  assert.equal(await checkSeeds(tieringRetention, { seeds, workspace }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = { 'forgotten-list': 20, unverified: 120 } as const satisfies Record<
  keyof typeof tieringMutants,
  number
>;

for (const [name, scenario] of Object.entries(tieringMutants)) {
  const bound = seedsToCatch[name as keyof typeof tieringMutants];
  test(`${name}: a partition with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
