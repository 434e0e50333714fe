// Events under simulation, and proof that a queue which is kept less carefully would be noticed.

import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds } from '@cairn/world/simulated';
import { forgetEvents, listEvents } from '../../src/metadata/events/event-queue.ts';
import metadataStore from '../../src/metadata/store.ts';
import { eventScenario } from './event-scenario.ts';
import { scenarios } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';

test('no event is lost, none invented, and none overtakes another of its key, whatever happens', async () => {
  await checkSeeds(scenarios.events, { seeds: 40, workspace });
});

type Store = typeof metadataStore;

const sabotages: readonly { what: string; store: Partial<Pick<Store, 'reads' | 'writes'>> }[] = [
  {
    what: 'one event more is forgotten than was delivered',
    store: {
      writes: {
        ...metadataStore.writes,
        forgetEvents: (input) => forgetEvents({ ...input, through: input.through && input.through + 1 }),
      },
    },
  },
  {
    what: 'events are delivered from the last one on',
    store: {
      reads: {
        ...metadataStore.reads,
        *listEvents(input) {
          return (yield* listEvents(input)).toReversed();
        },
      },
    },
  },
  {
    what: 'a change is told twice',
    store: {
      writes: {
        ...metadataStore.writes,
        *putObject(input) {
          yield* metadataStore.writes.putObject(input);
          return yield* metadataStore.writes.putObject(input);
        },
      },
    },
  },
];

for (const { what, store } of sabotages) {
  test(`it is noticed within 20 seeds when ${what}`, async () => {
    const sabotaged = eventScenario('sabotaged', { ...metadataStore, ...store });
    await checkCaught(sabotaged, { seeds: 20 });
  });
}

await run();
