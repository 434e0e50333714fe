// Every blob that an object or an unfinished upload is made from, under the name that its owner knows: so that damage is
// told as "this object is hurt", not as "this blob is".

import type { Transaction } from '@cairn/engines';
import { isMoved } from '../transition/moved-data.ts';
import { blobBytes, partBytes } from './stored-size.ts';
import { type MetadataTables, statement } from './tables.ts';

/** Where a table's rows go on; `id` is that of an upload or of a version, empty where a key has one row. */
type RowName = { readonly bucket: number; readonly key: string; readonly id: string };
type HolderRow = RowName & {
  /** A blob, or with a part count, an upload; null for neither. */
  readonly data: string | null;
  readonly size: number;
  readonly attributes: string;
  readonly part_count: number | null;
};
type HolderTable = {
  /** Rows behind one, in the order of their names. */
  after(input: RowName & { limit: number }): Transaction<readonly HolderRow[]>;
};

/** Tables whose rows name blobs in `data`, and uploads: the compiler wants each of them in `holderTables`. */
type TableOfHolders =
  | 'upload'
  | {
      [Name in keyof MetadataTables]: MetadataTables[Name] extends { data: string | null } ? Name : never;
    }[keyof MetadataTables];

const selectObjects = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'data', 'size', 'part_count', 'attributes'])
    .where((where) => where(where.refTuple('bucket', 'key'), '>', where.tuple(p.bucket, p.key)))
    .orderBy('bucket')
    .orderBy('key')
    .limit(p.limit),
);
const selectVersions = statement(
  { bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('version')
      .select(['bucket', 'key', 'version', 'data', 'size', 'part_count', 'attributes'])
      .where((where) =>
        where(where.refTuple('bucket', 'key', 'version'), '>', where.tuple(p.bucket, p.key, p.version)),
      )
      .orderBy('bucket')
      .orderBy('key')
      .orderBy('version')
      .limit(p.limit),
);
const selectUploads = statement({ bucket: 'integer', key: 'text', id: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('upload')
    .select(['bucket', 'key', 'id'])
    .where((where) => where(where.refTuple('bucket', 'key', 'id'), '>', where.tuple(p.bucket, p.key, p.id)))
    .orderBy('bucket')
    .orderBy('key')
    .orderBy('id')
    .limit(p.limit),
);
const selectParts = statement({ upload: 'text' }, (db, p) =>
  db
    .selectFrom('part')
    .select(['number', 'blob', 'size', 'salt'])
    .where('upload', '=', p.upload)
    .orderBy('number'),
);
const selectBucketNames = statement({}, (db) => db.selectFrom('bucket').select(['id', 'name']));

const holderTables = {
  object: {
    *after({ bucket, key, limit }) {
      const rows = yield* selectObjects.all({ bucket, key, limit });
      return rows.map((row) => ({ ...row, id: '' }));
    },
  },
  version: {
    *after({ bucket, key, id, limit }) {
      const rows = yield* selectVersions.all({ bucket, key, version: id, limit });
      return rows.map(({ version, ...row }) => ({ ...row, id: version }));
    },
  },
  upload: {
    *after(input) {
      const rows = yield* selectUploads.all(input);
      return rows.map((row) => ({ ...row, data: row.id, size: 0, attributes: '', part_count: 0 }));
    },
  },
} as const satisfies Record<TableOfHolders, HolderTable>;

const tableNames = Object.keys(holderTables) as readonly TableOfHolders[];

export type BlobHolder = {
  readonly table: TableOfHolders;
  readonly bucket: string;
  readonly bucketId: number;
  readonly key: string;
  /** Of the upload or version; empty for an object. */
  readonly id: string;
  readonly partNumber: number | undefined;
  readonly blob: string;
  /** Of the blob. */
  readonly sizeBytes: number;
};
export type HolderCursor = RowName & { readonly table: TableOfHolders };
export type HolderPage = { readonly holders: readonly BlobHolder[]; readonly next: HolderCursor | undefined };

export const firstHolder: HolderCursor = { table: tableNames[0]!, bucket: -1, key: '', id: '' };

/** About `limit` blobs, or all parts of one object. Rows that change between pages may be missed. */
export function* listBlobHolders(input: { cursor: HolderCursor; limit: number }): Transaction<HolderPage> {
  const { cursor, limit } = input;
  const { table, ...name } = cursor;
  const names = new Map((yield* selectBucketNames.all({})).map((bucket) => [bucket.id, bucket.name]));
  const rows: readonly HolderRow[] = yield* holderTables[table].after({ ...name, limit });
  const holders: BlobHolder[] = [];
  for (const row of rows) {
    const { bucket, key, id } = row;
    const named = { table, bucket: names.get(bucket) ?? `(bucket ${bucket})`, bucketId: bucket, key, id };
    holders.push(...(yield* blobsOf(row)).map((blob) => ({ ...named, ...blob })));
    if (holders.length >= limit) return { holders, next: { table, bucket, key, id } };
  }
  const last = rows.at(-1);
  if (last !== undefined)
    return { holders, next: { table, bucket: last.bucket, key: last.key, id: last.id } };
  const following = tableNames[tableNames.indexOf(table) + 1];
  return { holders, next: following && { table: following, bucket: -1, key: '', id: '' } };
}

function* blobsOf({
  data,
  size,
  attributes,
  part_count,
}: HolderRow): Transaction<readonly Pick<BlobHolder, 'partNumber' | 'blob' | 'sizeBytes'>[]> {
  // What lies at a place is not read here: the places are not open.
  if (data === null || isMoved(data)) return [];
  if (part_count === null)
    return [{ partNumber: undefined, blob: data, sizeBytes: blobBytes({ size, attributes }) }];
  const parts = yield* selectParts.all({ upload: data });
  return parts.map((part) => ({ partNumber: part.number, blob: part.blob, sizeBytes: partBytes(part) }));
}
