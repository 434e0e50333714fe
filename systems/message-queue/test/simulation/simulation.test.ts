// Random operations under seeds; `npm run simulate -w systems/message-queue -- --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { mutants, partition, retention, rot } from './scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 200;

test('a partition keeps what it acknowledged, in order and once, whatever its machine and disk do', async () => {
  assert.equal(await checkSeeds(partition, { seeds, workspace }), seeds);
});

for (const scenario of [retention, rot]) {
  test(`${scenario.name}: so it does while old segments go, and while its checkpoints or indexes rot`, async () => {
    assert.equal(await checkSeeds(scenario, { seeds, workspace }), seeds);
  });
}

/** Seeds within which each mistake is caught. */
const seedsToCatch = { 'forgotten-sync': 20, 'forgotten-folder-sync': 40 } as const satisfies Record<
  keyof typeof mutants,
  number
>;

for (const [name, scenario] of Object.entries(mutants)) {
  const bound = seedsToCatch[name as keyof typeof mutants];
  test(`${name}: a partition with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
