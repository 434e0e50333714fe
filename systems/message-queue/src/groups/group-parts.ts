// What the requests of groups are served with.

import type { Log } from '@cairn/telemetry';
import type { MetadataSql } from '../metadata/store.ts';
import type { GroupConfigs } from './configs/group-configs.ts';
import type { GroupFilters } from './configs/group-filters.ts';
import type { TopicsView } from './group-context.ts';
import type { GroupHosts } from './group-hosts.ts';
import type { GroupSettings } from './group-settings.ts';

export type GroupParts = {
  readonly sql: MetadataSql;
  readonly hosts: GroupHosts;
  readonly configs: GroupConfigs;
  readonly filters: GroupFilters;
  readonly topics: TopicsView;
  readonly settings: GroupSettings;
  readonly log: Log;
};
