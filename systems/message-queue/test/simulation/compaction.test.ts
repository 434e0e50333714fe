// Random operations under seeds; `npm run simulate -w systems/message-queue -- --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { compaction, compactionMutants, compactionRot } from './scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 200;

test('compaction keeps the last record of each key, at its offset, whatever machine and disk do', async () => {
  assert.equal(await checkSeeds(compaction, { seeds, workspace }), seeds);
});

test('compactionRot: so it does while checkpoints or indexes rot', async () => {
  assert.equal(await checkSeeds(compactionRot, { seeds, workspace }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = {
  'unsynced-file': 40,
  'forgotten-list': 40,
  'aborted-records-count': 40,
} as const satisfies Record<keyof typeof compactionMutants, number>;

for (const [name, scenario] of Object.entries(compactionMutants)) {
  const bound = seedsToCatch[name as keyof typeof compactionMutants];
  test(`${name}: a compaction with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
