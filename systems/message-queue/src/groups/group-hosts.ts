// The groups of the broker, all in memory, and one timer for the deadlines of all of them.

import type { Log } from '@cairn/telemetry';
import type { Timer, World } from '@cairn/world';
import type { MetadataSql } from '../metadata/store.ts';
import { RunningClock } from '../running-clock.ts';
import { ClassicGroup } from './classic/classic-group.ts';
import type { GroupConfigs } from './configs/group-configs.ts';
import { ConsumerGroup } from './consumer/consumer-group.ts';
import { Deadlines } from './deadlines.ts';
import type { TopicsView } from './group-context.ts';
import { type Group, GroupHost } from './group-host.ts';
import type { GroupSettings } from './group-settings.ts';
import { classicRowOf, consumerRowOf } from './migration.ts';
import type { StoredGroup } from './stored-group.ts';

export type GroupHostsOptions = {
  readonly sql: MetadataSql;
  readonly world: World;
  readonly topics: TopicsView;
  readonly settings: GroupSettings;
  readonly configs: Pick<GroupConfigs, 'settingsOf'>;
  readonly log: Log;
};

const rowsPerPage = 500;
/** In one turn of the event loop. */
const dueGroupsMax = 50;

export class GroupHosts {
  readonly #options: GroupHostsOptions;
  /** Of sessions and rebalances: members cannot be heard while the process stands still. */
  readonly #running: RunningClock;
  readonly #hosts = new Map<string, GroupHost>();
  readonly #deadlines = new Deadlines<GroupHost>();
  #changed: (host: GroupHost) => void = () => {};
  #timer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #isClosed = false;

  private constructor(options: GroupHostsOptions) {
    this.#options = options;
    this.#running = new RunningClock(options.world.clock);
  }

  /** Reads all groups: their members go on where they were. */
  static async open(options: GroupHostsOptions): Promise<GroupHosts> {
    const hosts = new GroupHosts(options);
    for (let after = ''; ; ) {
      const rows = await options.sql.read('listGroups', { after, limit: rowsPerPage });
      for (const row of rows) hosts.#restore(row);
      if (rows.length < rowsPerPage) return hosts;
      after = rows.at(-1)!.id;
    }
  }

  /** `nowMs` counts the time in which the process ran. */
  now(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.#running.monotonicMs(), wallMs: this.#options.world.clock.nowMs() };
  }

  find(id: string): GroupHost | undefined {
    return this.#hosts.get(id);
  }

  all(): Iterable<GroupHost> {
    return this.#hosts.values();
  }

  /** Undefined: there are as many groups as there may be. */
  findOrMake(id: string, type: Group['type']): GroupHost | undefined {
    const known = this.#hosts.get(id);
    if (known !== undefined) {
      const { group } = known;
      if (group.type !== type && group.isUnused) {
        const other = group.type === 'classic' ? this.upgraded(id, group) : this.#downgraded(group);
        if (other !== undefined) known.replace(other);
      }
      return known;
    }
    if (this.#hosts.size >= this.#options.settings.groupsMax) return undefined;
    const group = type === 'classic' ? this.#classic() : this.#consumer(id);
    return this.#add(id, { group, isStored: false });
  }

  /** To be called after whatever may have changed a group. */
  touched(host: GroupHost) {
    if (this.#hosts.get(host.id) !== host) return;
    if (host.isDisposable) return this.#remove(host);
    this.#deadlines.put(host, host.group.soonestMs);
    this.#arm();
  }

  /** Calls `changed` after every change of a group's members, and when a group is gone. */
  onChange(changed: (host: GroupHost) => void): void {
    this.#changed = changed;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.timer.cancel();
    await Promise.all(Array.from(this.#hosts.values(), (host) => host.close()));
  }

  #restore({ id, state }: { id: string; state: string | null }): void {
    // Its members join again, as in a group that is new; its offsets have checksums of their own.
    if (state === null)
      this.#options.log.error('the row of a group does not match its checksum', { group: id });
    const group = this.#made(id, state === null ? undefined : (JSON.parse(state) as StoredGroup));
    this.touched(this.#add(id, { group, isStored: true }));
  }

  #add(id: string, { group, isStored }: { group: Group; isStored: boolean }): GroupHost {
    const { sql, log } = this.#options;
    const restore = (stored: StoredGroup | undefined) => this.#made(id, stored);
    const idle = (host: GroupHost) => this.touched(host);
    const changed = (host: GroupHost) => this.#changed(host);
    const migrated = (group: Group) =>
      group.type === 'consumer' && group.isForClassic ? this.#downgraded(group) : undefined;
    const host = new GroupHost({ id, sql, log, group, isStored, restore, changed, migrated, idle });
    this.#hosts.set(id, host);
    return host;
  }

  #remove(host: GroupHost): void {
    this.#hosts.delete(host.id);
    this.#deadlines.remove(host);
    this.#changed(host);
  }

  #made(id: string, stored: StoredGroup | undefined): Group {
    return stored?.type === 'consumer' ? this.#consumer(id, stored) : this.#classic(stored);
  }

  /** As the group goes on when a member of the consumer protocol joins; undefined: it cannot. */
  upgraded(id: string, group: ClassicGroup): ConsumerGroup | undefined {
    const row = consumerRowOf(group.storedNow(), this.#options.topics);
    return row && this.#consumer(id, row);
  }

  #downgraded(group: ConsumerGroup): ClassicGroup {
    return this.#classic(classicRowOf(group.stored(), this.#options.topics));
  }

  #classic(stored?: StoredGroup & { type: 'classic' }): ClassicGroup {
    const { settings } = this.#options;
    return new ClassicGroup({ settings, newId: () => this.#newId(), stored, ...this.now() });
  }

  #consumer(id: string, stored?: StoredGroup & { type: 'consumer' }): ConsumerGroup {
    const { topics, configs } = this.#options;
    const settings = configs.settingsOf(id);
    return new ConsumerGroup({ settings, topics, newId: () => this.#newId(), stored, ...this.now() });
  }

  #newId(): string {
    return this.#options.world.random.bytes(16).toString('base64url');
  }

  #arm(): void {
    const atMs = this.#deadlines.earliestMs;
    if (this.#isClosed || atMs === undefined || (this.#timer !== undefined && this.#timer.atMs <= atMs))
      return;
    this.#timer?.timer.cancel();
    // Whole milliseconds: rounded the wrong way, a timer would fire before its time for ever.
    const delayMs = Math.ceil(Math.max(atMs - this.now().nowMs, 0));
    this.#timer = { atMs, timer: this.#running.setTimer(delayMs, () => this.#fire()) };
  }

  #fire(): void {
    this.#timer = undefined;
    const at = this.now();
    for (let count = 0; count < dueGroupsMax; count++) {
      const host = this.#deadlines.take(at.nowMs);
      if (host === undefined) break;
      host.tick(at);
      this.touched(host);
    }
    this.#arm();
  }
}
