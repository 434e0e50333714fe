// Transactions on topics. A row is held against its checksum when it is read: everything else hangs on it. A damaged one is told
// as such, and changed by a repair only.

import { crc32 } from 'node:zlib';
import { SqlError, type Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

export type TopicRow = {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly created_ms: number;
  readonly configuration: string;
};
/** As it was read. */
export type StoredTopicRow = TopicRow & { readonly row_crc: number; readonly isIntact: boolean };
export type TopicDeletionRow = { readonly id: string; readonly partitions: number };

const selectTopics = statement({}, (db) => db.selectFrom('topic').selectAll().orderBy('name'));
const selectTopic = statement({ name: 'text' }, (db, p) =>
  db.selectFrom('topic').selectAll().where('name', '=', p.name),
);
const insertTopic = statement(
  {
    name: 'text',
    id: 'text',
    partitions: 'integer',
    created_ms: 'integer',
    configuration: 'text',
    row_crc: 'integer',
  },
  (db, p) => db.insertInto('topic').values(p),
);
const updateTopic = statement(
  { id: 'text', partitions: 'integer', configuration: 'text', row_crc: 'integer' },
  (db, p) =>
    db
      .updateTable('topic')
      .set({ partitions: p.partitions, configuration: p.configuration, row_crc: p.row_crc })
      .where('id', '=', p.id),
);
const removeTopic = statement({ id: 'text' }, (db, p) => db.deleteFrom('topic').where('id', '=', p.id));
const removeNamed = statement({ name: 'text' }, (db, p) => db.deleteFrom('topic').where('name', '=', p.name));
const insertDeletion = statement({ id: 'text', partitions: 'integer', since_ms: 'integer' }, (db, p) =>
  db.insertInto('topic_deletion').values(p),
);
const selectDeletions = statement({}, (db) =>
  db.selectFrom('topic_deletion').select(['id', 'partitions']).orderBy('since_ms').orderBy('id'),
);
const removeDeletion = statement({ id: 'text' }, (db, p) =>
  db.deleteFrom('topic_deletion').where('id', '=', p.id),
);

export function* listTopics(_input: Record<string, never>): Transaction<readonly StoredTopicRow[]> {
  return (yield* selectTopics.all({})).map((row) => ({ ...row, isIntact: row.row_crc === topicCrc(row) }));
}

/** Puts a row in the place of one that is damaged; false when it is not any more, or another topic has its name by now. */
export function* restoreTopic(input: { damagedName: string; row: TopicRow }): Transaction<boolean> {
  const { damagedName, row } = input;
  const damaged = yield* selectTopic.first({ name: damagedName });
  if (damaged === undefined || damaged.row_crc === topicCrc(damaged)) return false;
  if (row.name !== damagedName && (yield* selectTopic.first({ name: row.name })) !== undefined) return false;
  yield* removeNamed.run({ name: damagedName });
  yield* insertTopic.run(sealed(row));
  return true;
}

export function* createTopic(input: TopicRow): Transaction<'created' | 'exists'> {
  if ((yield* selectTopic.first({ name: input.name })) !== undefined) return 'exists';
  yield* insertTopic.run(sealed(input));
  return 'created';
}

/** What is given changes; false when the topic of that name is another one by now, or gone. */
export function* changeTopic(
  input: Pick<TopicRow, 'name' | 'id'> & Partial<Pick<TopicRow, 'partitions' | 'configuration'>>,
): Transaction<boolean> {
  const row = yield* selectTopic.first({ name: input.name });
  if (row?.id !== input.id) return false;
  const { id, partitions, configuration, row_crc } = sealed({ ...intact(row), ...input });
  yield* updateTopic.run({ id, partitions, configuration, row_crc });
  return true;
}

/** The topic is gone from now on, and its files are remembered until they are gone too. */
export function* deleteTopic(
  input: Pick<TopicRow, 'name' | 'id'> & { since_ms: number },
): Transaction<boolean> {
  const row = yield* selectTopic.first({ name: input.name });
  if (row?.id !== input.id) return false;
  yield* removeTopic.run({ id: row.id });
  yield* insertDeletion.run({ id: row.id, partitions: row.partitions, since_ms: input.since_ms });
  return true;
}

export function* listTopicDeletions(_input: Record<string, never>): Transaction<readonly TopicDeletionRow[]> {
  return yield* selectDeletions.all({});
}

export function* forgetTopicDeletion(input: { id: string }): Transaction<void> {
  yield* removeDeletion.run(input);
}

function sealed({ name, id, partitions, created_ms, configuration }: TopicRow) {
  const row = { name, id, partitions, created_ms, configuration };
  return { ...row, row_crc: topicCrc(row) };
}

export function topicCrc({ name, id, partitions, created_ms, configuration }: TopicRow): number {
  return crc32(`${name}\0${id}\0${partitions}\0${created_ms}\0${configuration}\0`);
}

function intact<Row extends TopicRow & { readonly row_crc: number }>(row: Row): Row {
  if (row.row_crc === topicCrc(row)) return row;
  const what = `topic ${row.name}`;
  throw new SqlError('corrupt', {
    attempted: `read the ${what}`,
    detail: `the ${what} does not match its checksum`,
  });
}
