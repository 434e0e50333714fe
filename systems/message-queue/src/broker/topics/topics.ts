// The topics of the broker: what there is, in memory, and every change of it, durable in the metadata store before anybody
// sees it. Changes of one topic go one after the other.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { Uuid } from '../../kafka/wire/values.ts';
import { KeyedQueue } from '../../keyed-queue.ts';
import { partitionsMaxDefault, partitionsPerTopicDefault } from '../../limits.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { TopicRow } from '../../metadata/topics.ts';
import { BrokerConfigs, type BrokerTexts, type ConfigLevel, requireBrokerTexts } from './broker-configs.ts';
import { OpenPartitions } from './open-partitions.ts';
import type { NewTopic, OpenPartition, PartitionOpener, Topic, TopicChange } from './topic.ts';
import { type RemoteFiles, TopicFiles } from './topic-files.ts';
import { TopicIndex } from './topic-index.ts';
import {
  requirePartitions,
  requireSettings,
  requireTogether,
  requireTopicName,
} from './topic-requirements.ts';
import { type SettingTexts, settingsOf, storedSettings } from './topic-settings.ts';
import { TopicsError } from './topics-error.ts';

export type TopicsOptions = {
  readonly sql: MetadataSql;
  readonly world: World;
  /** Holds a folder for each topic. */
  readonly directory: string;
  readonly leaderEpoch: number;
  readonly openPartition: PartitionOpener;
  /** What partitions have in the blobs engine; absent where there is none. */
  readonly remoteFiles?: RemoteFiles | undefined;
  /** What the broker's configuration sets for topics that do not. */
  readonly defaults?: SettingTexts;
  readonly partitionsPerTopic?: number;
  /** Of all topics together. */
  readonly partitionsMax?: number;
  readonly log: Telemetry['log'];
};

export class Topics {
  readonly leaderEpoch: number;
  /** What is set of the broker while it runs. */
  readonly configs: BrokerConfigs;
  readonly partitionsPerTopic: number;
  readonly #options: TopicsOptions;
  readonly #index = new TopicIndex();
  readonly #changes = new KeyedQueue();
  readonly #brokerChanges = new KeyedQueue();
  readonly #partitions: OpenPartitions;
  readonly #files: TopicFiles;
  readonly #listeners = new Set<(change: TopicChange) => void>();
  /** Of topics that are being made: they count already. */
  #promisedPartitions = 0;

  private constructor(options: TopicsOptions, configs: BrokerConfigs) {
    const { sql, world, log, leaderEpoch, openPartition } = options;
    const directoryOf = (topicId: Uuid, index: number) => `${options.directory}/${topicId}/${index}`;
    this.#options = options;
    this.leaderEpoch = leaderEpoch;
    this.configs = configs;
    this.partitionsPerTopic = options.partitionsPerTopic ?? partitionsPerTopicDefault;
    this.#partitions = new OpenPartitions({ open: openPartition, directoryOf, leaderEpoch, log });
    const closed = (topicId: Uuid) => this.#partitions.closeTopic(topicId);
    const { remoteFiles } = options;
    this.#files = new TopicFiles({
      ...{ sql, disk: world.disk, clock: world.clock, directoryOf, closed, remoteFiles, log },
    });
  }

  /** Reads what there is, and goes on with the removal of what is gone. */
  static async open(options: TopicsOptions): Promise<Topics> {
    const { sql, log, defaults: started } = options;
    const topics = new Topics(options, await BrokerConfigs.open({ sql, log, started }));
    for (const row of await options.sql.read('listTopics', {}))
      topics.#index.add(row.isIntact ? topics.#topicOf(row) : await topics.#damagedTopicOf(row));
    for (const deletion of await options.sql.read('listTopicDeletions', {})) topics.#files.remove(deletion);
    return topics;
  }

  /** What counts where a topic sets nothing. */
  get defaults(): SettingTexts {
    return this.configs.defaults;
  }

  /** By name. */
  find(name: string): Topic | undefined {
    return this.#index.named(name);
  }

  findById(topicId: Uuid): Topic | undefined {
    return this.#index.identified(topicId);
  }

  /** Whether it was deleted. Not known of any id while a row is damaged: it may have been that one's. */
  isGone(topicId: Uuid): boolean {
    return this.#index.identified(topicId) === undefined && this.damaged().length === 0;
  }

  damaged(): readonly Topic[] {
    return this.all().filter(({ isDamaged }) => isDamaged);
  }

  /** Sorted by name. */
  all(): readonly Topic[] {
    return this.#index.all();
  }

  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: (change: TopicChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** At once when it is open. Throws TopicsError when the topic has no such partition any more. */
  partition(topic: Topic, index: number): OpenPartition | Promise<OpenPartition> {
    const current = this.#index.identified(topic.topicId);
    if (current === undefined)
      throw new TopicsError('UNKNOWN_TOPIC_OR_PARTITION', `the topic '${topic.name}' was deleted`);
    if (index < 0 || index >= current.partitionCount)
      throw new TopicsError('UNKNOWN_TOPIC_OR_PARTITION', `${topic.name} has no partition ${index}`);
    if (current.isDamaged) return Promise.reject(closed(current));
    return this.#partitions.get(current, index);
  }

  /** Undefined when it is not open. */
  opened(topic: Topic, index: number): OpenPartition | undefined {
    return this.#partitions.opened(topic.topicId, index);
  }

  /** Whether its files are in use. */
  isOpen(topic: Topic, index: number): boolean {
    return this.#partitions.has(topic.topicId, index);
  }

  /** Throws what `create` would throw, as far as it is known before. */
  validate(wanted: NewTopic): { readonly partitionCount: number; readonly texts: SettingTexts } {
    const { name, partitionCount = this.partitionsPerTopic } = wanted;
    requireTopicName(name);
    if (this.#index.named(name) !== undefined)
      throw new TopicsError('TOPIC_ALREADY_EXISTS', `the topic '${name}' exists`);
    const rival = this.#index.rivalOf(name);
    if (rival !== undefined)
      throw new TopicsError(
        'INVALID_TOPIC_EXCEPTION',
        `'${name}' differs from '${rival}' only in '.' and '_'`,
      );
    requirePartitions(partitionCount);
    this.#requireRoom(partitionCount);
    return { partitionCount, texts: this.requireSettings(wanted.texts ?? {}) };
  }

  /** Throws TopicsError for what cannot be set, or not after what is set `before`. */
  requireSettings(texts: Readonly<Record<string, string | null>>, before?: SettingTexts): SettingTexts {
    const { defaults } = this;
    const hasRemoteStorage = this.#options.remoteFiles !== undefined;
    return requireTogether({ texts: requireSettings(texts), before, defaults, hasRemoteStorage });
  }

  create(wanted: NewTopic): Promise<Topic> {
    return this.#changes.run(wanted.name, async () => {
      const { partitionCount, texts } = this.validate(wanted);
      const { sql, world } = this.#options;
      const row: TopicRow = {
        name: wanted.name,
        id: this.#newId(),
        partitions: partitionCount,
        created_ms: world.clock.nowMs(),
        configuration: storedSettings(texts),
      };
      this.#promisedPartitions += partitionCount;
      const outcome = await sql.write('createTopic', row).finally(() => {
        this.#promisedPartitions -= partitionCount;
      });
      if (outcome === 'exists')
        throw new TopicsError('TOPIC_ALREADY_EXISTS', `the topic '${wanted.name}' exists`);
      const topic = this.#topicOf(row);
      this.#index.add(topic);
      this.#tell({ kind: 'created', topic });
      return topic;
    });
  }

  /** Its records are gone when this resolves; the disk's space comes back in the background. */
  delete(topic: Topic): Promise<void> {
    return this.#changes.run(topic.name, async () => {
      const current = this.#current(topic);
      const { sql, world } = this.#options;
      const { name, topicId: id } = current;
      if (!(await sql.write('deleteTopic', { name, id, since_ms: world.clock.nowMs() })))
        throw unknown(topic);
      this.#index.remove(current);
      this.#files.remove({ id, partitions: current.partitionCount });
      this.#tell({ kind: 'deleted', topic: current });
    });
  }

  /** Throws what `addPartitions` would throw, as far as it is known before. */
  validatePartitions(topic: Topic, partitionCount: number): void {
    const current = this.#current(topic);
    requirePartitions(partitionCount);
    if (partitionCount <= current.partitionCount)
      throw new TopicsError(
        'INVALID_PARTITIONS',
        `the topic '${topic.name}' has ${current.partitionCount} partitions and can only get more`,
      );
    this.#requireRoom(partitionCount - current.partitionCount);
  }

  addPartitions(topic: Topic, partitionCount: number): Promise<Topic> {
    return this.#changes.run(topic.name, async () => {
      this.validatePartitions(topic, partitionCount);
      const added = partitionCount - this.#current(topic).partitionCount;
      this.#promisedPartitions += added;
      return this.#change(topic, { partitions: partitionCount }, 'partitions').finally(() => {
        this.#promisedPartitions -= added;
      });
    });
  }

  /** `change` gets what is set and gives what is to be set instead; both as text by Kafka's names. */
  configure(
    topic: Topic,
    change: (texts: SettingTexts) => Readonly<Record<string, string | null>>,
  ): Promise<Topic> {
    return this.#changes.run(topic.name, async () => {
      const { texts: before } = this.#current(topic);
      const texts = this.requireSettings(change(before), before);
      const changed = await this.#change(topic, { configuration: storedSettings(texts) }, 'configured');
      this.#partitions.configure(changed);
      return changed;
    });
  }

  /**
   * Of the broker, while it runs; `change` as of `configure`, by the names of brokers. Resolves when it is in force for all topics that do
   * not set it themselves, or, with `validateOnly`, when it could be.
   */
  configureBroker(
    level: ConfigLevel,
    change: (texts: BrokerTexts) => Readonly<Record<string, string | null>>,
    { validateOnly }: { readonly validateOnly: boolean },
  ): Promise<void> {
    return this.#brokerChanges.run(level, async () => {
      const texts = requireBrokerTexts(level, change(this.configs.textsOf(level)));
      this.#requireForAll(this.configs.defaultsWith({ [level]: texts }));
      if (validateOnly) return;
      await this.configs.put(level, texts);
      for (const topic of this.all()) {
        if (topic.isDamaged) continue;
        const changed = { ...topic, settings: settingsOf(topic.texts, this.defaults) };
        this.#index.add(changed);
        this.#tell({ kind: 'configured', topic: changed });
        this.#partitions.configure(changed);
      }
    });
  }

  /** Resolves when the files of all topics that were deleted until now are gone. */
  filesRemoved(): Promise<void> {
    return this.#files.settled();
  }

  async close(): Promise<void> {
    await this.#files.stop();
    await this.#partitions.close();
  }

  async #change(
    topic: Topic,
    change: Partial<Pick<TopicRow, 'partitions' | 'configuration'>>,
    kind: TopicChange['kind'],
  ): Promise<Topic> {
    const current = this.#current(topic);
    const { name, topicId: id } = current;
    if (!(await this.#options.sql.write('changeTopic', { name, id, ...change }))) throw unknown(topic);
    const row = { ...this.#rowOf(current), ...change };
    const changed = this.#topicOf(row);
    this.#index.add(changed);
    this.#tell({ kind, topic: changed });
    return changed;
  }

  #requireForAll(defaults: SettingTexts): void {
    const hasRemoteStorage = this.#options.remoteFiles !== undefined;
    for (const { name, texts } of this.all())
      try {
        requireTogether({ texts, before: texts, defaults, hasRemoteStorage });
      } catch (error) {
        if (!(error instanceof TopicsError)) throw error;
        throw new TopicsError('INVALID_REQUEST', `not for the topic '${name}': ${error.message}`);
      }
  }

  #current(topic: Topic): Topic {
    const current = this.#index.identified(topic.topicId);
    if (current === undefined) throw unknown(topic);
    if (current.isDamaged) throw closed(current);
    return current;
  }

  /** With as many partitions as have folders: what asks for any of them is to learn that it is closed. */
  async #damagedTopicOf({ name, id, partitions, created_ms: createdMs }: TopicRow): Promise<Topic> {
    const { log, world, directory, partitionsMax = partitionsMaxDefault } = this.#options;
    const folders = await world.disk.list(`${directory}/${id}`).catch(() => []);
    const isLikely = partitions >= 1 && partitions <= partitionsMax;
    const partitionCount = Math.max(
      isLikely ? partitions : 1,
      ...folders.map((index) => Number(index) + 1 || 0),
    );
    log.error('a topic is closed, as its row does not match its checksum; a repair may restore it', {
      ...{ topic: name, id },
    });
    const settings = settingsOf({}, this.defaults);
    return { name, topicId: id as Uuid, partitionCount, createdMs, texts: {}, settings, isDamaged: true };
  }

  #topicOf({ name, id, partitions, created_ms, configuration }: TopicRow): Topic {
    const texts = JSON.parse(configuration) as SettingTexts;
    const settings = settingsOf(texts, this.defaults);
    return { name, topicId: id as Uuid, partitionCount: partitions, createdMs: created_ms, texts, settings };
  }

  #rowOf({ name, topicId, partitionCount, createdMs, texts }: Topic): TopicRow {
    return {
      name,
      id: topicId,
      partitions: partitionCount,
      created_ms: createdMs,
      configuration: storedSettings(texts),
    };
  }

  #requireRoom(partitionCount: number): void {
    const { partitionsMax = partitionsMaxDefault } = this.#options;
    if (this.#index.partitionCount + this.#promisedPartitions + partitionCount > partitionsMax)
      throw new TopicsError('POLICY_VIOLATION', `the broker can have ${partitionsMax} partitions at most`);
  }

  #newId(): Uuid {
    for (;;) {
      const id = this.#options.world.random.bytes(16).toString('base64url') as Uuid;
      // As Kafka: command lines would take it for an option.
      if (!id.startsWith('-')) return id;
    }
  }

  #tell(change: TopicChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#options.log.error('listener of topics failed', { topic: change.topic.name, error });
      }
    }
  }
}

function closed({ name }: Topic): TopicsError {
  return new TopicsError('KAFKA_STORAGE_ERROR', `the topic '${name}' is closed: its row is damaged`);
}

function unknown(topic: Topic): TopicsError {
  return new TopicsError('UNKNOWN_TOPIC_OR_PARTITION', `there is no topic '${topic.name}' any more`);
}
