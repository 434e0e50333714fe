// What is due, and how far a partition's delivery is: which records are being appended under which sequence is durable
// before they are, so that after a crash the same batch is appended again and known by the partition.

import { crc32 } from 'node:zlib';
import { SqlError, type Transaction } from '@cairn/engines';
import { statement } from './delay-tables.ts';
import { type DeliveryRow, deliveryCrc, isRight, type RecordRow, recordRowCrc } from './row-checksums.ts';
import type { PartitionName } from './taking-in.ts';

export type Claim = {
  readonly epoch: number;
  readonly sequence: number;
  readonly claimedMs: number;
  readonly records: readonly { readonly dueMs: number; readonly record: Uint8Array }[];
};
export type ClaimAnswer = {
  readonly claim: Claim | undefined;
  /** Of what is not claimed. */
  readonly nextDueMs: number | undefined;
  /** Ids of records that were set aside. */
  readonly damaged: readonly number[];
};
export type PendingPartition = PartitionName & { readonly count: number; readonly nextDueMs: number };

const sequences = 2 ** 31;
/** No record may ask for it: what is set aside has it. */
const never = Number.MAX_SAFE_INTEGER;
const place = { topic_id: 'text', partition: 'integer' } as const;

const selectDelivery = statement(place, (db, p) =>
  db
    .selectFrom('delivery')
    .selectAll()
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition),
);
const upsertDelivery = statement(
  {
    ...place,
    producer_epoch: 'integer',
    next_sequence: 'integer',
    claimed: 'text',
    claimed_ms: 'integer',
    row_crc: 'integer',
  },
  (db, p) =>
    db
      .insertInto('delivery')
      .values(p)
      .onConflict((conflict) =>
        conflict.columns(['topic_id', 'partition']).doUpdateSet({
          producer_epoch: p.producer_epoch,
          next_sequence: p.next_sequence,
          claimed: p.claimed,
          claimed_ms: p.claimed_ms,
          row_crc: p.row_crc,
        }),
      ),
);
const selectDue = statement({ ...place, due_ms: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('delayed_record')
    .select(['id', 'size_bytes'])
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition)
    .where('due_ms', '<=', p.due_ms)
    .orderBy('due_ms')
    .orderBy('id')
    .limit(p.limit),
);
const selectNext = statement({ ...place, due_ms: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('delayed_record')
    .select('due_ms')
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition)
    .where('due_ms', '<', p.due_ms)
    .orderBy('due_ms')
    .limit(p.limit),
);
const selectRecord = statement({ id: 'integer' }, (db, p) =>
  db.selectFrom('delayed_record').selectAll().where('id', '=', p.id),
);
const removeRecord = statement({ id: 'integer' }, (db, p) =>
  db.deleteFrom('delayed_record').where('id', '=', p.id),
);
const selectDeliveries = statement({}, (db) => db.selectFrom('delivery').selectAll());
const setAside = statement({ id: 'integer', due_ms: 'integer', set_aside_due_ms: 'integer' }, (db, p) =>
  db
    .updateTable('delayed_record')
    .set({ due_ms: p.due_ms, set_aside_due_ms: p.set_aside_due_ms })
    .where('id', '=', p.id),
);
const selectPending = statement({ due_ms: 'integer' }, (db, p) =>
  db
    .selectFrom('delayed_record')
    .select(({ fn }) => [
      'topic_id',
      'partition',
      fn.countAll<number>().as('count'),
      fn.min<number>('due_ms').as('next_due_ms'),
    ])
    .where('due_ms', '<', p.due_ms)
    .groupBy(['topic_id', 'partition'])
    .orderBy('topic_id')
    .orderBy('partition'),
);
const selectSome = statement({ topic_id: 'text', due_ms: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('delayed_record')
    .select(['id', 'topic_id', 'partition', 'due_ms', 'size_bytes', 'record_crc', 'row_crc'])
    .where('topic_id', '=', p.topic_id)
    .where('due_ms', '<', p.due_ms)
    .limit(p.limit),
);
const selectSetAside = statement({ topic_id: 'text', due_ms: 'integer' }, (db, p) =>
  db
    .selectFrom('delayed_record')
    .select(['id', 'topic_id', 'partition', 'size_bytes', 'record_crc', 'row_crc', 'set_aside_due_ms'])
    .where('topic_id', '=', p.topic_id)
    .where('due_ms', '=', p.due_ms),
);
const removeBatches = statement({ topic_id: 'text' }, (db, p) =>
  db.deleteFrom('delayed_batch').where('topic_id', '=', p.topic_id),
);
const removeDeliveries = statement({ topic_id: 'text' }, (db, p) =>
  db.deleteFrom('delivery').where('topic_id', '=', p.topic_id),
);
const selectTopics = statement({}, (db) => db.selectFrom('delivery').select('topic_id').distinct());
const selectNotedTopics = statement({}, (db) => db.selectFrom('delayed_batch').select('topic_id').distinct());

export type ClaimRequest = PartitionName & {
  readonly nowMs: number;
  readonly recordsMax: number;
  readonly bytesMax: number;
  /** The claim that was appended: its records are removed. */
  readonly delivered: Pick<Claim, 'epoch' | 'sequence'> | undefined;
};

/** The claim that is not delivered, or a new one of what is due. */
export function* claimDue(request: ClaimRequest): Transaction<ClaimAnswer> {
  const { topicId: topic_id, partition, nowMs: claimed_ms, delivered } = request;
  let delivery: DeliveryRow = (yield* soundDelivery(request)) ?? {
    ...{ topic_id, partition, producer_epoch: 0, next_sequence: 0, claimed: '', claimed_ms },
  };
  const isDelivered =
    delivered?.epoch === delivery.producer_epoch && delivered.sequence === delivery.next_sequence;
  if (isDelivered) {
    const ids = idsOf(delivery.claimed);
    for (const id of ids) yield* removeRecord.run({ id });
    delivery = { ...delivery, next_sequence: (delivery.next_sequence + ids.length) % sequences, claimed: '' };
  }
  const damaged: number[] = [];
  if (delivery.claimed === '') {
    const ids = yield* soundDue(request, damaged);
    delivery = { ...delivery, claimed: ids.length === 0 ? '' : JSON.stringify(ids), claimed_ms };
  }
  const ids = idsOf(delivery.claimed);
  if (isDelivered || ids.length > 0) yield* upsertDelivery.run(sealed(delivery));
  const records: Claim['records'][number][] = [];
  for (const id of ids) {
    const row = yield* selectRecord.first({ id });
    if (row !== undefined) records.push({ dueMs: row.due_ms, record: row.record });
  }
  const { producer_epoch: epoch, next_sequence: sequence } = delivery;
  const claim =
    records.length === 0 ? undefined : { epoch, sequence, claimedMs: delivery.claimed_ms, records };
  const next =
    claim === undefined
      ? yield* selectNext.first({ topic_id, partition, due_ms: never, limit: 1 })
      : undefined;
  return { claim, nextDueMs: next?.due_ms, damaged };
}

/**
 * How far the delivery of a partition is; undefined before its first. Throws SqlError `corrupt` when its row is damaged, or may be
 * one that is: under a sequence that the partition has, records would count as delivered that it never got.
 */
function* soundDelivery({
  topicId: topic_id,
  partition,
}: PartitionName): Transaction<DeliveryRow | undefined> {
  const found = yield* selectDelivery.first({ topic_id, partition });
  const asked = found === undefined ? yield* selectDeliveries.all({}) : [found];
  const damaged = asked.find((row) => !isRight(row.row_crc, deliveryCrc(row)));
  if (damaged === undefined) return found;
  const detail =
    found === undefined
      ? `the row of ${damaged.topic_id}/${damaged.partition} does not match its checksum, and may be of this partition`
      : 'its row does not match its checksum';
  throw new SqlError('corrupt', { attempted: `deliver what is due in ${topic_id}/${partition}`, detail });
}

function sealed({ topic_id, partition, producer_epoch, next_sequence, claimed, claimed_ms }: DeliveryRow) {
  const row = { topic_id, partition, producer_epoch, next_sequence, claimed, claimed_ms };
  return { ...row, row_crc: deliveryCrc(row) };
}

/** Ids of what is due, up to both bounds, one at least. Rows that are not what was written are set aside. */
function* soundDue(request: ClaimRequest, damaged: number[]): Transaction<readonly number[]> {
  const { topicId: topic_id, partition, nowMs: due_ms, recordsMax: limit, bytesMax } = request;
  const ids: number[] = [];
  let sizeBytes = 0;
  for (const { id, size_bytes } of yield* selectDue.all({ topic_id, partition, due_ms, limit })) {
    if (ids.length > 0 && sizeBytes + size_bytes > bytesMax) break;
    const row = yield* selectRecord.first({ id });
    if (row === undefined || !isRecordRight(row)) {
      yield* setAside.run({ id, due_ms: never, set_aside_due_ms: row?.due_ms ?? never });
      damaged.push(id);
      continue;
    }
    sizeBytes += size_bytes;
    ids.push(id);
  }
  return ids;
}

/** The partition lost what was appended: what is claimed goes there as the first of a new epoch. */
export function* beginEpoch({ topicId: topic_id, partition }: PartitionName): Transaction<void> {
  const found = yield* soundDelivery({ topicId: topic_id, partition });
  if (found === undefined) return;
  yield* upsertDelivery.run(sealed({ ...found, producer_epoch: found.producer_epoch + 1, next_sequence: 0 }));
}

/** Partitions that have something to come. */
export function* listPending(_input: Record<string, never>): Transaction<readonly PendingPartition[]> {
  const rows = yield* selectPending.all({ due_ms: never });
  return rows.map(({ topic_id: topicId, partition, count, next_due_ms: nextDueMs }) => ({
    ...{ topicId, partition, count, nextDueMs },
  }));
}

/** Topics that anything here is of. */
export function* listDelayTopics(_input: Record<string, never>): Transaction<readonly string[]> {
  const rows = [...(yield* selectTopics.all({})), ...(yield* selectNotedTopics.all({}))];
  return [...new Set(rows.map(({ topic_id }) => topic_id))];
}

/**
 * Removes rows of a topic that is gone, some at a time. One that does not match its checksum may be of another, whose id rotted:
 * it is set aside.
 */
export function* forgetTopic(input: {
  readonly topicId: string;
  readonly rowsMax: number;
}): Transaction<{ readonly count: number; readonly isDone: boolean }> {
  const { topicId: topic_id, rowsMax: limit } = input;
  const rows = yield* selectSome.all({ topic_id, due_ms: never, limit });
  for (const row of rows) {
    const { id, due_ms: set_aside_due_ms } = row;
    if (isRight(row.row_crc, recordRowCrc(row))) yield* removeRecord.run({ id });
    else yield* setAside.run({ id, due_ms: never, set_aside_due_ms });
  }
  const count = rows.length;
  if (count === limit) return { count, isDone: false };
  for (const { set_aside_due_ms: due_ms, ...row } of yield* selectSetAside.all({ topic_id, due_ms: never }))
    if (due_ms === null || isRight(row.row_crc, recordRowCrc({ ...row, due_ms })))
      yield* removeRecord.run({ id: row.id });
  yield* removeBatches.run({ topic_id });
  if (yield* hasSoundDelivery(topic_id)) yield* removeDeliveries.run({ topic_id });
  return { count, isDone: true };
}

/** False: one of its rows may be of another topic, whose id rotted. */
function* hasSoundDelivery(topicId: string): Transaction<boolean> {
  const rows = (yield* selectDeliveries.all({})).filter(({ topic_id }) => topic_id === topicId);
  return rows.every((row) => isRight(row.row_crc, deliveryCrc(row)));
}

function isRecordRight(row: RecordRow & { record: Uint8Array; row_crc: number | null }): boolean {
  return crc32(row.record) === row.record_crc && isRight(row.row_crc, recordRowCrc(row));
}

function idsOf(claimed: string): readonly number[] {
  return claimed === '' ? [] : JSON.parse(claimed);
}
