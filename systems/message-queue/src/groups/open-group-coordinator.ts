// Opens the coordinator on what the store kept.

import type { Log } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { MetadataSql } from '../metadata/store.ts';
import { GroupConfigs } from './configs/group-configs.ts';
import { GroupFilters } from './configs/group-filters.ts';
import type { GroupTopics, TopicsView } from './group-context.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { GroupHosts } from './group-hosts.ts';
import { type GroupSettings, groupSettingsDefault } from './group-settings.ts';
import { Upkeep } from './upkeep.ts';

export type GroupCoordinatorOptions = {
  readonly sql: MetadataSql;
  readonly world: World;
  readonly topics: GroupTopics;
  readonly log: Log;
  readonly settings?: Partial<GroupSettings>;
};

/**
 * Resolves when all groups are read. Members of before go on in their generations and epochs; a rebalance that was under
 * way begins again when they come.
 */
export async function openGroupCoordinator(options: GroupCoordinatorOptions): Promise<GroupCoordinator> {
  const { sql, world, log } = options;
  const settings = { ...groupSettingsDefault, ...options.settings };
  const topics = new CountedTopics(options.topics);
  const configs = await GroupConfigs.open({ sql, settings, log });
  const hosts = await GroupHosts.open({ sql, world, topics, settings, log, configs });
  const filters = new GroupFilters({ hosts, configs, topics, clock: world.clock });
  configs.onChange(() => filters.follow());
  await filters.follow();
  const parts = { sql, hosts, configs, filters, topics, settings, log };
  const upkeep = new Upkeep(parts, world);
  const stopListening = options.topics.onChange(({ kind, topic }) => {
    if (kind !== 'configured') topics.changes += 1;
    if (kind === 'deleted') upkeep.topicDeleted(topic.topicId);
  });
  return new GroupCoordinator(parts, upkeep, stopListening);
}

class CountedTopics implements TopicsView {
  readonly #topics: GroupTopics;
  changes = 0;

  constructor(topics: GroupTopics) {
    this.#topics = topics;
  }

  find(name: string) {
    return this.#topics.find(name);
  }

  findById(topicId: Parameters<GroupTopics['findById']>[0]) {
    return this.#topics.findById(topicId);
  }

  isGone(topicId: Parameters<GroupTopics['isGone']>[0]) {
    return this.#topics.isGone(topicId);
  }

  all() {
    return this.#topics.all();
  }
}
