// Transactions under simulation, and proof that mistakes would be noticed.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { transactionMutants, transactions } from './scenarios.ts';

const { test, run } = earlyTests();

const seeds = 150;

test('transactions are all or nothing, whatever their producers and the broker go through', async () => {
  assert.equal(await checkSeeds(transactions, { seeds, workspace: 'systems/message-queue' }), seeds);
});

/** Seeds within which each mistake is caught. */
const seedsToCatch = { 'forgotten-decision': 160, unguarded: 60 } as const satisfies Record<
  keyof typeof transactionMutants,
  number
>;

for (const [name, scenario] of Object.entries(transactionMutants)) {
  const bound = seedsToCatch[name as keyof typeof transactionMutants];
  test(`${name}: a broker with this mistake is caught within ${bound} seeds`, async () => {
    await checkCaught(scenario, { seeds: bound });
  });
}

await run();
