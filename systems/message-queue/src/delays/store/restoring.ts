// What a repair writes in the place of rows that are damaged.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { statement } from './delay-tables.ts';
import { type DeliveryRow, deliveryCrc, isRight, type RecordRow, recordRowCrc } from './row-checksums.ts';

const selectRecord = statement({ id: 'integer' }, (db, p) =>
  db.selectFrom('delayed_record').selectAll().where('id', '=', p.id),
);
const updateRecord = statement(
  {
    ...{ id: 'integer', row_id: 'integer', topic_id: 'text', partition: 'integer', due_ms: 'integer' },
    ...{ size_bytes: 'integer', record_crc: 'integer', row_crc: 'integer', set_aside_due_ms: 'integer?' },
  },
  (db, p) =>
    db
      .updateTable('delayed_record')
      .set({
        ...{ id: p.row_id, topic_id: p.topic_id, partition: p.partition, due_ms: p.due_ms },
        ...{ size_bytes: p.size_bytes, record_crc: p.record_crc, row_crc: p.row_crc },
        set_aside_due_ms: p.set_aside_due_ms,
      })
      .where('id', '=', p.id),
);
const place = { topic_id: 'text', partition: 'integer' } as const;
const selectDelivery = statement(place, (db, p) =>
  db
    .selectFrom('delivery')
    .selectAll()
    .where('topic_id', '=', p.topic_id)
    .where('partition', '=', p.partition),
);
const removeDelivery = statement(place, (db, p) =>
  db.deleteFrom('delivery').where('topic_id', '=', p.topic_id).where('partition', '=', p.partition),
);
const insertDelivery = statement(
  {
    ...place,
    ...{ producer_epoch: 'integer', next_sequence: 'integer', claimed: 'text', claimed_ms: 'integer' },
    row_crc: 'integer',
  },
  (db, p) => db.insertInto('delivery').values(p),
);

/** False when the row is not damaged any more, its record is, or another has the id by now. */
export function* restoreDelayed(input: { id: number; row: RecordRow }): Transaction<boolean> {
  const { id, row } = input;
  const damaged = yield* selectRecord.first({ id });
  if (damaged === undefined || crc32(damaged.record) !== row.record_crc) return false;
  if (isRight(damaged.row_crc, recordRowCrc(damaged))) return false;
  if (row.id !== id && (yield* selectRecord.first({ id: row.id })) !== undefined) return false;
  const row_crc = recordRowCrc(row);
  yield* updateRecord.run({ ...row, id, row_id: row.id, row_crc, set_aside_due_ms: null });
  return true;
}

/** False when the row is not damaged any more, or there is another of its partition by now. */
export function* restoreDelivery(input: {
  damaged: Pick<DeliveryRow, 'topic_id' | 'partition'>;
  row: DeliveryRow;
}): Transaction<boolean> {
  const { row } = input;
  const damaged = placeOf(input.damaged);
  const found = yield* selectDelivery.first(damaged);
  if (found === undefined || isRight(found.row_crc, deliveryCrc(found))) return false;
  const isMoved = row.topic_id !== damaged.topic_id || row.partition !== damaged.partition;
  if (isMoved && (yield* selectDelivery.first(placeOf(row))) !== undefined) return false;
  yield* removeDelivery.run(damaged);
  yield* insertDelivery.run({ ...row, row_crc: deliveryCrc(row) });
  return true;
}

function placeOf({ topic_id, partition }: Pick<DeliveryRow, 'topic_id' | 'partition'>) {
  return { topic_id, partition };
}
