// Lifecycle rules under simulation, and proof that a worker which decides less carefully would be noticed.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { expire } from '../../src/metadata/lifecycle/expire.ts';
import { findExpired } from '../../src/metadata/lifecycle/find-expired.ts';
import metadataStore from '../../src/metadata/store.ts';
import { lifecycleScenario } from './lifecycle-scenario.ts';
import { scenarios } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('nothing goes that no rule is due for, and in the end everything that one covers, whatever happens meanwhile', async () => {
  await checkSeeds(scenarios.lifecycle, { seeds: 40, workspace });
});

type Store = typeof metadataStore;

const sabotages: readonly {
  what: string;
  noticed: RegExp;
  store: Partial<Pick<Store, 'reads' | 'writes'>>;
}[] = [
  {
    what: 'what was found due is deleted without a second look at its age',
    noticed: / is gone, put at /,
    store: {
      writes: {
        ...metadataStore.writes,
        // At any age, and also what came while the store was slow.
        expire: (input) => expire({ ...input, dayMs: 0, nowMs: input.nowMs + 10_000 }),
      },
    },
  },
  {
    what: 'days are counted from an hour before',
    noticed: / is gone, /,
    store: {
      reads: {
        ...metadataStore.reads,
        findExpired: (input) => findExpired({ ...input, nowMs: input.nowMs + 3_600_000 }),
      },
      writes: {
        ...metadataStore.writes,
        expire: (input) => expire({ ...input, nowMs: input.nowMs + 3_600_000 }),
      },
    },
  },
  {
    what: 'versions are passed over',
    noticed: /is left in versioned|versions are left in/,
    store: {
      reads: {
        ...metadataStore.reads,
        *findExpired(input) {
          const page = yield* findExpired(input);
          return { ...page, candidates: page.candidates.filter(({ stage }) => stage !== 'version') };
        },
      },
    },
  },
];

for (const { what, noticed, store } of sabotages) {
  test(`it is noticed within 40 seeds when ${what}`, async () => {
    const sabotaged = lifecycleScenario('sabotaged', { ...metadataStore, ...store });
    const { error } = await checkCaught(sabotaged, { seeds: 40 });
    assert.match(error.message, noticed);
  });
}

await run();
