// Rows of blobs: where each lies. A row whose checksum fails is given out as it is; who reads it has to look
// (`isSoundBlob`).

import { SqlError, type Transaction } from '@cairn/engines';
import { type BlobRow, blobChecksum, type IndexTables, statement } from './tables.ts';

export type StoredBlobRow = IndexTables['blob'];

const selectBlob = statement({ id: 'text' }, (db, p) =>
  db.selectFrom('blob').selectAll().where('id', '=', p.id),
);
const selectBlobsAfter = statement({ id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('blob').selectAll().where('id', '>', p.id).orderBy('id').limit(p.limit),
);
const selectIdsAfter = statement({ id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('blob').select('id').where('id', '>', p.id).orderBy('id').limit(p.limit),
);
const selectBlobsBefore = statement({ id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('blob').selectAll().where('id', '<', p.id).orderBy('id', 'desc').limit(p.limit),
);
const updateBlob = statement(
  { id: 'text', log: 'integer', size: 'integer', runs: 'blob', checksum: 'integer' },
  (db, { id, ...place }) => db.updateTable('blob').set(place).where('id', '=', id),
);
const deleteBlob = statement({ id: 'text' }, (db, p) => db.deleteFrom('blob').where('id', '=', p.id));
const countBlobs = statement({}, (db) =>
  db
    .selectFrom('blob')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ]),
);

export function isSoundBlob(row: StoredBlobRow): boolean {
  return row.checksum === blobChecksum(row);
}

/** Where the order of the rows rotted SQLite may find another one: nothing is done to that, and nothing believed of it. */
export function* locateBlob(input: { blob: string }): Transaction<StoredBlobRow | undefined> {
  const row = yield* selectBlob.first({ id: input.blob });
  return row?.id === input.blob ? row : undefined;
}

/** Those that there are, in the order asked for. */
export function* locateBlobs(input: { blobs: readonly string[] }): Transaction<readonly StoredBlobRow[]> {
  const found: StoredBlobRow[] = [];
  for (const id of input.blobs) {
    const row = yield* locateBlob({ blob: id });
    if (row !== undefined) found.push(row);
  }
  return found;
}

/** Throws SqlError `corrupt` where the order of the rows rotted. */
export function* listBlobs(input: { after: string; limit: number }): Transaction<readonly StoredBlobRow[]> {
  return inOrder(yield* selectBlobsAfter.all({ id: input.after, limit: input.limit }), input);
}

/** As `listBlobs`. */
export function* listBlobIds(input: { after: string; limit: number }): Transaction<readonly string[]> {
  const rows = inOrder(yield* selectIdsAfter.all({ id: input.after, limit: input.limit }), input);
  return rows.map((row) => row.id);
}

/** Who goes on behind a page that ends before it began would come by the same pages for ever. */
function inOrder<Row extends { readonly id: string }>(
  rows: readonly Row[],
  { after }: { readonly after: string },
): readonly Row[] {
  const last = rows.at(-1)?.id;
  if (last === undefined || last > after) return rows;
  const detail = `blob ${last} comes behind ${after}: the index is damaged`;
  throw new SqlError('corrupt', { attempted: 'list the blobs', detail });
}

/** Of the sound rows: an id that rotted says nothing about those to come. */
export function* newestBlob(_input: Record<string, never>): Transaction<string | undefined> {
  for (let before = behindAllBlobs; ; ) {
    const row = yield* selectBlobsBefore.first({ id: before, limit: 1 });
    if (row === undefined || isSoundBlob(row)) return row?.id;
    before = row.id;
  }
}

/** Sorts behind every text, a rotten id too. */
const behindAllBlobs = '\u{10ffff}';

export function* count(_input: Record<string, never>): Transaction<{ blobs: number; bytes: number }> {
  const row = yield* countBlobs.first({});
  return { blobs: Number(row!.count), bytes: Number(row!.bytes) };
}

export function* placeBlob(blob: BlobRow): Transaction<void> {
  yield* updateBlob.run({ ...blob, checksum: blobChecksum(blob) });
}

export function* forgetBlob(id: string): Transaction<void> {
  yield* deleteBlob.run({ id });
}
