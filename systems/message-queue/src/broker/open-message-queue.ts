// Opens the broker as a library: a folder, no server, no other system.

import { checkedLog, type Log, openSql } from '@cairn/engines';
import { SpaceGuard } from '@cairn/resilience';
import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import { realWorld, type World } from '@cairn/world';
import { droppedCounter } from '../filter/filter-work.ts';
import type { GroupCoordinator } from '../groups/group-coordinator.ts';
import type { GroupSettings } from '../groups/group-settings.ts';
import { openGroupCoordinator } from '../groups/open-group-coordinator.ts';
import { InvalidRegexError } from '../groups/regex/parse-regex.ts';
import { matchingWorkMax, TopicRegex } from '../groups/regex/topic-regex.ts';
import { openLibrary } from '../library/open-library.ts';
import { indexesMax, reserveBytesDefault } from '../limits.ts';
import metadataStore, { type MetadataSql } from '../metadata/store.ts';
import { IndexCache } from '../partition/index-cache.ts';
import { PartitionError } from '../partition/partition.ts';
import { SpareRoom } from '../partition/spare-room.ts';
import { Queues } from '../queues/queues.ts';
import type { RemoteStorage } from '../remote/remote-storage.ts';
import { HangingTransactions } from '../transactions/hanging-transactions.ts';
import type { Matcher } from '../transactions/listing.ts';
import {
  openTransactionCoordinator,
  type TransactionCoordinator,
} from '../transactions/transaction-coordinator.ts';
import type { TransactionPartitions } from '../transactions/transaction-parts.ts';
import { brokerWarnings } from './broker-warnings.ts';
import { CompactionWorker } from './compaction-worker.ts';
import { DelaysResumption } from './delays-resumption.ts';
import { lockMessageQueue } from './lock-message-queue.ts';
import { openTiering } from './open-tiering.ts';
import { withSpareRoom } from './room-making-writes.ts';
import { TopicAppends } from './topic-appends.ts';
import { logPartitions } from './topics/log-partitions.ts';
import type { SettingTexts } from './topics/topic-settings.ts';
import { Topics } from './topics/topics.ts';
import { UpkeepWorker } from './upkeep-worker.ts';

export type OpenMessageQueueOptions = {
  /** Holds everything; made when missing. One process at a time. */
  readonly directory: string;
  /** Where metadata is kept: `postgres://...`, or a SQLite file in the folder when absent. */
  readonly metadataUrl?: string | undefined;
  /** Where sealed segments of topics with `remote.storage.enable` are moved: `file:`, `s3:`, `https:`, `local:`. */
  readonly blobsUrl?: string | undefined;
  /** Of moving them, of all partitions together. */
  readonly copyBytesPerSecond?: number | undefined;
  /** What producers leave free on the disk, for retention, deletion and starts: 256 MiB unless given. */
  readonly reserveBytes?: number | undefined;
  /** What topics have that do not set it, by Kafka's names. */
  readonly topicDefaults?: SettingTexts | undefined;
  /** Of a topic that is made without a number. */
  readonly partitionsPerTopic?: number | undefined;
  /** Whether `produce`, `subscribe` and dead letters make a topic that is not there. They do, unless it is false. */
  readonly autoCreateTopics?: boolean | undefined;
  readonly groups?: Partial<GroupSettings> | undefined;
  /** In the ARNs of queues. */
  readonly region?: string | undefined;
  readonly account?: string | undefined;
  readonly world?: World;
  readonly telemetry?: Telemetry;
};

/**
 * The broker: topics with their partitions, consumer groups, transactions, queues. `produce` and `subscribe` are those of the
 * log port; the groups are those of Kafka's clients, which may be members of one group with this process.
 */
export type MessageQueue = Pick<Log, 'produce' | 'subscribe'> & {
  /** Stays the same for the life of the data folder. */
  readonly clusterId: string;
  readonly topics: Topics;
  /** What is produced to topics goes through it. */
  readonly appends: TopicAppends;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
  /** SQS's queues. */
  readonly queues: Queues;
  readonly sql: MetadataSql;
  /** The blobs engine that segments are moved to; absent where none is configured. */
  readonly blobs?: RemoteStorage | undefined;
  /** Holds the folders of partitions. */
  readonly partitionsDirectory: string;
  /** What its operator should know, though it works. */
  warnings(): readonly string[];
  /** Everything that was acknowledged is durable before; idempotent. */
  close(): Promise<void>;
};

/** See `../open-message-queue.ts`, through which the library is used. */
export async function openMessageQueue(options: OpenMessageQueueOptions): Promise<MessageQueue> {
  const { directory, world = realWorld(), telemetry = silentTelemetry() } = options;
  const { log } = telemetry;
  const opened: { close(): Promise<void> }[] = [];
  const closeAll = async () => {
    for (const part of opened.splice(0).reverse()) await part.close();
  };
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  try {
    await world.disk.makeDirectory(directory);
    keep({ close: await lockMessageQueue(world, directory) });
    const { reserveBytes = reserveBytesDefault } = options;
    const spare = keep(new SpareRoom({ disk: world.disk, clock: world.clock, log, directory, reserveBytes }));
    await spare.clear();
    const url = options.metadataUrl ?? `file:${directory}/metadata.sqlite`;
    const sql = withSpareRoom(keep(await openSql(metadataStore, { url, world })), spare);
    const newClusterId = world.random.bytes(16).toString('base64url');
    const { clusterId, leaderEpoch } = await sql.write('startBroker', { newClusterId });
    const partitionsDirectory = `${directory}/partitions`;
    await world.disk.makeDirectory(partitionsDirectory);
    const { disk, clock } = world;
    // Without a reserve the disk itself says when it is full.
    const space = reserveBytes > 0 ? new SpaceGuard({ disk, clock, directory, reserveBytes }) : undefined;
    const tiering = keep(await openTiering({ ...options, world, telemetry }));
    const topics = keep(
      await Topics.open({
        ...{ sql, world, log, leaderEpoch, directory: partitionsDirectory },
        openPartition: logPartitions({ world, log, engine: tiering.engine, space, spare }),
        remoteFiles: tiering.remoteFiles,
        ...(options.topicDefaults !== undefined && { defaults: options.topicDefaults }),
        ...(options.partitionsPerTopic !== undefined && { partitionsPerTopic: options.partitionsPerTopic }),
      }),
    );
    const { autoCreateTopics = true } = options;
    const openDelays = async () => {
      await sql.write('noteDelays', {});
      const delays = await import('../delays/open-delays.ts');
      return delays.openDelays({
        ...{ directory, metadata: sql, topics, autoCreateTopics, world, telemetry, space },
      });
    };
    const appends = keep(new TopicAppends(openDelays));
    const resumption = keep(new DelaysResumption({ appends, clock: world.clock, log }));
    if (await sql.read('hasDelays', {})) await resumption.begin();
    let coordinator: TransactionCoordinator | undefined;
    const hanging = new HangingTransactions({ telemetry, states: () => coordinator?.states() });
    topics.onChange(({ kind, topic }) => kind === 'deleted' && hanging.forget(topic.name));
    const upkeep = new UpkeepWorker({
      ...{ topics, log, clock: world.clock },
      onLook: (name, partition) => hanging.look(name, partition),
    });
    keep({ close: () => upkeep.stop() });
    const compaction = new CompactionWorker({ topics, telemetry, clock: world.clock });
    keep({ close: () => compaction.stop() });
    keep(tiering.start(topics));
    const groups = keep(
      await openGroupCoordinator({
        sql,
        world,
        topics,
        log,
        ...(options.groups && { settings: options.groups }),
      }),
    );
    const transactions = keep(
      await openTransactionCoordinator({
        ...{ sql, world, groups, log, partitions: markedPartitions(topics) },
        coordinatorEpoch: leaderEpoch,
        compilePattern,
      }),
    );
    coordinator = transactions;
    const { region = 'us-east-1', account = '000000000000' } = options;
    const queues = keep(
      await Queues.open({
        ...{ sql, world, log, region, account, start: leaderEpoch, space, spare },
        directory: `${directory}/queues`,
        indexes: new IndexCache(indexesMax),
      }),
    );
    const dropped = droppedCounter(telemetry.metrics);
    const onDropped = (records: number) => dropped.add(records);
    const library = keep(
      checkedLog(
        await openLibrary({
          ...{ topics, appends, groups, world, log, autoCreateTopics, onDropped },
        }),
      ),
    );
    spare.keep();
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= closeAll();
      return closing;
    };
    return {
      ...{
        clusterId,
        topics,
        appends,
        groups,
        transactions,
        queues,
        sql,
        blobs: tiering.engine?.storage,
        partitionsDirectory,
        close,
      },
      warnings: () => brokerWarnings({ topics, queues, appends, hanging, tiering, space, reserveBytes }),
      produce: (request) => library.produce(request),
      subscribe: (request) => library.subscribe(request),
    };
  } catch (error) {
    await closeAll().catch(() => {});
    throw error;
  }
}

function compilePattern(pattern: string): Matcher | undefined {
  try {
    const regex = new TopicRegex(pattern);
    return (text) => (regex.work > matchingWorkMax ? undefined : regex.matches(text));
  } catch (error) {
    if (error instanceof InvalidRegexError) return undefined;
    throw error;
  }
}

/**
 * Of a topic that was deleted the records are gone, and with them what a marker would end. While a row is damaged nobody knows
 * whether one was: its transactions wait for the repair.
 */
function markedPartitions(topics: Topics): TransactionPartitions {
  const has: TransactionPartitions['has'] = ({ topic: name, partition }) => {
    const topic = topics.find(name);
    if (topic === undefined || topic.isDamaged) return partition >= 0 && topics.damaged().length > 0;
    return partition >= 0 && partition < topic.partitionCount;
  };
  return {
    has,
    find: (name) => {
      if (!has(name)) return undefined;
      const topic = topics.find(name.topic);
      if (topic !== undefined && !topic.isDamaged) return topics.partition(topic, name.partition);
      const detail = `${name.topic} may be a topic whose row is damaged`;
      return Promise.reject(new PartitionError('KAFKA_STORAGE_ERROR', detail));
    },
  };
}
