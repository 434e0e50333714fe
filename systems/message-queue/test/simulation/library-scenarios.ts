// The scenarios of the library's face: the honest one, and mistakes that it has to catch.

import type { World } from '@cairn/world';
import type { Scenario } from '@cairn/world/simulated';
import type { GroupCoordinator } from '../../src/groups/group-coordinator.ts';
import { type LibraryStep, libraryScenario } from './library-scenario.ts';

export const library: Scenario<LibraryStep> = libraryScenario({ name: 'library' });

export const libraryMutants = {
  /** The record behind the one that was handled counts as handled. */
  'hasty-commit': libraryScenario({ name: 'hasty-commit', mutateGroups: commitsTooMuch }),
  /** Producers are told that their records are durable, and they are not. */
  'forgotten-sync': libraryScenario({ name: 'forgotten-library-sync', mutateWorld: syncsNothing }),
} as const satisfies Record<string, Scenario<LibraryStep>>;

function commitsTooMuch(groups: GroupCoordinator): GroupCoordinator {
  const offsetCommit: GroupCoordinator['offsetCommit'] = (request, context) => {
    const topics = request.topics.map((topic) => ({
      ...topic,
      partitions: topic.partitions.map((each) => ({ ...each, committedOffset: each.committedOffset + 1 })),
    }));
    return groups.offsetCommit({ ...request, topics }, context);
  };
  return changed(groups, { offsetCommit });
}

function syncsNothing(world: World): World {
  const open: World['disk']['open'] = async (path, mode) =>
    changed(await world.disk.open(path, mode), { sync: async () => undefined });
  return { ...world, disk: changed(world.disk, { open }) };
}

/** The same object with some methods replaced. */
function changed<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      const value = Reflect.get(key in replaced ? replaced : target, key);
      return typeof value === 'function' && !(key in replaced) ? value.bind(target) : value;
    },
  });
}
