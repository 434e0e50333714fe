// The scenarios of the message queue: the honest ones, and mistakes that they have to catch.

import type { Scenario } from '@cairn/world';
import { type PartitionStep, partitionScenario } from './partition-scenario.ts';

export const partition: Scenario<PartitionStep> = partitionScenario({ name: 'partition' });

export const mutants = {
  'forgotten-sync': partitionScenario({
    name: 'forgotten-sync',
    mutate: (disk) =>
      changed(disk, {
        open: async (path, mode) => changed(await disk.open(path, mode), { sync: async () => undefined }),
      }),
  }),
  'forgotten-folder-sync': partitionScenario({
    name: 'forgotten-folder-sync',
    mutate: (disk) => changed(disk, { syncDirectory: async () => undefined }),
  }),
} as const satisfies Record<string, Scenario<PartitionStep>>;

/** The same object with some methods replaced. */
function changed<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      const value = Reflect.get(key in replaced ? replaced : target, key);
      return typeof value === 'function' && !(key in replaced) ? value.bind(target) : value;
    },
  });
}
