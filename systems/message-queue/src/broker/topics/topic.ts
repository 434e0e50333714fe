// A topic as everyone in the process sees it. It changes by becoming another value: what was looked up stays as it was.

import type { Uuid } from '../../kafka/wire/values.ts';
import type { CompactionReport } from '../../partition/compaction/compact-partition.ts';
import type { Partition } from '../../partition/partition.ts';
import type { PartitionTiers } from '../../remote/partition-tiers.ts';
import type { SettingTexts, TopicSettings } from './topic-settings.ts';

export type Topic = {
  readonly name: string;
  readonly topicId: Uuid;
  readonly partitionCount: number;
  readonly createdMs: number;
  /** What was set for it. */
  readonly texts: SettingTexts;
  readonly settings: TopicSettings;
  /** Its row is damaged, so none of the above can be relied on: it is closed until a repair. */
  readonly isDamaged?: boolean;
};

export type TopicChange = {
  readonly kind: 'created' | 'deleted' | 'partitions' | 'configured';
  readonly topic: Topic;
};

export type NewTopic = {
  readonly name: string;
  /** The broker's default when absent. */
  readonly partitionCount?: number | undefined;
  readonly texts?: Readonly<Record<string, string | null>> | undefined;
};

/** A partition as the broker has it. */
export type OpenPartition = Partition & {
  configure(settings: TopicSettings): void;
  /** Seals, removes and writes down what is due. */
  upkeep(): Promise<void>;
  /** Part of what may be compacted that was not looked at yet, 0 to 1. */
  dirtyRatio(): Promise<number>;
  /** Compacts what is due, which may take long; undefined when nothing was. One call at a time. */
  compact(options: { readonly signal: AbortSignal }): Promise<CompactionReport | undefined>;
  /** Damage keeps it from being compacted. */
  readonly isUncleanable?: boolean;
  /** Makes everything durable, also with `durability=os`. */
  sync(): Promise<void>;
  /** What it has, and moves, in the blobs engine. */
  readonly tiers?: PartitionTiers | undefined;
};

export type PartitionOpener = (request: {
  readonly directory: string;
  readonly topicId: Uuid;
  readonly index: number;
  readonly config: TopicSettings;
  readonly leaderEpoch: number;
  /** To be called once when it takes no more writes: it is closed, and opened again when it is next wanted. */
  readonly onFailed: () => void;
}) => Promise<OpenPartition>;
