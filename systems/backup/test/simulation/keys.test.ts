// Keys under seeds: rotated, added, removed, repaired by several at once; `npm run simulate -w systems/backup -- --scenario keys --seeds N` runs
// more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkSeeds, runSeeds } from '@cairn/world/simulated';
import { keys, keysMutants } from './scenarios.ts';

const { test, run } = earlyTests();

test('a repository opens at every moment, with all keys that something lies under, whoever changes them and whichever copy rots', async () => {
  assert.equal(await checkSeeds(keys, { seeds: 30, workspace: 'systems/backup' }), 30);
});

/** Seeds within which each mistake is caught, with room for runs that come out otherwise when code changes. */
const seedsToCatch: Readonly<Record<keyof typeof keysMutants, number>> = {
  'copy-first': 10,
  'keyring-overwritten': 80,
  'copy-unseen': 40,
  'loser-goes-on': 80,
};

for (const [name, scenario] of Object.entries(keysMutants)) {
  const bound = seedsToCatch[name as keyof typeof keysMutants];
  test(`${name}: a client with this mistake is caught within ${bound} seeds`, async () => {
    const { failure } = await runSeeds(scenario, { seeds: bound });
    assert(failure !== undefined, `${bound} seeds did not notice ${name}`);
  });
}

await run();
