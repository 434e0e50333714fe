// What a queue remembers of its messages: which are gone, and how often some were received.

import type { Transaction } from '@cairn/engines';
import type { QueueRows } from '../queues/queue-journal.ts';
import type { ReceiveCount } from '../queues/queue-state.ts';
import { statement } from './queue-tables.ts';

const selectGone = statement({ queue: 'text' }, (db, p) =>
  db
    .selectFrom('queue_gone')
    .select(['first_offset as first', 'last_offset as last'])
    .where('queue', '=', p.queue)
    .orderBy('first_offset'),
);
const selectReceived = statement({ queue: 'text' }, (db, p) =>
  db
    .selectFrom('queue_received')
    .select(['message_offset as offset', 'count', 'first_received_ms as firstReceivedMs'])
    .where('queue', '=', p.queue),
);
const putGone = statement({ queue: 'text', first: 'integer', last: 'integer' }, (db, p) =>
  db
    .insertInto('queue_gone')
    .values({ queue: p.queue, first_offset: p.first, last_offset: p.last })
    .onConflict((conflict) =>
      conflict.columns(['queue', 'first_offset']).doUpdateSet({ last_offset: p.last }),
    ),
);
const removeGone = statement({ queue: 'text', first: 'integer' }, (db, p) =>
  db.deleteFrom('queue_gone').where('queue', '=', p.queue).where('first_offset', '=', p.first),
);
const removeGoneBefore = statement({ queue: 'text', offset: 'integer' }, (db, p) =>
  db.deleteFrom('queue_gone').where('queue', '=', p.queue).where('first_offset', '<', p.offset),
);
const putReceived = statement(
  { queue: 'text', offset: 'integer', count: 'integer', firstReceivedMs: 'integer' },
  (db, p) =>
    db
      .insertInto('queue_received')
      .values({
        queue: p.queue,
        message_offset: p.offset,
        count: p.count,
        first_received_ms: p.firstReceivedMs,
      })
      .onConflict((conflict) =>
        conflict.columns(['queue', 'message_offset']).doUpdateSet({ count: p.count }),
      ),
);
const removeReceived = statement({ queue: 'text', offset: 'integer' }, (db, p) =>
  db.deleteFrom('queue_received').where('queue', '=', p.queue).where('message_offset', '=', p.offset),
);
const removeReceivedBefore = statement({ queue: 'text', offset: 'integer' }, (db, p) =>
  db.deleteFrom('queue_received').where('queue', '=', p.queue).where('message_offset', '<', p.offset),
);

export type KnownRows = {
  readonly gone: readonly { readonly first: number; readonly last: number }[];
  readonly received: readonly ReceiveCount[];
};

export function* findQueueRows({ queue }: { queue: string }): Transaction<KnownRows> {
  const gone = yield* selectGone.all({ queue });
  const received = yield* selectReceived.all({ queue });
  return { gone, received };
}

export function* changeQueueRows({ queue, rows }: { queue: string; rows: QueueRows }): Transaction<void> {
  const { voidBefore, gone, received } = rows;
  if (voidBefore > 0) yield* voidRows(queue, voidBefore);
  for (const { first, last } of gone) {
    if (last === undefined) yield* removeGone.run({ queue, first });
    else yield* putGone.run({ queue, first, last });
  }
  for (const { offset, received: known } of received) {
    if (known === undefined) yield* removeReceived.run({ queue, offset });
    else yield* putReceived.run({ queue, ...known });
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
