// Places under simulation, and proof that moves which are less careful would be noticed.

import assert from 'node:assert/strict';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import metadataStore from '../../src/metadata/store.ts';
import { adoptPlaced } from '../../src/metadata/transition/change-class.ts';
import { addMovement } from '../../src/metadata/transition/movements.ts';
import { listPlacedGarbage } from '../../src/metadata/transition/placed-garbage.ts';
import { selectObject } from '../../src/metadata/version-statements.ts';
import { scenarios } from './scenario.ts';
import { transitionScenario } from './transition-scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('moved objects read as they were put, and in the end every place holds what versions name, whatever happens', async () => {
  await checkSeeds(scenarios.transition, { seeds: 8, workspace });
});

type Store = typeof metadataStore;

const sabotages: readonly {
  what: string;
  noticed: RegExp;
  store: Partial<Pick<Store, 'reads' | 'writes'>>;
}[] = [
  {
    what: 'the bytes of another object are taken for what was moved',
    noticed: /reads as|has other bytes|it has \d+ bytes, not|internal error/,
    store: {
      writes: {
        ...metadataStore.writes,
        *adoptPlaced(input) {
          const { bucket, key } = input.movement;
          const row = yield* selectObject.first({ bucket, key });
          if (row === undefined) return yield* adoptPlaced(input);
          const { data: source, version, etag } = row;
          const movement = { ...input.movement, source, version };
          yield* addMovement(movement);
          return yield* adoptPlaced({ ...input, movement, etag });
        },
      },
    },
  },
  {
    what: 'names of moved blobs stay in the outbox',
    noticed: /missing|not in the data store|internal error/,
    store: {
      writes: {
        ...metadataStore.writes,
        *adoptPlaced(input) {
          const outcome = yield* adoptPlaced(input);
          yield* metadataStore.writes.addPlacedGarbage({ id: input.data, sinceMs: 0 });
          return outcome;
        },
      },
    },
  },
  {
    what: 'what a crash left at a place is forgotten',
    noticed: /something else than versions name/,
    store: {
      reads: {
        ...metadataStore.reads,
        *listPlacedGarbage(input) {
          return (yield* listPlacedGarbage(input)).slice(0, 0);
        },
      },
    },
  },
];

for (const { what, noticed, store } of sabotages) {
  test(`it is noticed within 40 seeds when ${what}`, async () => {
    const sabotaged = transitionScenario('sabotaged', { ...metadataStore, ...store });
    const { error } = await checkCaught(sabotaged, { seeds: 40 });
    assert.match(error.message, noticed);
  });
}

await run();
