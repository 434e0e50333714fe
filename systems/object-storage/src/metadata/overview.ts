// What looks at everything: counts for `stats`, and every reference to a blob for `check`.

import type { Transaction } from '@cairn/engines';
import { statement } from './tables.ts';

const countBuckets = statement({}, (db) =>
  db.selectFrom('bucket').select((row) => row.fn.countAll<number>().as('count')),
);
const countObjects = statement({}, (db) =>
  db
    .selectFrom('object')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ]),
);
const countUploads = statement({}, (db) =>
  db.selectFrom('upload').select((row) => row.fn.countAll<number>().as('count')),
);
const countGarbage = statement({}, (db) =>
  db.selectFrom('garbage').select((row) => row.fn.countAll<number>().as('count')),
);

export type Counts = {
  readonly buckets: number;
  readonly objects: number;
  readonly objectBytes: number;
  readonly uploads: number;
  readonly garbage: number;
};

/** Scans every table: for operators, not for hot paths. */
export function* countEverything(_input: Record<string, never>): Transaction<Counts> {
  const buckets = yield* countBuckets.first({});
  const objects = yield* countObjects.first({});
  const uploads = yield* countUploads.first({});
  const garbage = yield* countGarbage.first({});
  return {
    buckets: Number(buckets!.count),
    objects: Number(objects!.count),
    objectBytes: Number(objects!.bytes),
    uploads: Number(uploads!.count),
    garbage: Number(garbage!.count),
  };
}

const selectObjectBlobs = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'data', 'size', 'part_count'])
    .where((where) =>
      where.or([
        where('bucket', '>', p.bucket),
        where.and([where('bucket', '=', p.bucket), where('key', '>', p.key)]),
      ]),
    )
    .orderBy('bucket')
    .orderBy('key')
    .limit(p.limit),
);
const selectPartBlobs = statement({ upload: 'text', number: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .leftJoin('garbage', 'garbage.id', 'part.upload')
    .where('garbage.id', 'is', null)
    .select(['upload', 'number', 'blob', 'size'])
    .where((where) =>
      where.or([
        where('upload', '>', p.upload),
        where.and([where('upload', '=', p.upload), where('number', '>', p.number)]),
      ]),
    )
    .orderBy('upload')
    .orderBy('number')
    .limit(p.limit),
);

/** Where the next page of references starts: first the objects, then the parts. */
export type ReferenceCursor =
  | { readonly table: 'object'; readonly bucket: number; readonly key: string }
  | { readonly table: 'part'; readonly upload: string; readonly number: number };
/** Something that needs a blob of this size. */
export type Reference = { readonly where: string; readonly blob: string; readonly sizeBytes: number };

export const firstReference: ReferenceCursor = { table: 'object', bucket: -1, key: '' };

/**
 * One page of all references to blobs, in a stable order. Parts of an upload that is garbage are none: some of their
 * blobs may be gone already. Rows that change between pages may be missed.
 */
export function* listReferences(input: {
  cursor: ReferenceCursor;
  limit: number;
}): Transaction<{ references: readonly Reference[]; next: ReferenceCursor | undefined }> {
  const { cursor, limit } = input;
  if (cursor.table === 'object') {
    const rows = yield* selectObjectBlobs.all({ bucket: cursor.bucket, key: cursor.key, limit });
    const last = rows.at(-1);
    return {
      references: rows
        .filter((row) => row.part_count === null)
        .map((row) => ({ where: `object ${row.key}`, blob: row.data, sizeBytes: row.size })),
      next:
        last === undefined
          ? { table: 'part', upload: '', number: 0 }
          : { table: 'object', bucket: last.bucket, key: last.key },
    };
  }
  const rows = yield* selectPartBlobs.all({ upload: cursor.upload, number: cursor.number, limit });
  const last = rows.at(-1);
  return {
    references: rows.map((row) => ({
      where: `part ${row.number} of upload ${row.upload}`,
      blob: row.blob,
      sizeBytes: row.size,
    })),
    next: last === undefined ? undefined : { table: 'part', upload: last.upload, number: last.number },
  };
}
