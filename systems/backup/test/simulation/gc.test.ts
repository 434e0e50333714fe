// gc under seeds, while writers write; `npm run simulate -w systems/backup -- --seeds N` runs more of the same.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkSeeds, runSeeds } from '@cairn/world/simulated';
import { collection, collectors, months, mutants, repairs, tags, unanswered, verdicts } from './scenarios.ts';

const { test, run } = earlyTests();

const workspace = 'systems/backup';

test('no snapshot loses a chunk while gc runs beside writers, and what is garbage goes in the end', async () => {
  assert.equal(await checkSeeds(collection, { seeds: 30, workspace }), 30);
});

test('so it is with collectors that get in each other’s way', async () => {
  assert.equal(await checkSeeds(collectors, { seeds: 12, workspace }), 12);
});

test('so it is with clients that sleep for longer than fences are kept', async () => {
  assert.equal(await checkSeeds(months, { seeds: 15, workspace }), 15);
});

test('so it is where commits have no answer, and take effect later', async () => {
  assert.equal(await checkSeeds(unanswered, { seeds: 12, workspace }), 12);
});

test('so it is where what is tagged is forgotten meanwhile', async () => {
  assert.equal(await checkSeeds(tags, { seeds: 12, workspace }), 12);
});

test('so it is where packs rot and repairs run beside all that: no chunk is lost but what rotted, no file left out that can be read', async () => {
  assert.equal(await checkSeeds(repairs, { seeds: 12, workspace }), 12);
});

test('so it is where a collector wakes up long after others decided what it was about to decide', async () => {
  assert.equal(await checkSeeds(verdicts, { seeds: 4, workspace }), 4);
});

/** Seeds within which each mistake is caught, with room for runs that come out otherwise when code changes. */
const seedsToCatch: Readonly<Record<keyof typeof mutants, number>> = {
  'without-condemned': 60,
  'condemned-last': 30,
  'session-late': 40,
  'without-waits': 30,
  'snapshots-once': 60,
  'condemned-unseen': 40,
  'forgetful-at-once': 40,
  'commit-overwrites': 40,
  'commits-unfenced': 20,
  'session-unseen': 60,
  'tag-unasked': 60,
  'repair-uncondemned': 160,
  'repair-unsalvaged': 10,
  'index-kept': 10,
  'verdict-overwritten': 6,
};

for (const [name, scenario] of Object.entries(mutants)) {
  const bound = seedsToCatch[name as keyof typeof mutants];
  test(`${name}: a client with this mistake is caught within ${bound} seeds`, async () => {
    const { failure } = await runSeeds(scenario, { seeds: bound });
    assert(failure !== undefined, `${bound} seeds did not notice ${name}`);
  });
}

await run();
