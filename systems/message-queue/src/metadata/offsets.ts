// Transactions on committed offsets, and on those of transactions that are not ended. A damaged row is told as such when it
// is read: a wrong offset would skip messages, or repeat them, without anybody knowing.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { type GroupTables, statement } from './group-tables.ts';

export type OffsetInput = {
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly committedMs: number;
};
export type PartitionName = { readonly topicId: string; readonly partition: number };
export type FoundOffset = PartitionName & {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly isIntact: boolean;
};
export type FoundOffsets = {
  readonly committed: readonly FoundOffset[];
  /** Partitions that an open transaction has offsets for. */
  readonly unstable: readonly PartitionName[];
};

const partitionKey = { group_id: 'text', topic_id: 'text', partition: 'integer' } as const;
const offsetColumns = {
  ...partitionKey,
  committed_offset: 'integer',
  leader_epoch: 'integer',
  metadata: 'text',
  committed_ms: 'integer',
  row_crc: 'integer',
} as const;
const key = ['group_id', 'topic_id', 'partition'] as const;

const upsertOffset = statement(offsetColumns, (db, p) =>
  db
    .insertInto('committed_offset')
    .values(p)
    .onConflict((conflict) =>
      conflict.columns(key).doUpdateSet({
        committed_offset: p.committed_offset,
        leader_epoch: p.leader_epoch,
        metadata: p.metadata,
        committed_ms: p.committed_ms,
        row_crc: p.row_crc,
      }),
    ),
);
const upsertPending = statement({ ...offsetColumns, producer_id: 'integer' }, (db, p) =>
  db
    .insertInto('pending_offset')
    .values(p)
    .onConflict((conflict) =>
      conflict.columns([...key, 'producer_id']).doUpdateSet({
        committed_offset: p.committed_offset,
        leader_epoch: p.leader_epoch,
        metadata: p.metadata,
        committed_ms: p.committed_ms,
        row_crc: p.row_crc,
      }),
    ),
);
const selectOffset = statement(partitionKey, (db, p) =>
  db
    .selectFrom('committed_offset')
    .selectAll()
    .where('group_id', '=', p.group_id)
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition),
);
const selectOffsetsOf = statement({ group_id: 'text' }, (db, p) =>
  db
    .selectFrom('committed_offset')
    .selectAll()
    .where('group_id', '=', p.group_id)
    .orderBy('topic_id')
    .orderBy('partition'),
);
const selectAny = statement({ group_id: 'text' }, (db, p) =>
  db.selectFrom('committed_offset').select('partition').where('group_id', '=', p.group_id),
);
const selectAnyPending = statement({ group_id: 'text' }, (db, p) =>
  db.selectFrom('pending_offset').select('partition').where('group_id', '=', p.group_id),
);
const selectPendingOf = statement({ group_id: 'text' }, (db, p) =>
  db.selectFrom('pending_offset').select(['topic_id', 'partition']).where('group_id', '=', p.group_id),
);
const selectPending = statement(partitionKey, (db, p) =>
  db
    .selectFrom('pending_offset')
    .select('producer_id')
    .where('group_id', '=', p.group_id)
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition),
);
const selectPendingBy = statement({ producer_id: 'integer' }, (db, p) =>
  db.selectFrom('pending_offset').selectAll().where('producer_id', '=', p.producer_id),
);
const removePendingBy = statement({ producer_id: 'integer' }, (db, p) =>
  db.deleteFrom('pending_offset').where('producer_id', '=', p.producer_id),
);
const removeOffset = statement(partitionKey, (db, p) =>
  db
    .deleteFrom('committed_offset')
    .where('group_id', '=', p.group_id)
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition),
);
const removeOffsets = statement({ group_id: 'text' }, (db, p) =>
  db.deleteFrom('committed_offset').where('group_id', '=', p.group_id),
);
const removePendings = statement({ group_id: 'text' }, (db, p) =>
  db.deleteFrom('pending_offset').where('group_id', '=', p.group_id),
);
const selectOld = statement({ ...partitionKey, before_ms: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('committed_offset')
    .select(['topic_id', 'partition'])
    .where('group_id', '=', p.group_id)
    .where((where) =>
      where.or([
        where('topic_id', '>', p.topic_id),
        where.and([where('topic_id', '=', p.topic_id), where('partition', '>', p.partition)]),
      ]),
    )
    .where('committed_ms', '<', p.before_ms)
    .orderBy('topic_id')
    .orderBy('partition')
    .limit(p.limit),
);
const selectTopics = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('committed_offset')
    .select('topic_id')
    .distinct()
    .where('topic_id', '>', p.after)
    .orderBy('topic_id')
    .limit(p.limit),
);
const selectOfTopic = statement({ topic_id: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('committed_offset')
    .select(['group_id', 'partition'])
    .where('topic_id', '=', p.topic_id)
    .limit(p.limit),
);
const removePendingOfTopic = statement({ topic_id: 'text' }, (db, p) =>
  db.deleteFrom('pending_offset').where('topic_id', '=', p.topic_id),
);

export function* putOffset(groupId: string, input: OffsetInput): Transaction<void> {
  yield* upsertOffset.run(rowOf(groupId, input));
}

export function* putPendingOffset(
  groupId: string,
  { producerId, ...input }: OffsetInput & { readonly producerId: number },
): Transaction<void> {
  yield* upsertPending.run({ ...rowOf(groupId, input), producer_id: producerId });
}

/** Of these partitions; `withPending` also says which of them are unstable. */
export function* findOffsets({
  groupId,
  partitions,
  withPending,
}: {
  groupId: string;
  partitions: readonly PartitionName[];
  withPending: boolean;
}): Transaction<FoundOffsets> {
  const committed: FoundOffset[] = [];
  const unstable: PartitionName[] = [];
  for (const { topicId, partition } of partitions) {
    const name = { group_id: groupId, topic_id: topicId, partition };
    const row = yield* selectOffset.first(name);
    if (row !== undefined) committed.push(found(row));
    if (withPending && (yield* selectPending.first(name)) !== undefined)
      unstable.push({ topicId, partition });
  }
  return { committed, unstable };
}

/** All of a group, by topic and partition. */
export function* findGroupOffsets({ groupId }: { groupId: string }): Transaction<FoundOffsets> {
  const rows = yield* selectOffsetsOf.all({ group_id: groupId });
  const pending = yield* selectPendingOf.all({ group_id: groupId });
  return {
    committed: rows.map(found),
    unstable: pending.map((row) => ({ topicId: row.topic_id, partition: row.partition })),
  };
}

export function* selectAnyOffset(groupId: string): Transaction<boolean> {
  if ((yield* selectAny.first({ group_id: groupId })) !== undefined) return true;
  return (yield* selectAnyPending.first({ group_id: groupId })) !== undefined;
}

export function* hasOffsets({ groupId }: { groupId: string }): Transaction<boolean> {
  return yield* selectAnyOffset(groupId);
}

export function* removeOffsetsOf(groupId: string): Transaction<void> {
  yield* removeOffsets.run({ group_id: groupId });
  yield* removePendings.run({ group_id: groupId });
}

export function* deleteOffsets({
  groupId,
  partitions,
}: {
  groupId: string;
  partitions: readonly PartitionName[];
}): Transaction<void> {
  for (const { topicId, partition } of partitions)
    yield* removeOffset.run({ group_id: groupId, topic_id: topicId, partition });
}

/** Ends a producer's transaction in all groups. Repeating it changes nothing. */
export function* completeOffsets({
  producerId,
  commit,
}: {
  producerId: number;
  commit: boolean;
}): Transaction<void> {
  if (commit) {
    for (const { producer_id: _, ...row } of yield* selectPendingBy.all({ producer_id: producerId }))
      yield* upsertOffset.run(row);
  }
  yield* removePendingBy.run({ producer_id: producerId });
}

export type ExpireInput = {
  readonly groupId: string;
  readonly beforeMs: number;
  /** Topics that the group is subscribed to. */
  readonly keep: readonly string[];
  /** Only those behind it. */
  readonly after: PartitionName;
  readonly limit: number;
};

/** One bounded step; gives what the next one goes on behind, undefined at the end. */
export function* expireOffsets(input: ExpireInput): Transaction<PartitionName | undefined> {
  const { groupId: group_id, beforeMs: before_ms, after, limit } = input;
  const keep = new Set(input.keep);
  const old = yield* selectOld.all({
    group_id,
    topic_id: after.topicId,
    partition: after.partition,
    before_ms,
    limit,
  });
  for (const { topic_id, partition } of old)
    if (!keep.has(topic_id)) yield* removeOffset.run({ group_id, topic_id, partition });
  const last = old.at(-1);
  return last && old.length === limit ? { topicId: last.topic_id, partition: last.partition } : undefined;
}

/** Topics that any group has offsets of. */
export function* listOffsetTopics(input: { after: string; limit: number }): Transaction<readonly string[]> {
  return (yield* selectTopics.all(input)).map((row) => row.topic_id);
}

/** One bounded step; true when there may be more. */
export function* forgetTopicOffsets(input: { topicId: string; limit: number }): Transaction<boolean> {
  const { topicId: topic_id, limit } = input;
  const rows = yield* selectOfTopic.all({ topic_id, limit });
  for (const { group_id, partition } of rows) yield* removeOffset.run({ group_id, topic_id, partition });
  if (rows.length === limit) return true;
  yield* removePendingOfTopic.run({ topic_id });
  return false;
}

type OffsetRow = GroupTables['committed_offset'];

function rowOf(groupId: string, input: OffsetInput): OffsetRow {
  const row = {
    group_id: groupId,
    topic_id: input.topicId,
    partition: input.partition,
    committed_offset: input.offset,
    leader_epoch: input.leaderEpoch,
    metadata: storedMetadata(input.metadata),
    committed_ms: input.committedMs,
  };
  return { ...row, row_crc: crcOf(row) };
}

function found(row: OffsetRow): FoundOffset {
  return {
    topicId: row.topic_id,
    partition: row.partition,
    offset: row.committed_offset,
    leaderEpoch: row.leader_epoch,
    metadata: metadataOf(row.metadata),
    isIntact: row.row_crc === crcOf(row),
  };
}

const encodedMark = '\u0001';

/** What clients say with an offset may hold NUL (C's strings with their end), which PostgreSQL's text may not. */
function storedMetadata(metadata: string): string {
  if (!metadata.includes('\0') && !metadata.startsWith(encodedMark)) return metadata;
  return encodedMark + Buffer.from(metadata).toString('base64');
}

function metadataOf(stored: string): string {
  return stored.startsWith(encodedMark) ? Buffer.from(stored.slice(1), 'base64').toString() : stored;
}

function crcOf(row: Omit<OffsetRow, 'row_crc'>): number {
  const { group_id, topic_id, partition, committed_offset, leader_epoch, metadata } = row;
  return crc32(`${group_id}\0${topic_id}\0${partition}\0${committed_offset}\0${leader_epoch}\0${metadata}`);
}
