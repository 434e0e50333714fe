// Transactions on transactional ids: each row is the decision on its transaction. A damaged one is told as such: a wrong
// one would commit what was aborted.
//
// A change names the version of the row that it follows. So one whose outcome was never heard, and which a database that
// was out of reach may still carry out, cannot overtake what came after it: `reclaimTransaction` moves the version on.

import { crc32 } from 'node:zlib';
import type { Transaction } from '@cairn/engines';
import { statement, type TransactionTables } from './transaction-tables.ts';

export type TransactionRow = Omit<TransactionTables['transactional_id'], 'version' | 'row_crc'>;
export type FoundTransaction = {
  readonly row: TransactionRow;
  readonly version: number;
  readonly isIntact: boolean;
};

/** No producer has the id 0, so a client that names it names nobody. */
const firstProducerId = 1;

const columns = {
  id: 'text',
  version: 'integer',
  status: 'text',
  producer_id: 'integer',
  producer_epoch: 'integer',
  previous_producer_id: 'integer',
  last_producer_epoch: 'integer',
  next_producer_id: 'integer',
  timeout_ms: 'integer',
  partitions: 'text',
  has_offsets: 'integer',
  started_ms: 'integer',
  updated_ms: 'integer',
  row_crc: 'integer',
} as const;

const selectTransaction = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('transactional_id').selectAll().where('id', '=', p.id),
);
const selectTransactions = statement({ after: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('transactional_id').selectAll().where('id', '>', p.after).orderBy('id').limit(p.limit),
);
const insertTransaction = statement(columns, (db, p) => db.insertInto('transactional_id').values(p));
const updateTransaction = statement(columns, (db, { id, ...changed }) =>
  db.updateTable('transactional_id').set(changed).where('id', '=', id),
);
const removeTransaction = statement({ id: 'text' }, (db, p) =>
  db.deleteFrom('transactional_id').where('id', '=', p.id),
);
const selectNextProducerId = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('producer_id').select('next_id').where('name', '=', p.name),
);
const upsertNextProducerId = statement({ name: 'text', next_id: 'integer' }, (db, p) =>
  db
    .insertInto('producer_id')
    .values(p)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ next_id: p.next_id })),
);

/** In the order of their ids. */
export function* listTransactions(input: {
  after: string;
  limit: number;
}): Transaction<readonly FoundTransaction[]> {
  return (yield* selectTransactions.all(input)).map(found);
}

/** False, and nothing happened, when the row is not the one that the change follows; version 0 is of no row. */
export function* putTransaction(input: { row: TransactionRow; follows: number }): Transaction<boolean> {
  const { row, follows } = input;
  const current = yield* selectTransaction.first({ id: row.id });
  if ((current?.version ?? 0) !== follows) return false;
  const sealed = { ...row, version: follows + 1, row_crc: checksumOf({ ...row, version: follows + 1 }) };
  yield* current === undefined ? insertTransaction.run(sealed) : updateTransaction.run(sealed);
  return true;
}

/** The row as it is, after which no change that was sent before happens any more. */
export function* reclaimTransaction({ id }: { id: string }): Transaction<FoundTransaction | undefined> {
  const current = yield* selectTransaction.first({ id });
  if (current === undefined) return undefined;
  const reclaimed = found(current);
  if (!reclaimed.isIntact) return reclaimed;
  const version = current.version + 1;
  yield* updateTransaction.run({ ...current, version, row_crc: checksumOf({ ...current, version }) });
  return { ...reclaimed, version };
}

export function* forgetTransaction(input: { id: string; follows: number }): Transaction<boolean> {
  const current = yield* selectTransaction.first({ id: input.id });
  if (current?.version !== input.follows) return false;
  yield* removeTransaction.run({ id: input.id });
  return true;
}

/** Gives the first of `count` ids that are never given again. */
export function* takeProducerIds({ count }: { count: number }): Transaction<number> {
  const name = 'next';
  const first = (yield* selectNextProducerId.first({ name }))?.next_id ?? firstProducerId;
  yield* upsertNextProducerId.run({ name, next_id: first + count });
  return first;
}

function found(stored: TransactionTables['transactional_id']): FoundTransaction {
  const { version, row_crc, ...row } = stored;
  return { row, version, isIntact: row_crc === checksumOf(stored) };
}

function checksumOf(row: TransactionRow & { readonly version: number }): number {
  const values = Object.keys(columns).filter((name) => name !== 'row_crc') as (keyof typeof row)[];
  return crc32(values.map((name) => row[name]).join('\0'));
}
