// The library's face under seeds; `npm run simulate -w systems/message-queue -- --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { library, libraryMutants } from './library-scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/message-queue';
const seeds = 100;

test('what is produced is handled at least once, in the order of its partition', async () => {
  assert.equal(await checkSeeds(library, { seeds, workspace }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = { 'hasty-commit': 20, 'forgotten-sync': 60 } as const satisfies Record<
  keyof typeof libraryMutants,
  number
>;

for (const [name, scenario] of Object.entries(libraryMutants)) {
  const bound = seedsToCatch[name as keyof typeof libraryMutants];
  test(`${name}: a broker with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
