// Every reference to a blob, and whether objects agree with their parts: for `check`.

import type { Transaction } from '@cairn/engines';
import { isMoved, isMovedPart } from '../transition/moved-data.ts';
import { blobBytes, partBytes, type StoredSize } from './stored-size.ts';
import { statement } from './tables.ts';
import { measureStored } from './transition/measure-stored.ts';
import { findMoving } from './transition/movements.ts';

const selectObjectBlobs = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'data', 'size', 'part_count', 'attributes'])
    .where((where) => where(where.refTuple('bucket', 'key'), '>', where.tuple(p.bucket, p.key)))
    .orderBy('bucket')
    .orderBy('key')
    .limit(p.limit),
);
/** Of versions that are no delete markers. */
const selectVersionBlobs = statement(
  { bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('version')
      .select(['bucket', 'key', 'version', 'size', 'part_count', 'attributes'])
      .select((row) => row.ref('data').$notNull().as('data'))
      .where('data', 'is not', null)
      .where((where) =>
        where(where.refTuple('bucket', 'key', 'version'), '>', where.tuple(p.bucket, p.key, p.version)),
      )
      .orderBy('bucket')
      .orderBy('key')
      .orderBy('version')
      .limit(p.limit),
);
const selectPartBlobs = statement({ upload: 'text', number: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .leftJoin('garbage', 'garbage.id', 'part.upload')
    .where('garbage.id', 'is', null)
    .select(['upload', 'number', 'blob', 'size', 'salt'])
    .where((where) => where(where.refTuple('upload', 'number'), '>', where.tuple(p.upload, p.number)))
    .orderBy('upload')
    .orderBy('number')
    .limit(p.limit),
);

const selectRestoredCopies = statement({ source: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('restored')
    .select(['source', 'storage_class', 'bucket', 'key', 'version', 'blob'])
    .where('source', '>', p.source)
    .orderBy('source')
    .limit(p.limit),
);

const measureParts = statement({ upload: 'text' }, (db, p) =>
  db
    .selectFrom('part')
    .select((row) => [
      row.fn.countAll<number>().as('count'),
      row.fn.coalesce(row.fn.sum<number>('size'), row.lit(0)).as('bytes'),
    ])
    .where('upload', '=', p.upload),
);

/** Where the next page of references starts: objects, their versions, parts, restored copies. */
export type ReferenceCursor =
  | { readonly table: 'object'; readonly bucket: number; readonly key: string }
  | { readonly table: 'version'; readonly bucket: number; readonly key: string; readonly version: string }
  | { readonly table: 'part'; readonly upload: string; readonly number: number }
  | { readonly table: 'restored'; readonly source: string };
/** Something that needs a blob, or a moved blob, which has this size: of an encrypted one, that of its frames. */
export type Reference = { readonly where: string; readonly blob: string; readonly sizeBytes: number };

/** An object that does not agree with its parts. */
export type Misfit = { readonly where: string; readonly detail: string };
export type ReferencePage = {
  readonly references: readonly Reference[];
  readonly misfits: readonly Misfit[];
  readonly next: ReferenceCursor | undefined;
};

export const firstReference: ReferenceCursor = { table: 'object', bucket: -1, key: '' };

/**
 * One page of all references to blobs, in a stable order. Parts of an upload that is garbage are none: some of their
 * blobs may be gone already. Rows that change between pages may be missed.
 */
export function* listReferences(input: {
  cursor: ReferenceCursor;
  limit: number;
}): Transaction<ReferencePage> {
  const { cursor, limit } = input;
  switch (cursor.table) {
    case 'object':
      return yield* objectReferences({ ...cursor, limit });
    case 'version':
      return yield* versionReferences({ ...cursor, limit });
    case 'part':
      return yield* partReferences({ ...cursor, limit });
    case 'restored':
      return yield* restoredReferences({ ...cursor, limit });
  }
}

function* objectReferences(input: {
  bucket: number;
  key: string;
  limit: number;
}): Transaction<ReferencePage> {
  const { bucket, key, limit } = input;
  const rows = yield* selectObjectBlobs.all({ bucket, key, limit });
  const last = rows.at(-1);
  return {
    ...(yield* referencesOf(rows, (row) => `object ${row.key}`)),
    next:
      last === undefined
        ? { table: 'version', bucket: -1, key: '', version: '' }
        : { table: 'object', bucket: last.bucket, key: last.key },
  };
}

function* versionReferences(input: {
  bucket: number;
  key: string;
  version: string;
  limit: number;
}): Transaction<ReferencePage> {
  const { bucket, key, version, limit } = input;
  const rows = yield* selectVersionBlobs.all({ bucket, key, version, limit });
  const last = rows.at(-1);
  return {
    ...(yield* referencesOf(rows, (row) => `version ${row.version} of ${row.key}`)),
    next:
      last === undefined
        ? { table: 'part', upload: '', number: 0 }
        : { table: 'version', bucket: last.bucket, key: last.key, version: last.version },
  };
}

type Referring = StoredSize & { readonly data: string; readonly part_count: number | null };

function* referencesOf<Row extends Referring>(
  rows: readonly Row[],
  name: (row: Row) => string,
): Transaction<Pick<ReferencePage, 'references' | 'misfits'>> {
  const references: Reference[] = [];
  const misfits: Misfit[] = [];
  for (const row of rows) {
    const where = name(row);
    if (row.part_count === null) references.push({ where, blob: row.data, sizeBytes: blobBytes(row) });
    else misfits.push(...(yield* partsMisfit({ ...row, where, count: row.part_count })));
    if (row.part_count === null || !isMoved(row.data)) continue;
    references.push({ where, blob: row.data, sizeBytes: yield* measureStored(row) });
  }
  return { references, misfits };
}

function* partsMisfit(object: {
  where: string;
  data: string;
  size: number;
  count: number;
}): Transaction<readonly Misfit[]> {
  const parts = yield* measureParts.first({ upload: object.data });
  const [count, bytes] = [Number(parts!.count), Number(parts!.bytes)];
  if (count === object.count && bytes === object.size) return [];
  const detail = `it has ${object.size} bytes in ${object.count} parts, of which ${bytes} bytes in ${count} are there`;
  return [{ where: object.where, detail }];
}

function* partReferences(input: {
  upload: string;
  number: number;
  limit: number;
}): Transaction<ReferencePage> {
  const { upload, number, limit } = input;
  const rows = yield* selectPartBlobs.all({ upload, number, limit });
  const last = rows.at(-1);
  return {
    references: rows
      .filter(({ blob }) => !isMovedPart(blob))
      .map((row) => ({
        where: `part ${row.number} of upload ${row.upload}`,
        blob: row.blob,
        sizeBytes: partBytes(row),
      })),
    misfits: [],
    next:
      last === undefined
        ? { table: 'restored', source: '' }
        : { table: 'part', upload: last.upload, number: last.number },
  };
}

/** A copy is as large as what it is of; of what is not there any more it goes with the next look of the worker. */
function* restoredReferences(input: { source: string; limit: number }): Transaction<ReferencePage> {
  const rows = yield* selectRestoredCopies.all({ source: input.source, limit: input.limit });
  const references: Reference[] = [];
  for (const row of rows) {
    const version = yield* findMoving({ ...row, due_ms: 0 });
    if (row.blob === null || version === undefined) continue;
    const single = version.part_count === null;
    const sizeBytes = single ? blobBytes(version) : yield* measureStored(version);
    references.push({ where: `restored copy of ${row.key}`, blob: row.blob, sizeBytes });
  }
  const last = rows.at(-1);
  return { references, misfits: [], next: last && { table: 'restored', source: last.source } };
}
