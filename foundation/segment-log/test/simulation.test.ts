// Random operations under seeds; `npm run simulate -w foundation/segment-log -- --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { badSectors, diskErrors, mutants, rot } from './log-scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'foundation/segment-log';
const seeds = 300;

test('crashes, failing disks and full disks lose nothing that was synced, and report no damage', async () => {
  assert.equal(await checkSeeds(diskErrors, { seeds, workspace }), seeds);
});

test('rot is reported, never served, and costs no other record', async () => {
  assert.equal(await checkSeeds(rot, { seeds, workspace }), seeds);
});

test('what the disk cannot read is reported and costs no other record; where it hides the end, nothing is cut', async () => {
  assert.equal(await checkSeeds(badSectors, { seeds, workspace }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = {
  'forgotten-sync': 10,
  'forgotten-recovery-sync': 50,
  'forgotten-folder-sync': 20,
  'ignored-sync-error': 100,
  'forgotten-cut': 10,
} as const satisfies Record<keyof typeof mutants, number>;

for (const [name, scenario] of Object.entries(mutants)) {
  const bound = seedsToCatch[name as keyof typeof mutants];
  test(`${name}: a log with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
