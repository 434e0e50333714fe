// The simulation in the gate, and the proof that it can fail.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { revocationScenario } from './revocation-scenario.ts';

const seeds = 150;

test(`under ${seeds} seeds of crashes a revoked key never logs in, an acknowledged one always does`, async () => {
  assert.equal(await checkSeeds(revocationScenario(), { seeds, workspace: 'systems/identity' }), seeds);
});

test(`a database that acknowledges before it syncs is caught within ${seeds} seeds`, async (t) => {
  const { seed, error } = await checkCaught(revocationScenario('os'), { seeds });
  t.diagnostic(`seed ${seed}: ${error.message}`);
});
