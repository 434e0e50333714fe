// Queues under seeds; `npm run simulate -w systems/message-queue -- --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { queueMutants, queues } from './queue-scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 200;

test('a queue loses nothing, gives nothing back that was deleted, and keeps the order of groups', async () => {
  assert.equal(await checkSeeds(queues, { seeds, workspace }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = {
  'forgotten-deletion': 20,
  'hasty-return': 20,
  'short-window': 60,
} as const satisfies Record<keyof typeof queueMutants, number>;

for (const [name, scenario] of Object.entries(queueMutants)) {
  const bound = seedsToCatch[name as keyof typeof queueMutants];
  test(`${name}: a queue with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
