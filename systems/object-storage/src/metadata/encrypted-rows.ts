// Every row whose object key is wrapped under a master key: for rewrapping, and to tell what a lost master key hurts.
//
// Nothing may slip through between two pages. Uploads come first: one that is completed meanwhile is an object that is
// still to come. Rows of one key move between tables: a page of keys looks at both tables in one transaction. A row that is
// renamed to a key that was passed has its key wrapped anew, under the newest master key.

import type { Transaction } from '@cairn/engines';
import { compareKeys } from './blob-references.ts';
import { encryptionOf } from './stored-size.ts';
import { statement } from './tables.ts';

export type EncryptedRow = {
  readonly bucket: number;
  readonly key: string;
  /** Of an object; that of an upload is undefined. */
  readonly version: string | undefined;
  /** Of an upload. */
  readonly uploadId: string | undefined;
  readonly attributes: string;
};
export type EncryptedRowsCursor =
  | { readonly stage: 'upload'; readonly bucket: number; readonly key: string; readonly id: string }
  | { readonly stage: 'key'; readonly bucket: number; readonly key: string };
export type EncryptedRowsPage = {
  readonly rows: readonly EncryptedRow[];
  readonly next: EncryptedRowsCursor | undefined;
};

export const firstEncryptedRow: EncryptedRowsCursor = { stage: 'upload', bucket: -1, key: '', id: '' };

const selectUploads = statement({ bucket: 'integer', key: 'text', id: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('upload')
    .select(['bucket', 'key', 'id', 'attributes'])
    .where((where) => where(where.refTuple('bucket', 'key', 'id'), '>', where.tuple(p.bucket, p.key, p.id)))
    .orderBy('bucket')
    .orderBy('key')
    .orderBy('id')
    .limit(p.limit),
);
const keyParameters = { bucket: 'integer', key: 'text', limit: 'integer' } as const;
const selectObjectsAfter = statement(keyParameters, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'version', 'attributes'])
    .where((where) => where(where.refTuple('bucket', 'key'), '>', where.tuple(p.bucket, p.key)))
    .orderBy('bucket')
    .orderBy('key')
    .limit(p.limit),
);
const selectVersionsAfter = statement(keyParameters, (db, p) =>
  db
    .selectFrom('version')
    .select(['bucket', 'key', 'version', 'attributes'])
    .where((where) => where(where.refTuple('bucket', 'key'), '>', where.tuple(p.bucket, p.key)))
    .orderBy('bucket')
    .orderBy('key')
    .orderBy('version')
    .limit(p.limit),
);
const selectObjectOf = statement({ bucket: 'integer', key: 'text' }, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'version', 'attributes'])
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key),
);
const selectVersionsOf = statement({ bucket: 'integer', key: 'text' }, (db, p) =>
  db
    .selectFrom('version')
    .select(['bucket', 'key', 'version', 'attributes'])
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .orderBy('version'),
);

type Key = { readonly bucket: number; readonly key: string };
type KeyedRow = Key & { readonly version: string; readonly attributes: string };

/** About `limit` rows are looked at; of one key all. */
export function* listEncryptedRows(input: {
  cursor: EncryptedRowsCursor;
  limit: number;
}): Transaction<EncryptedRowsPage> {
  const { cursor, limit } = input;
  if (cursor.stage === 'key') return yield* keyedPage(cursor, limit);
  const { stage: _, ...from } = cursor;
  const rows = yield* selectUploads.all({ ...from, limit });
  const last = rows.at(-1);
  return {
    rows: rows.filter(isEncrypted).map(({ id, ...row }) => ({ ...row, version: undefined, uploadId: id })),
    next:
      last === undefined
        ? { stage: 'key', bucket: -1, key: '' }
        : { stage: 'upload', bucket: last.bucket, key: last.key, id: last.id },
  };
}

/** Up to the smallest key at which a table had more to give; of that key all rows are read again. */
function* keyedPage({ bucket, key }: Key, limit: number): Transaction<EncryptedRowsPage> {
  const objects = yield* selectObjectsAfter.all({ bucket, key, limit });
  const versions = yield* selectVersionsAfter.all({ bucket, key, limit });
  const bounds = [objects, versions].filter((rows) => rows.length === limit).map((rows) => rows.at(-1)!);
  const bound = bounds.sort(compareKeys)[0];
  const all: KeyedRow[] = [...objects, ...versions];
  if (bound === undefined) return { rows: keyedRows(all), next: undefined };
  const name = { bucket: bound.bucket, key: bound.key };
  const before = all.filter((row) => compareKeys(row, bound) < 0);
  const ofBound = [...(yield* selectObjectOf.all(name)), ...(yield* selectVersionsOf.all(name))];
  return { rows: keyedRows([...before, ...ofBound]), next: { stage: 'key', ...name } };
}

function keyedRows(rows: readonly KeyedRow[]): readonly EncryptedRow[] {
  return rows.filter(isEncrypted).map(({ bucket, key, version, attributes }) => ({
    bucket,
    key,
    version,
    attributes,
    uploadId: undefined,
  }));
}

function isEncrypted({ attributes }: { readonly attributes: string }): boolean {
  return encryptionOf(attributes) !== undefined;
}
