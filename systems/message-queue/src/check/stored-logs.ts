// The logs that metadata names: partitions of topics, and queues.

import { silentLog } from '@cairn/telemetry';
import { BrokerConfigs } from '../broker/topics/broker-configs.ts';
import { type SettingTexts, settingsOf } from '../broker/topics/topic-settings.ts';
import type { Uuid } from '../kafka/wire/values.ts';
import type { MetadataSql } from '../metadata/store.ts';

export type StoredTopic = {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionCount: number;
  readonly settings: ReturnType<typeof settingsOf>;
};
export type StoredQueue = { readonly name: string; readonly id: string };

export type StoredLogs = {
  readonly topics: readonly StoredTopic[];
  readonly queues: readonly StoredQueue[];
  /** By id, those of topics that are being removed too. */
  readonly partitionsOf: ReadonlyMap<string, number>;
  readonly queueIds: ReadonlySet<string>;
};

/** Topics whose rows are damaged are not among them; their folders are named all the same. */
export async function readStoredLogs(sql: MetadataSql, started: SettingTexts): Promise<StoredLogs> {
  // Of a damaged row `check` tells by itself.
  const { defaults } = await BrokerConfigs.open({ sql, started, log: silentLog });
  const rows = await sql.read('listTopics', {});
  const deletions = await sql.read('listTopicDeletions', {});
  const queues = await sql.read('listQueues', {});
  const deleted = await sql.read('listQueueDeletions', {});
  const topics = rows
    .filter(({ isIntact }) => isIntact)
    .map(({ name, id, partitions, configuration }) => ({
      ...{ name, topicId: id as Uuid, partitionCount: partitions },
      settings: settingsOf(JSON.parse(configuration) as SettingTexts, defaults),
    }));
  return {
    topics,
    queues: queues.map(({ name, id }) => ({ name, id })),
    partitionsOf: new Map([...rows, ...deletions].map(({ id, partitions }) => [id, partitions])),
    queueIds: new Set([...queues.map(({ id }) => id), ...deleted]),
  };
}
