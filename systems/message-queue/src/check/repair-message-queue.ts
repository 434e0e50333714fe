// Repairs the folder of a message queue that nothing has open: every log, one after the other. Nothing that was acknowledged
// is given up without `acceptLoss`.

import { openBlobs, openSql } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import { silentTelemetry } from '@cairn/telemetry';
import { realWorld, type World } from '@cairn/world';
import { lockMessageQueue } from '../broker/lock-message-queue.ts';
import type { OpenMessageQueueOptions } from '../broker/open-message-queue.ts';
import type { SettingTexts } from '../broker/topics/topic-settings.ts';
import { openDelayStore } from '../delays/open-delays.ts';
import type { DelaySql } from '../delays/store/delay-store.ts';
import metadataStore, { type MetadataSql } from '../metadata/store.ts';
import { IndexCache } from '../partition/index-cache.ts';
import { openPartition } from '../partition/open-partition.ts';
import { type Partition, PartitionError, type ProducerState } from '../partition/partition.ts';
import type { PartitionConfig } from '../partition/partition-config.ts';
import { queuePartitionConfig } from '../queues/open-queue.ts';
import { blobPrefix } from '../remote/remote-engine.ts';
import { RemoteStorage } from '../remote/remote-storage.ts';
import type { PartitionName } from '../transactions/machine/transaction-state.ts';
import { checkDelays, unopenedDelays } from './check-delays.ts';
import { findOrphans } from './check-folders.ts';
import { type CommittedOffsets, checkMetadata } from './check-metadata.ts';
import { decideTransactions } from './decide-transactions.ts';
import { hangingOf, hangingText, openIn, readTransactionRows, undecidedText } from './open-transactions.ts';
import type { RemoteBlobs } from './remake-remote-list.ts';
import { repairLog } from './repair-log.ts';
import type { RepairReport } from './repair-report.ts';
import { restoreDelays } from './restore-delays.ts';
import { forgetTransactions, type RestoredMarker, restoreMarkers } from './restore-markers.ts';
import { restoreGone, restoreQueues } from './restore-queues.ts';
import { restoreSettings } from './restore-settings.ts';
import { restoreSmallRows } from './restore-small-rows.ts';
import { restoreTopics } from './restore-topics.ts';
import { readStoredLogs, type StoredTopic } from './stored-logs.ts';

type Options = Pick<
  OpenMessageQueueOptions,
  'directory' | 'metadataUrl' | 'blobsUrl' | 'topicDefaults' | 'world'
>;

/** Throws an Error while another process has the folder. */
export async function repairMessageQueue(
  { directory, metadataUrl, blobsUrl, topicDefaults = {}, world = realWorld() }: Options,
  { acceptLoss }: { readonly acceptLoss: boolean },
): Promise<RepairReport> {
  const unlock = await lockMessageQueue(world, directory);
  try {
    const sql = await openSql(metadataStore, {
      url: metadataUrl ?? `file:${directory}/metadata.sqlite`,
      world,
    });
    const storage = blobsUrl === undefined ? undefined : storageOf(blobsUrl, world);
    try {
      return await new Repair({ world, sql, storage, directory, acceptLoss }).run(topicDefaults);
    } finally {
      await storage?.close();
      await sql.close();
    }
  } finally {
    await unlock();
  }
}

/** Opened when something has to be read there: all else is repaired without it. */
function storageOf(url: string, world: World): RemoteStorage {
  const { log } = silentTelemetry();
  const counts = { read: () => {}, failed: () => {} };
  return new RemoteStorage({ open: () => openBlobs({ url, world }), clock: world.clock, log, counts });
}

type RepairParts = {
  readonly world: World;
  readonly sql: MetadataSql;
  readonly storage: RemoteStorage | undefined;
  readonly directory: string;
  readonly acceptLoss: boolean;
};

type LogName = { readonly where: string; readonly directory: string };
type Restored = {
  readonly markers: readonly RestoredMarker[];
  /** That the partition had; it may not remember it. */
  readonly startOffset: number;
};

class Repair {
  readonly #parts: RepairParts;
  readonly #report: RepairReport = {
    logs: 0,
    remadeFiles: [],
    removedLeftovers: [],
    cutTails: [],
    problems: [],
  };
  #leaderEpoch = 0;
  /** Of partitions, by their topic's id and their number. */
  readonly #producers = new Map<string, readonly ProducerState[]>();

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  async run(defaults: NonNullable<Options['topicDefaults']>): Promise<RepairReport> {
    const { sql, world, storage, directory } = this.#parts;
    await this.#restoreSettings(defaults);
    const newClusterId = world.random.bytes(16).toString('base64url');
    this.#leaderEpoch = (await sql.write('startBroker', { newClusterId })).leaderEpoch;
    const topicIds = await world.disk.list(`${directory}/partitions`).catch(() => []);
    for (const { name, detail, isRestored } of await restoreTopics(sql, topicIds))
      if (isRestored) this.#report.remadeFiles.push({ where: `topic ${name}`, file: 'its row', detail });
      else this.#problem(`topic ${name}`, detail);
    await this.#restoreRows();
    const committed: CommittedOffsets = new Map();
    const named = new Set(this.#report.problems.map(({ where }) => where));
    for await (const { severity, where, detail } of checkMetadata(sql, committed))
      if (severity === 'damage' && !named.has(where)) this.#problem(where, detail);
    const directories = { partitions: `${directory}/partitions`, queues: `${directory}/queues` };
    const { logs } = await findOrphans(world.disk, directories, () => readStoredLogs(sql, defaults));
    for (const { name, topicId, partitionCount, settings } of logs.topics)
      for (let index = 0; index < partitionCount; index++)
        await this.#repair({
          ...{ where: `topic ${name}/${index}`, config: settings, name: { topic: name, partition: index } },
          key: `${topicId}/${index}`,
          blobs: storage && { storage, prefix: blobPrefix({ topicId, index }) },
          directory: `${directories.partitions}/${topicId}/${index}`,
          knownEnd: committed.get(`${topicId}/${index}`)?.offset ?? 0,
        });
    for (const { name, id } of logs.queues)
      await this.#repair({
        ...{ where: `queue ${name}`, config: queuePartitionConfig, knownEnd: 0 },
        directory: `${directories.queues}/${id}`,
      });
    if (await sql.read('hasDelays', {})) await this.#lookAtDelays(logs.topics);
    return this.#report;
  }

  /** Rows are restored. A delayed record that is damaged itself has no copy: it is named, and the broker sets it aside. */
  async #lookAtDelays(topics: readonly StoredTopic[]): Promise<void> {
    const delayed = await openDelayStore(this.#parts).catch((error: unknown) => {
      const { where, detail } = unopenedDelays(error);
      this.#problem(where, detail);
    });
    if (delayed === undefined) return;
    try {
      const names = new Map<string, string>(topics.map(({ topicId, name }) => [topicId, name]));
      await this.#restoreDelays(delayed, names);
      for await (const { where, detail } of checkDelays(delayed, (topicId) => names.get(topicId)))
        this.#problem(where, detail);
    } finally {
      await delayed.close();
    }
  }

  async #restoreDelays(delayed: DelaySql, names: ReadonlyMap<string, string>): Promise<void> {
    const { acceptLoss } = this.#parts;
    const producerId = await delayed.read('findProducerId', {});
    const epochIn = (topicId: string, partition: number) =>
      this.#producers.get(`${topicId}/${partition}`)?.find((known) => known.producerId === producerId)
        ?.producerEpoch;
    const { restored, forgotten } = await restoreDelays(delayed, { names, acceptLoss, epochIn });
    this.#report.remadeFiles.push(...restored);
    for (const { where, detail } of forgotten)
      this.#report.problems.push({ where, detail, isResolved: true });
  }

  async #restoreSettings(defaults: SettingTexts): Promise<void> {
    const { sql, world, directory } = this.#parts;
    const directories = async () => {
      const { topics, queues } = await readStoredLogs(sql, defaults);
      const partitions = topics.flatMap(({ topicId, partitionCount }) =>
        Array.from({ length: partitionCount }, (_, index) => `${directory}/partitions/${topicId}/${index}`),
      );
      return [...partitions, ...queues.map(({ id }) => `${directory}/queues/${id}`)];
    };
    for (const { name, detail } of await restoreSettings(sql, { world, directories }))
      this.#report.remadeFiles.push({ where: 'metadata', file: `the setting ${name}`, detail });
  }

  async #restoreRows(): Promise<void> {
    const { sql, world, directory, acceptLoss } = this.#parts;
    const folders = await world.disk.list(`${directory}/queues`).catch(() => []);
    for (const { where, detail, isRestored } of await restoreQueues(sql, folders))
      if (isRestored) this.#report.remadeFiles.push({ where, file: 'its row', detail });
      else this.#problem(where, detail);
    for (const { where, detail, isRestored, isDropped } of await restoreGone(sql, { acceptLoss }))
      if (isRestored) this.#report.remadeFiles.push({ where, file: 'a row of what is gone', detail });
      else this.#report.problems.push({ where, detail, isResolved: isDropped });
    for (const { where, detail, isRestored, isDropped } of await restoreSmallRows(sql, { acceptLoss }))
      if (isRestored) this.#report.remadeFiles.push({ where, file: 'its row', detail });
      else this.#report.problems.push({ where, detail, isResolved: isDropped });
  }

  async #restoreMarkers({ where, directory }: LogName): Promise<Restored> {
    const { world } = this.#parts;
    try {
      const markers = await restoreMarkers(world, directory);
      for (const { offset, producerId } of markers) {
        const detail = `it ends a transaction of producer ${producerId}; its bytes had rotted`;
        this.#report.remadeFiles.push({ where, file: `the marker at offset ${offset}`, detail });
      }
      const startOffset = markers.length === 0 ? 0 : await forgetTransactions(world.disk, directory);
      return { markers, startOffset };
    } catch (error) {
      // Whatever it is, the repair of the log meets it too.
      if (!(error instanceof SegmentLogError || error instanceof PartitionError)) throw error;
      return { markers: [], startOffset: 0 };
    }
  }

  /** Nobody knows how they ended; readers of committed records wait at them until they did. */
  async #endHanging(
    partition: Pick<Partition, 'producers' | 'undecided' | 'endTransaction'>,
    { name, where, markers }: { name: PartitionName; where: string } & Pick<Restored, 'markers'>,
  ): Promise<void> {
    const coordinatorEpoch = this.#leaderEpoch;
    for (const one of partition.undecided()) this.#problem(where, undecidedText(one));
    // What a checkpoint calls open that a marker before it ended: its place is behind what is read.
    for (const { producerId, producerEpoch, firstOffset } of openIn(partition)) {
      const marker = markers.find((one) => one.producerId === producerId && one.offset > firstOffset);
      if (marker !== undefined)
        await partition.endTransaction({
          producerId,
          producerEpoch,
          coordinatorEpoch,
          commit: marker.commit,
        });
    }
    const open = openIn(partition);
    if (open.length === 0) return;
    const rows = await readTransactionRows(this.#parts.sql);
    // With a damaged row its own transaction may be what looks as if it had no end.
    const isAborted = this.#parts.acceptLoss && rows.damaged.length === 0;
    for (const one of hangingOf(open, rows, name)) {
      const text = hangingText(one, rows);
      if (!isAborted) {
        this.#problem(where, rows.damaged.length > 0 ? text : `${text}; --accept-loss aborts it`);
        continue;
      }
      const { producerId, producerEpoch } = one;
      await partition.endTransaction({ producerId, producerEpoch, coordinatorEpoch, commit: false });
      const detail = `${text}; it was aborted, and its records are lost to them`;
      this.#report.problems.push({ where, detail, isResolved: true });
    }
  }

  #problem(where: string, detail: string): void {
    this.#report.problems.push({ where, detail, isResolved: false });
  }

  /** A log that was never used has no folder. */
  async #repair({
    config,
    name,
    key,
    ...log
  }: {
    key?: string;
    /** Of a topic's partition, which may have transactions. */
    name?: PartitionName;
    where: string;
    directory: string;
    config: PartitionConfig;
    blobs?: RemoteBlobs | undefined;
    knownEnd: number;
  }): Promise<void> {
    const { world, acceptLoss } = this.#parts;
    if ((await world.disk.list(log.directory)).length === 0) return;
    this.#report.logs++;
    const nothing: Restored = { markers: [], startOffset: 0 };
    const restored = name === undefined ? nothing : await this.#restoreMarkers(log);
    const reopen = async (): Promise<void> => {
      if (name !== undefined) await decideTransactions(world, log.directory);
      const partition = await openPartition({
        ...{ world, directory: log.directory, config, leaderEpoch: this.#leaderEpoch },
        ...{ indexes: new IndexCache(1), log: silentTelemetry().log },
      });
      try {
        const { markers, startOffset } = restored;
        if (startOffset > partition.startOffset) await partition.deleteRecordsBefore(startOffset);
        if (key !== undefined) this.#producers.set(key, partition.producers());
        if (name !== undefined) await this.#endHanging(partition, { name, where: log.where, markers });
      } finally {
        await partition.close();
      }
    };
    const repair = { ...log, reopen };
    await repairLog(world, repair, { report: this.#report, acceptLoss });
  }
}
