// Groups under seeds; `npm run simulate -w systems/message-queue -- --scenario groups --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { groupMutants, groups } from './group-scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 40;

test('groups: one owner per partition, nothing acknowledged lost, none of it too late, and all consumed in the end', async () => {
  assert.equal(await checkSeeds(groups, { seeds, workspace }), seeds);
});

const seedsToCatch = 30;

for (const [name, scenario] of Object.entries(groupMutants))
  test(`${name}: groups with this mistake are caught within ${seedsToCatch} seeds`, async () => {
    await checkCaught(scenario, { seeds: seedsToCatch });
  });

await run();
