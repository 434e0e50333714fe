// The configurations of all groups, in memory: few groups have any. Changes are written first, one after the other.

import type { Log } from '@cairn/telemetry';
import type { KafkaErrorCode } from '../../errors.ts';
import { parseTagFilter, type TagFilter } from '../../filter/tag-filter.ts';
import { configuredGroupsMax } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { type GroupSettings, isTooLong } from '../group-settings.ts';
import {
  faultOfGroupConfig,
  type GroupConfigName,
  type GroupConfigTexts,
  groupConfigNames,
  isGroupConfigName,
} from './group-config-definitions.ts';

export class GroupConfigError extends Error {
  readonly code: KafkaErrorCode;

  constructor(code: KafkaErrorCode, detail: string) {
    super(detail);
    this.name = 'GroupConfigError';
    this.code = code;
  }
}

export type GroupConfigsOptions = {
  readonly sql: MetadataSql;
  readonly settings: GroupSettings;
  readonly log: Log;
};

/** From what is set to what is to be set. */
export type GroupConfigChange = (texts: GroupConfigTexts) => Readonly<Record<string, string | null>>;

const nothingSet: GroupConfigTexts = {};

export class GroupConfigs {
  readonly #options: GroupConfigsOptions;
  readonly #texts = new Map<string, GroupConfigTexts>();
  readonly #filters = new Map<string, TagFilter>();
  #follow: () => Promise<void> = async () => {};
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(options: GroupConfigsOptions) {
    this.#options = options;
  }

  static async open(options: GroupConfigsOptions): Promise<GroupConfigs> {
    const configs = new GroupConfigs(options);
    for (const { group_id, configuration } of await options.sql.read('listGroupConfigs', {})) {
      if (configuration === null)
        options.log.error('the configuration of a group does not match its checksum', { group: group_id });
      else configs.#keep(group_id, JSON.parse(configuration) as GroupConfigTexts);
    }
    return configs;
  }

  get settings(): GroupSettings {
    return this.#options.settings;
  }

  /** Whether any group has a filter. */
  get hasFilters(): boolean {
    return this.#filters.size > 0;
  }

  filterOf(groupId: string): TagFilter | undefined {
    return this.#filters.get(groupId);
  }

  /** Groups of which anything is set. */
  all(): Iterable<string> {
    return this.#texts.keys();
  }

  textsOf(groupId: string): GroupConfigTexts {
    return this.#texts.get(groupId) ?? nothingSet;
  }

  /** Of a consumer group: what is set for it, whenever that is looked at. */
  settingsOf(groupId: string): GroupSettings {
    const { settings } = this.#options;
    const set = (name: Exclude<GroupConfigName, 'cairn.filter'>) => this.textsOf(groupId)[name];
    return {
      ...settings,
      get consumerSessionTimeoutMs() {
        return Number(set('consumer.session.timeout.ms') ?? settings.consumerSessionTimeoutMs);
      },
      get consumerHeartbeatIntervalMs() {
        return Number(set('consumer.heartbeat.interval.ms') ?? settings.consumerHeartbeatIntervalMs);
      },
    };
  }

  /** Resolves when it is stored, or, with `validateOnly`, when it could be. Throws GroupConfigError. */
  change(
    groupId: string,
    change: GroupConfigChange,
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<void> {
    return this.#exclusively(async () => {
      requireGroupId(groupId);
      const texts = requireConfigs(change(this.textsOf(groupId)));
      const isNew = !this.#texts.has(groupId) && Object.keys(texts).length > 0;
      if (isNew && this.#texts.size >= configuredGroupsMax)
        throw new GroupConfigError('POLICY_VIOLATION', `${configuredGroupsMax} groups have configurations`);
      if (validateOnly) return;
      await this.#options.sql.write('putGroupConfig', { groupId, configuration: storedTexts(texts) });
      this.#keep(groupId, texts);
      await this.#follow();
    });
  }

  /** Of a group that `remove` deletes, and its row with it: true when it did. */
  removing<Result>(
    groupId: string,
    { remove, isRemoved }: { remove: () => Promise<Result>; isRemoved: (result: Result) => boolean },
  ): Promise<Result> {
    return this.#exclusively(async () => {
      const result = await remove();
      if (isRemoved(result) && this.#texts.has(groupId)) {
        this.#keep(groupId, nothingSet);
        await this.#follow();
      }
      return result;
    });
  }

  /** Waits for `follow` after every change, before it is answered. */
  onChange(follow: () => Promise<void>): void {
    this.#follow = follow;
  }

  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#changes.then(work);
    this.#changes = done.catch(() => {});
    return done;
  }

  #keep(groupId: string, texts: GroupConfigTexts): void {
    if (Object.keys(texts).length === 0) this.#texts.delete(groupId);
    else this.#texts.set(groupId, texts);
    const filter = texts['cairn.filter']?.trim() ?? '';
    if (filter === '') this.#filters.delete(groupId);
    else this.#filters.set(groupId, parseTagFilter(filter));
  }
}

function requireGroupId(groupId: string): void {
  if (groupId === '' || groupId.includes('\0') || isTooLong(groupId))
    throw new GroupConfigError('INVALID_REQUEST', `'${groupId.slice(0, 100)}' is not the name of a group`);
}

function requireConfigs(texts: Readonly<Record<string, string | null>>): GroupConfigTexts {
  const checked: Partial<Record<GroupConfigName, string>> = {};
  for (const [name, value] of Object.entries(texts)) {
    const fault = faultOfGroupConfig(name, value);
    if (fault !== undefined || !isGroupConfigName(name) || value === null)
      throw new GroupConfigError('INVALID_CONFIG', fault ?? `the configuration ${name} has no value`);
    checked[name] = value;
  }
  return checked;
}

/** In the order of names; undefined when nothing is set. */
function storedTexts(texts: GroupConfigTexts): string | undefined {
  const entries = groupConfigNames.flatMap((name) =>
    texts[name] === undefined ? [] : [[name, texts[name]]],
  );
  return entries.length === 0 ? undefined : JSON.stringify(Object.fromEntries(entries));
}
