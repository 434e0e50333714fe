// What a queue remembers of its messages: which are gone, and how often some were received.

import type { Transaction } from '@cairn/engines';
import type { QueueRows } from '../queues/queue-journal.ts';
import type { ReceiveCount } from '../queues/queue-state.ts';
import { type GoneRow, goneCrc, isRight, receivedCrc } from './queue-checksums.ts';
import { statement } from './queue-tables.ts';

const selectGone = statement({ queue: 'text' }, (db, p) =>
  db
    .selectFrom('queue_gone')
    .select(['queue', 'first_offset as first', 'last_offset as last', 'row_crc'])
    .where('queue', '=', p.queue)
    .orderBy('first_offset'),
);
const selectStrayGone = statement({}, (db) =>
  db
    .selectFrom('queue_gone')
    .select(['queue', 'first_offset as first', 'last_offset as last', 'row_crc'])
    .where('queue', 'not in', (of) => of.selectFrom('queue').select('id'))
    .where('queue', 'not in', (of) => of.selectFrom('queue_deletion').select('id')),
);
const selectReceived = statement({ queue: 'text' }, (db, p) =>
  db
    .selectFrom('queue_received')
    .select(['queue', 'message_offset as offset', 'count', 'first_received_ms as firstReceivedMs', 'row_crc'])
    .where('queue', '=', p.queue),
);
const putGone = statement({ queue: 'text', first: 'integer', last: 'integer', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('queue_gone')
    .values({ queue: p.queue, first_offset: p.first, last_offset: p.last, row_crc: p.row_crc })
    .onConflict((conflict) =>
      conflict.columns(['queue', 'first_offset']).doUpdateSet({ last_offset: p.last, row_crc: p.row_crc }),
    ),
);
const removeGone = statement({ queue: 'text', first: 'integer' }, (db, p) =>
  db.deleteFrom('queue_gone').where('queue', '=', p.queue).where('first_offset', '=', p.first),
);
const removeGoneBefore = statement({ queue: 'text', offset: 'integer' }, (db, p) =>
  db.deleteFrom('queue_gone').where('queue', '=', p.queue).where('first_offset', '<', p.offset),
);
const putReceived = statement(
  { queue: 'text', offset: 'integer', count: 'integer', firstReceivedMs: 'integer', row_crc: 'integer' },
  (db, p) =>
    db
      .insertInto('queue_received')
      .values({
        queue: p.queue,
        message_offset: p.offset,
        count: p.count,
        first_received_ms: p.firstReceivedMs,
        row_crc: p.row_crc,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['queue', 'message_offset'])
          .doUpdateSet({ count: p.count, first_received_ms: p.firstReceivedMs, row_crc: p.row_crc }),
      ),
);
const removeReceived = statement({ queue: 'text', offset: 'integer' }, (db, p) =>
  db.deleteFrom('queue_received').where('queue', '=', p.queue).where('message_offset', '=', p.offset),
);
const removeReceivedBefore = statement({ queue: 'text', offset: 'integer' }, (db, p) =>
  db.deleteFrom('queue_received').where('queue', '=', p.queue).where('message_offset', '<', p.offset),
);

export type KnownRows = {
  readonly gone: readonly StoredGone[];
  /** Without those that are damaged: such a count begins anew. */
  readonly received: readonly ReceiveCount[];
  readonly damagedReceived: number;
};
export type StoredGone = {
  readonly first: number;
  readonly last: number;
  readonly row_crc: number | null;
  readonly isIntact: boolean;
};
/** As it lies in the table. */
export type StoredGoneRow = StoredGone & { readonly queue: string };

export function* findQueueRows({ queue }: { queue: string }): Transaction<KnownRows> {
  const gone = (yield* selectGone.all({ queue })).map(storedGone);
  const all = yield* selectReceived.all({ queue });
  const sound = all.filter((row) => isRight(row.row_crc, receivedCrc(row)));
  const received = sound.map(({ offset, count, firstReceivedMs }) => ({ offset, count, firstReceivedMs }));
  return { gone, received, damagedReceived: all.length - sound.length };
}

/** Ranges whose rows name a queue that there is not, though nothing of one that was deleted is left: rot in the name. */
export function* listStrayGone(_input: Record<string, never>): Transaction<readonly StoredGoneRow[]> {
  return (yield* selectStrayGone.all({})).map(storedGone);
}

/** Puts a row in the place of a damaged one, or nothing; false when that is not there any more. */
export function* restoreGone(input: {
  damaged: { readonly queue: string; readonly first: number };
  row: GoneRow | undefined;
}): Transaction<boolean> {
  const { damaged, row } = input;
  const there = (yield* selectGone.all({ queue: damaged.queue })).find(
    ({ first }) => first === damaged.first,
  );
  if (there === undefined || storedGone(there).isIntact) return false;
  yield* removeGone.run(damaged);
  if (row !== undefined) yield* putGone.run({ ...row, row_crc: goneCrc(row) });
  return true;
}

function storedGone<Row extends GoneRow & { readonly row_crc: number | null }>(row: Row) {
  return { ...row, isIntact: isRight(row.row_crc, goneCrc(row)) };
}

export function* changeQueueRows({ queue, rows }: { queue: string; rows: QueueRows }): Transaction<void> {
  const { voidBefore, gone, received } = rows;
  if (voidBefore > 0) yield* voidRows(queue, voidBefore);
  for (const { first, last } of gone) {
    if (last === undefined) yield* removeGone.run({ queue, first });
    else yield* putGone.run({ queue, first, last, row_crc: goneCrc({ queue, first, last }) });
  }
  for (const { offset, received: known } of received) {
    if (known === undefined) yield* removeReceived.run({ queue, offset });
    else {
      const row = { queue, ...known };
      yield* putReceived.run({ ...row, row_crc: receivedCrc(row) });
    }
  }
}

/** All rows of a queue. */
export function* removeQueueRows(queue: string): Transaction<void> {
  yield* voidRows(queue, Number.MAX_SAFE_INTEGER);
}

function* voidRows(queue: string, offset: number): Transaction<void> {
  yield* removeGoneBefore.run({ queue, offset });
  yield* removeReceivedBefore.run({ queue, offset });
}
