// Repair from replicas under simulation, and proof that a repair which is less careful would be noticed.

import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { replaceBlob } from '../../src/metadata/blob-rows.ts';
import { addGarbageBlob } from '../../src/metadata/garbage.ts';
import { removeShare } from '../../src/metadata/share-counts.ts';
import metadataStore from '../../src/metadata/store.ts';
import { repairScenario } from './repair-scenario.ts';
import { scenarios } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('what rots on one side comes back from the other, for all that share it, whatever happens', async () => {
  await checkSeeds(scenarios.repair, { seeds: 20, workspace });
});

const sabotages: readonly { what: string; replaceBlob: typeof replaceBlob }[] = [
  {
    what: 'copies that share the new blob are not counted',
    *replaceBlob(input) {
      const output = yield* replaceBlob(input);
      yield* removeShare.run({ blob: input.to });
      return output;
    },
  },
  {
    what: 'only one of the copies is given the new blob, and the old one goes',
    *replaceBlob(input) {
      const output = yield* replaceBlob({ ...input, limit: 1 });
      yield* removeShare.run({ blob: input.from });
      yield* addGarbageBlob({ blob: input.from, shared: null, sinceMs: input.nowMs });
      return { ...output, more: false };
    },
  },
  {
    what: 'nothing is given the new blob',
    *replaceBlob(input) {
      return yield* replaceBlob({ ...input, from: input.to });
    },
  },
];

for (const { what, replaceBlob: sabotaged } of sabotages) {
  test(`it is noticed within 20 seeds when ${what}`, async () => {
    const store = { ...metadataStore, writes: { ...metadataStore.writes, replaceBlob: sabotaged } };
    await checkCaught(repairScenario('sabotaged', store), { seeds: 20 });
  });
}

await run();
