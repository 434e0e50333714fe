// How much a bucket holds, page by page: a page is a range of keys, in all tables at once, because a version moves between
// tables but never to another key.

import type { Transaction } from '@cairn/engines';
import { statement } from '../tables.ts';

export type Usage = {
  /** Current. */
  readonly objects: number;
  readonly bytes: number;
  readonly noncurrentVersions: number;
  readonly noncurrentBytes: number;
  readonly deleteMarkers: number;
  /** Unfinished. */
  readonly uploads: number;
  readonly uploadBytes: number;
};

const keyRange = { bucket: 'integer', after: 'text', through: 'text' } as const;
const keysPage = { bucket: 'integer', after: 'text', limit: 'integer' } as const;

const selectObjectKeys = statement(keysPage, (db, p) =>
  db
    .selectFrom('object')
    .select('key')
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.after)
    .orderBy('key')
    .limit(p.limit),
);
const selectVersionKeys = statement(keysPage, (db, p) =>
  db
    .selectFrom('version')
    .select('key')
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.after)
    .orderBy('key')
    .limit(p.limit),
);
const selectUploadKeys = statement(keysPage, (db, p) =>
  db
    .selectFrom('upload')
    .select('key')
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.after)
    .orderBy('key')
    .limit(p.limit),
);
const measureObjects = statement(keyRange, (db, p) =>
  db
    .selectFrom('object')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ])
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.after)
    .where('key', '<=', p.through),
);
/** `data` counts those that are no delete markers. */
const measureVersions = statement(keyRange, (db, p) =>
  db
    .selectFrom('version')
    .select((row) => [
      row.fn.countAll<number>().as('rows'),
      row.fn.count<number>('data').as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ])
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.after)
    .where('key', '<=', p.through),
);
const countUploads = statement(keyRange, (db, p) =>
  db
    .selectFrom('upload')
    .select((row) => row.fn.countAll<number>().as('count'))
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.after)
    .where('key', '<=', p.through),
);
const measureParts = statement(keyRange, (db, p) =>
  db
    .selectFrom('upload')
    .innerJoin('part', 'part.upload', 'upload.id')
    .select((row) => row.fn.coalesce(row.fn.sum<number>('part.size'), row.lit(0)).as('bytes'))
    .where('upload.bucket', '=', p.bucket)
    .where('upload.key', '>', p.after)
    .where('upload.key', '<=', p.through),
);

/** Behind every key: none has so many characters. */
const behindAllKeys = '\u{10ffff}'.repeat(300);
/** An upload may have ten thousand parts. */
const uploadsPerPage = 20;

export type MeasuredPage = {
  readonly usage: Usage;
  /** Of the range; undefined when it was the last. */
  readonly through: string | undefined;
};

/** About `limit` rows behind `after`; of a key all versions. */
export function* measurePage(input: {
  bucket: number;
  after: string;
  limit: number;
}): Transaction<MeasuredPage> {
  const { bucket, after, limit } = input;
  const bounds: string[] = [];
  for (const [statement, most] of [
    [selectObjectKeys, limit],
    [selectVersionKeys, limit],
    [selectUploadKeys, uploadsPerPage],
  ] as const) {
    const keys = yield* statement.all({ bucket, after, limit: most });
    if (keys.length === most) bounds.push(keys.at(-1)!.key);
  }
  const through = bounds.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))[0];
  return { usage: yield* measureRange({ bucket, after, through: through ?? behindAllKeys }), through };
}

function* measureRange(range: { bucket: number; after: string; through: string }): Transaction<Usage> {
  const objects = yield* measureObjects.first(range);
  const versions = yield* measureVersions.first(range);
  const uploads = yield* countUploads.first(range);
  const parts = yield* measureParts.first(range);
  return {
    objects: Number(objects!.count),
    bytes: Number(objects!.bytes),
    noncurrentVersions: Number(versions!.count),
    noncurrentBytes: Number(versions!.bytes),
    deleteMarkers: Number(versions!.rows) - Number(versions!.count),
    uploads: Number(uploads!.count),
    uploadBytes: Number(parts!.bytes),
  };
}
