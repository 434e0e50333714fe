// A short version of what `npm run simulate` searches: several drives under faults, and proof that it would notice.

import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { drivesScenario, drivesScenarios } from './drives-scenario.ts';
import { withoutSync } from './sabotage.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('mirrored objects outlive a drive, and everything is healed', async () => {
  await checkSeeds(drivesScenarios.mirrored, { seeds: 12, workspace });
});

test('erasure coded objects outlive two drives, and everything is healed', async () => {
  await checkSeeds(drivesScenarios.coded, { seeds: 12, workspace });
});

test('with a drive to spare what is missing is healed there', async () => {
  await checkSeeds(drivesScenarios.spare, { seeds: 12, workspace });
});

test('objects that are only spread survive everything but the loss of a drive', async () => {
  await checkSeeds(drivesScenarios.spread, { seeds: 8, workspace });
});

test('a sync left out on the drives is noticed within 40 seeds', async () => {
  const options = { name: 'sabotaged', drives: 6, redundancy: '4+2', losses: 2 };
  await checkCaught(drivesScenario({ ...options, sabotage: withoutSync }), { seeds: 40 });
});

test('more drives lost than the redundancy bears is noticed within 40 seeds', async () => {
  const options = { name: 'sabotaged', drives: 6, redundancy: '4+2', losses: 3 };
  await checkCaught(drivesScenario(options), { seeds: 40 });
});

await run();
