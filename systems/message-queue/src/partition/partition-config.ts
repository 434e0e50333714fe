// What a topic's configuration says of each of its partitions, parsed.

import type { Compression } from '../batch/batch-header.ts';

export type Durability = 'synced' | 'os';

export type PartitionConfig = {
  /** `segment.bytes`. A segment holds at least one append. */
  readonly segmentBytesMax: number;
  /** `segment.ms`: a segment is sealed when its first batch is so old. */
  readonly segmentMs: number;
  /** `max.message.bytes`: of a batch. */
  readonly batchBytesMax: number;
  /** `compression.type`; absent for as producers pack their batches. */
  readonly compression?: Compression | undefined;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  /** `message.timestamp.before.max.ms` and `.after.max.ms`: how far a timestamp may be from the broker's clock. */
  readonly timestampBeforeMsMax: number;
  readonly timestampAfterMsMax: number;
  readonly durability: Durability;
  /** `retention.ms` and `retention.bytes`; infinite for no bound. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  /** `remote.storage.enable` and what belongs to it; absent when that is off. */
  readonly remote?: RemoteConfig | undefined;
  /** `cleanup.policy` holds `delete`, `compact`. */
  readonly isDeleted: boolean;
  readonly isCompacted: boolean;
  /** `min.cleanable.dirty.ratio`, 0 to 1. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms` and `max.compaction.lag.ms`. */
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  /** `delete.retention.ms`: how long a tombstone is kept once it was compacted. */
  readonly deleteRetentionMs: number;
};

export type RemoteConfig = {
  /** Not `remote.log.copy.disable`. */
  readonly isCopied: boolean;
  /** `local.retention.ms` and `local.retention.bytes`. */
  readonly localRetentionMs: number;
  readonly localRetentionBytes: number;
};
