// Which filter a fetch is under. A fetch names no group, but the client that sends it, by its id and address, is a member of
// groups: the fetch belongs to the group in which it has the partition.
//
// | groups in which the client has the partition | filter |
// | --- | --- |
// | none | none |
// | one, or several with the same filter | that |
// | several, with different filters, or one of them without | none: who gets too much can look for itself |
//
// Kept by what groups tell of their changes, so that a fetch is looked up in a map; and only while some group has a filter.

import type { Clock } from '@cairn/world';
import type { TagFilter } from '../../filter/tag-filter.ts';
import { filterGroupsPerTurn } from '../../limits.ts';
import type { TopicsView } from '../group-context.ts';
import type { GroupHost } from '../group-host.ts';
import type { GroupHosts } from '../group-hosts.ts';
import {
  assignmentsOf,
  type ClientAssignments,
  clientKey,
  type PartitionName,
} from './client-assignments.ts';
import type { GroupConfigs } from './group-configs.ts';

export type FetchingClient = { readonly clientId: string; readonly clientHost: string };

export type GroupFiltersOptions = {
  readonly hosts: GroupHosts;
  readonly configs: GroupConfigs;
  readonly topics: TopicsView;
  readonly clock: Pick<Clock, 'sleep'>;
};

export class GroupFilters {
  readonly #options: GroupFiltersOptions;
  /** By client, what it has in each group. */
  readonly #clients = new Map<string, Map<GroupHost, ClientAssignments>>();
  /** The clients of each group that was looked at. */
  readonly #keys = new Map<GroupHost, readonly string[]>();
  /** Groups that changed since they were looked at. */
  readonly #changed = new Set<GroupHost>();
  /** `off`: no group has a filter. `preparing`: groups are looked at for the first time. */
  #state: 'off' | 'preparing' | 'on' = 'off';

  constructor(options: GroupFiltersOptions) {
    this.#options = options;
    options.hosts.onChange((host) => this.#note(host));
  }

  /** To be called after every change of configurations; resolves when fetches are under them. */
  async follow(): Promise<void> {
    const { configs, hosts, clock } = this.#options;
    if (!configs.hasFilters) return this.#forget();
    if (this.#state !== 'off') return;
    this.#state = 'preparing';
    for (const host of hosts.all()) this.#changed.add(host);
    while (this.#changed.size > 0) {
      this.#look(filterGroupsPerTurn);
      await clock.sleep(0);
    }
    this.#state = 'on';
  }

  /** Of all members of the group. */
  ofGroup(groupId: string): TagFilter | undefined {
    return this.#options.configs.filterOf(groupId);
  }

  ofFetch(client: FetchingClient, partition: PartitionName): TagFilter | undefined {
    if (this.#state !== 'on') return undefined;
    if (this.#changed.size > 0) this.#look(Number.POSITIVE_INFINITY);
    let found: TagFilter | undefined;
    for (const [{ id }, assignments] of this.#clients.get(clientKey(client)) ?? []) {
      if (!assignments.has(partition)) continue;
      const filter = this.#options.configs.filterOf(id);
      if (filter === undefined || (found !== undefined && found.text !== filter.text)) return undefined;
      found ??= filter;
    }
    return found;
  }

  #note(host: GroupHost): void {
    if (this.#state === 'off') return;
    this.#changed.add(host);
    // Where nobody fetches they would never be looked at, and groups that are gone never forgotten.
    if (this.#state === 'on' && this.#changed.size > filterGroupsPerTurn) this.#look(2);
  }

  #look(groupsMax: number): void {
    const { hosts, topics } = this.#options;
    let count = 0;
    for (const host of this.#changed) {
      if (++count > groupsMax) return;
      this.#changed.delete(host);
      for (const key of this.#keys.get(host) ?? []) this.#remove(key, host);
      this.#keys.delete(host);
      if (hosts.find(host.id) !== host) continue;
      const assignments = assignmentsOf(host.group, topics);
      if (assignments.size > 0) this.#keys.set(host, [...assignments.keys()]);
      for (const [key, own] of assignments)
        this.#clients.getOrInsertComputed(key, () => new Map()).set(host, own);
    }
  }

  #remove(key: string, host: GroupHost): void {
    const groups = this.#clients.get(key);
    groups?.delete(host);
    if (groups?.size === 0) this.#clients.delete(key);
  }

  #forget(): void {
    this.#state = 'off';
    this.#clients.clear();
    this.#keys.clear();
    this.#changed.clear();
  }
}
