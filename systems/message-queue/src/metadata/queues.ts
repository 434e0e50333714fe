// SQS queues by name, and their message move tasks.

import { SqlError, type Transaction } from '@cairn/engines';
import { isRight, type MoveRow, moveCrc, type QueueRow, queueCrc } from './queue-checksums.ts';
import { removeQueueRows } from './queue-rows.ts';
import { type QueueTables, statement } from './queue-tables.ts';

/** As it was read. */
export type StoredQueueRow = QueueRow & { readonly row_crc: number | null; readonly isIntact: boolean };
export type StoredMoveRow = MoveRow & { readonly row_crc: number | null; readonly isIntact: boolean };

const selectQueues = statement({}, (db) => db.selectFrom('queue').selectAll().orderBy('name'));
const selectQueue = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('queue').selectAll().where('name', '=', p.name),
);
const selectQueueById = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('queue').selectAll().where('id', '=', p.id),
);
const insertQueue = statement({ name: 'text', id: 'text', document: 'text', row_crc: 'integer' }, (db, p) =>
  db.insertInto('queue').values(p),
);
const updateQueue = statement({ id: 'text', document: 'text', row_crc: 'integer' }, (db, p) =>
  db.updateTable('queue').set({ document: p.document, row_crc: p.row_crc }).where('id', '=', p.id),
);
const removeNamed = statement({ name: 'text' }, (db, p) => db.deleteFrom('queue').where('name', '=', p.name));
const removeQueue = statement({ id: 'text' }, (db, p) => db.deleteFrom('queue').where('id', '=', p.id));
const insertDeletion = statement({ id: 'text' }, (db, p) =>
  db.insertInto('queue_deletion').values({ id: p.id }),
);
const selectDeletions = statement({}, (db) => db.selectFrom('queue_deletion').selectAll());
const removeDeletion = statement({ id: 'text' }, (db, p) =>
  db.deleteFrom('queue_deletion').where('id', '=', p.id),
);
const selectMoves = statement({}, (db) => db.selectFrom('queue_move').selectAll());
const upsertMove = statement({ queue: 'text', id: 'text', document: 'text', row_crc: 'integer' }, (db, p) =>
  db
    .insertInto('queue_move')
    .values(p)
    .onConflict((conflict) =>
      conflict.columns(['queue', 'id']).doUpdateSet({ document: p.document, row_crc: p.row_crc }),
    ),
);
const removeMove = statement({ queue: 'text', id: 'text' }, (db, p) =>
  db.deleteFrom('queue_move').where('queue', '=', p.queue).where('id', '=', p.id),
);
const removeMoves = statement({ queue: 'text' }, (db, p) =>
  db.deleteFrom('queue_move').where('queue', '=', p.queue),
);
const selectSecret = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('queue_secret').select('secret').where('name', '=', p.name),
);
const insertSecret = statement({ name: 'text', secret: 'blob' }, (db, p) =>
  db.insertInto('queue_secret').values({ name: p.name, secret: p.secret }),
);

export function* listQueues(_input: Record<string, never>): Transaction<readonly StoredQueueRow[]> {
  return (yield* selectQueues.all({})).map((row) => ({ ...row, isIntact: isIntact(row) }));
}

/** Gives rows from before there were checksums theirs, of those that are named, unless they have one by now. */
export function* sealQueues({ ids }: { ids: readonly string[] }): Transaction<void> {
  for (const id of ids) {
    const row = yield* selectQueueById.first({ id });
    if (row?.row_crc === null) yield* updateQueue.run(changed(row, row.document));
  }
}

/** Puts a row in the place of one that is damaged; false when it is not any more, or another queue has its name by now. */
export function* restoreQueue(input: { damagedName: string; row: QueueRow }): Transaction<boolean> {
  const { damagedName, row } = input;
  const damaged = yield* selectQueue.first({ name: damagedName });
  if (damaged === undefined || isIntact(damaged)) return false;
  if (row.name !== damagedName && (yield* selectQueue.first({ name: row.name })) !== undefined) return false;
  yield* removeNamed.run({ name: damagedName });
  yield* insertQueue.run(sealed(row));
  return true;
}

/** The queue of that name: this one, unless there is one. */
export function* createQueue(row: QueueRow): Transaction<QueueRow> {
  const found = yield* selectQueue.first({ name: row.name });
  if (found !== undefined) return found;
  yield* insertQueue.run(sealed(row));
  return row;
}

export function* putQueue({ id, document }: { id: string; document: string }): Transaction<void> {
  const row = yield* selectQueueById.first({ id });
  if (row === undefined) return;
  if (!isIntact(row)) {
    const detail = `the row of the queue ${row.name} does not match its checksum`;
    throw new SqlError('corrupt', { attempted: `change the queue ${row.name}`, detail });
  }
  yield* updateQueue.run(changed(row, document));
}

/** Its log is to be removed after it. */
export function* deleteQueue({ id }: { id: string }): Transaction<void> {
  if ((yield* removeQueue.run({ id })) === 0) return;
  yield* removeQueueRows(id);
  yield* removeMoves.run({ queue: id });
  yield* insertDeletion.run({ id });
}

export function* listQueueDeletions(_input: Record<string, never>): Transaction<readonly string[]> {
  return (yield* selectDeletions.all({})).map(({ id }) => id);
}

/** Its log is gone, and so is what was still written of it while it was being closed. */
export function* forgetQueueDeletion({ id }: { id: string }): Transaction<void> {
  yield* removeQueueRows(id);
  yield* removeMoves.run({ queue: id });
  yield* removeDeletion.run({ id });
}

function isIntact(row: QueueTables['queue']): boolean {
  return isRight(row.row_crc, queueCrc(row));
}

function changed({ name, id }: QueueRow, document: string) {
  return { id, document, row_crc: queueCrc({ name, id, document }) };
}

function sealed({ name, id, document }: QueueRow) {
  const row = { name, id, document };
  return { ...row, row_crc: queueCrc(row) };
}

export function* listMoves(_input: Record<string, never>): Transaction<readonly StoredMoveRow[]> {
  return (yield* selectMoves.all({})).map((row) => ({
    ...row,
    isIntact: isRight(row.row_crc, moveCrc(row)),
  }));
}

export function* putMove(input: { row: MoveRow; forget: readonly string[] }): Transaction<void> {
  const { row, forget } = input;
  yield* upsertMove.run(sealedMove(row));
  for (const id of forget) yield* removeMove.run({ queue: row.queue, id });
}

/** Puts a row in the place of a damaged one, or nothing. */
export function* restoreMove(input: { damaged: MoveRow; row: MoveRow | undefined }): Transaction<void> {
  const { damaged, row } = input;
  yield* removeMove.run({ queue: damaged.queue, id: damaged.id });
  if (row !== undefined) yield* upsertMove.run(sealedMove(row));
}

function sealedMove({ queue, id, document }: MoveRow) {
  return { queue, id, document, row_crc: moveCrc({ queue, id, document }) };
}

/** The secret of this database: this one, unless it has one. */
export function* claimQueueSecret({ secret }: { secret: Uint8Array }): Transaction<Uint8Array> {
  const name = 'receipt-handles';
  const found = yield* selectSecret.first({ name });
  if (found !== undefined) return found.secret;
  yield* insertSecret.run({ name, secret });
  return secret;
}
