// Replication under simulation, and proof that an outbox which is kept less carefully would be noticed.

import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { deleteObjects } from '../../src/metadata/deletions.ts';
import {
  findReplication,
  listReplications,
  settleReplication,
} from '../../src/metadata/replication/queue.ts';
import metadataStore from '../../src/metadata/store.ts';
import { replicationScenario } from './replication-scenario.ts';
import { scenarios } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('every version arrives once and in its order, and nothing else does, whatever happens', async () => {
  await checkSeeds(scenarios.replication, { seeds: 20, workspace });
});

type Store = typeof metadataStore;

const sabotages: readonly { what: string; store: Partial<Pick<Store, 'reads' | 'writes'>> }[] = [
  {
    what: 'a version is settled before it is replicated',
    store: {
      reads: {
        ...metadataStore.reads,
        *findReplication(input) {
          yield* findReplication(input);
          return 'gone';
        },
      },
    },
  },
  {
    what: 'versions of a key are sent from the newest on',
    store: {
      reads: {
        ...metadataStore.reads,
        *listReplications(input) {
          return (yield* listReplications(input)).toReversed();
        },
      },
    },
  },
  {
    what: 'a delete marker is not replicated',
    store: {
      writes: {
        ...metadataStore.writes,
        *deleteObjects(input) {
          return yield* deleteObjects({ ...input, expires: true });
        },
      },
    },
  },
  {
    what: 'the row of another version goes with one that was settled',
    store: {
      writes: {
        ...metadataStore.writes,
        *settleReplication(input) {
          yield* settleReplication(input);
          const { target, bucket, key, version } = input;
          const behind = { bucket, key, version };
          for (const row of yield* listReplications({ target, behind, limit: 1 })) {
            yield* settleReplication({ target, ...row, state: undefined });
          }
        },
      },
    },
  },
];

for (const { what, store } of sabotages) {
  test(`it is noticed within 20 seeds when ${what}`, async () => {
    const sabotaged = replicationScenario('sabotaged', { ...metadataStore, ...store });
    await checkCaught(sabotaged, { seeds: 20 });
  });
}

await run();
