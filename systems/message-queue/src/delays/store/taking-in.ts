// Takes delayed records in: all of a gathering in one transaction, with what says that they are there.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { isAhead, type LastSequence } from '../producer-standings.ts';
import { statement } from './delay-tables.ts';
import { recordRowCrc } from './row-checksums.ts';

export type PartitionName = { readonly topicId: string; readonly partition: number };
export type NewDelayedRecord = PartitionName & { readonly dueMs: number; readonly record: Uint8Array };
/** The delayed records of one batch. */
export type DelayedBatch = {
  readonly producer?: BatchProducer | undefined;
  readonly records: readonly NewDelayedRecord[];
};
/** Of an idempotent producer, with what its partition has of it. */
export type BatchProducer = {
  readonly id: number;
  readonly epoch: number;
  readonly baseSequence: number;
  readonly has: LastSequence | undefined;
};

const selectNumber = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('delay_number').select('value').where('name', '=', p.name),
);
const upsertNumber = statement({ name: 'text', value: 'integer' }, (db, p) =>
  db
    .insertInto('delay_number')
    .values(p)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: p.value })),
);
const insertRecord = statement(
  {
    id: 'integer',
    topic_id: 'text',
    partition: 'integer',
    due_ms: 'integer',
    size_bytes: 'integer',
    record_crc: 'integer',
    row_crc: 'integer',
    record: 'blob',
  },
  (db, p) => db.insertInto('delayed_record').values(p),
);
const selectBatches = statement({ topic_id: 'text', partition: 'integer', producer_id: 'integer' }, (db, p) =>
  db
    .selectFrom('delayed_batch')
    .select(['producer_epoch', 'base_sequence'])
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition)
    .where('producer_id', '=', p.producer_id),
);
const batchColumns = {
  topic_id: 'text',
  partition: 'integer',
  producer_id: 'integer',
  producer_epoch: 'integer',
  base_sequence: 'integer',
} as const;
const insertBatch = statement({ ...batchColumns, seen_ms: 'integer' }, (db, p) =>
  db.insertInto('delayed_batch').values(p),
);
const removeBatch = statement(batchColumns, (db, p) =>
  db
    .deleteFrom('delayed_batch')
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition)
    .where('producer_id', '=', p.producer_id)
    .where('producer_epoch', '=', p.producer_epoch)
    .where('base_sequence', '=', p.base_sequence),
);
const removeOldBatches = statement({ seen_ms: 'integer' }, (db, p) =>
  db.deleteFrom('delayed_batch').where('seen_ms', '<', p.seen_ms),
);

/** Of each batch, whether its records were taken in: not those that are there since an earlier attempt. */
export function* takeIn(input: {
  readonly origin: PartitionName;
  readonly batches: readonly DelayedBatch[];
  readonly nowMs: number;
}): Transaction<readonly boolean[]> {
  const { origin, batches, nowMs } = input;
  const firstId = (yield* selectNumber.first({ name: 'next-id' }))?.value ?? 1;
  let id = firstId;
  const outcomes: boolean[] = [];
  for (const { producer, records } of batches) {
    const isNew = producer === undefined || (yield* noteBatch(origin, producer, nowMs));
    outcomes.push(isNew);
    if (!isNew) continue;
    for (const { topicId: topic_id, partition, dueMs: due_ms, record } of records) {
      const sealed = { size_bytes: record.length, record_crc: crc32(record) };
      const row = { id, topic_id, partition, due_ms, ...sealed };
      yield* insertRecord.run({ ...row, row_crc: recordRowCrc(row), record });
      id += 1;
    }
  }
  if (id > firstId) yield* upsertNumber.run({ name: 'next-id', value: id });
  return outcomes;
}

/** False for a batch that is noted already. What the partition has of the producer needs no note any more. */
function* noteBatch(origin: PartitionName, producer: BatchProducer, seen_ms: number): Transaction<boolean> {
  const { epoch, baseSequence, has } = producer;
  const place = { topic_id: origin.topicId, partition: origin.partition, producer_id: producer.id };
  let isNew = true;
  for (const noted of yield* selectBatches.all(place)) {
    if (noted.producer_epoch === epoch && noted.base_sequence === baseSequence) isNew = false;
    else if (has !== undefined && isHeld(has, noted)) yield* removeBatch.run({ ...place, ...noted });
  }
  if (isNew)
    yield* insertBatch.run({ ...place, producer_epoch: epoch, base_sequence: baseSequence, seen_ms });
  return isNew;
}

function isHeld(
  has: LastSequence,
  { producer_epoch, base_sequence }: { readonly producer_epoch: number; readonly base_sequence: number },
): boolean {
  if (producer_epoch !== has.epoch) return producer_epoch < has.epoch;
  return has.lastSequence >= 0 && !isAhead(base_sequence, has.lastSequence);
}

/** Notes from before a time: nobody repeats a batch of then. */
export function* forgetBatches({ seenBeforeMs }: { seenBeforeMs: number }): Transaction<void> {
  yield* removeOldBatches.run({ seen_ms: seenBeforeMs });
}

/** The broker's producer id: this one, unless there is one. */
export function* claimProducerId({ producerId }: { producerId: number }): Transaction<number> {
  const known = yield* selectNumber.first({ name: 'producer-id' });
  if (known !== undefined) return known.value;
  yield* upsertNumber.run({ name: 'producer-id', value: producerId });
  return producerId;
}

export function* findProducerId(_input: Record<string, never>): Transaction<number | undefined> {
  return (yield* selectNumber.first({ name: 'producer-id' }))?.value;
}
