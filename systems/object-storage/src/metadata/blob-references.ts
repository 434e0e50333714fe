// Every blob that the metadata store needs, for the search for orphans: whatever is not listed here may be removed.
//
// So nothing may slip through between two pages. Rows of one key move between tables (a version becomes current); from
// key to key only in a rename, which says so to the search (core/moving-blobs.ts): a page therefore looks at one range of
// keys in all of these tables, in one transaction. Parts stay where they are until their blobs are gone. A copy makes a row
// of a blob under any key or upload, perhaps one that was read already: blobs that rows share are in `share`, which comes
// behind all that shares them. Garbage comes last: what left the other tables before their page came is there, or removed
// already.

import type { Transaction } from '@cairn/engines';
import { isMoved, isMovedPart } from '../transition/moved-data.ts';
import { damagedRow } from './row-checksums.ts';
import { type MetadataTables, statement } from './tables.ts';

type Key = { readonly bucket: number; readonly key: string };
/** `data` is a blob, or with a part count an upload, whose parts are listed by themselves; null for neither. */
type KeyedRow = Key & { readonly data: string | null; readonly part_count: number | null };

type KeyedTable = {
  /** Rows behind a key, in the order of keys. */
  after(input: Key & { limit: number }): Transaction<readonly KeyedRow[]>;
  /** All rows of one key. */
  of(input: Key): Transaction<readonly KeyedRow[]>;
};

/** Tables whose rows name blobs in `data`: the compiler wants each of them in `keyedTables`. */
type TableWithData = {
  [Name in keyof MetadataTables]: MetadataTables[Name] extends { data: string | null } ? Name : never;
}[keyof MetadataTables];

const selectObjectsAfter = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'data', 'part_count'])
    .where((where) => where(where.refTuple('bucket', 'key'), '>', where.tuple(p.bucket, p.key)))
    .orderBy('bucket')
    .orderBy('key')
    .limit(p.limit),
);
const selectObjectsOf = statement({ bucket: 'integer', key: 'text' }, (db, p) =>
  db
    .selectFrom('object')
    .select(['bucket', 'key', 'data', 'part_count'])
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key),
);
const selectVersionsAfter = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('version')
    .select(['bucket', 'key', 'data', 'part_count'])
    .where((where) => where(where.refTuple('bucket', 'key'), '>', where.tuple(p.bucket, p.key)))
    .orderBy('bucket')
    .orderBy('key')
    .orderBy('version')
    .limit(p.limit),
);
const selectVersionsOf = statement(
  { bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('version')
      .select(['bucket', 'key', 'version', 'data', 'part_count'])
      .where('bucket', '=', p.bucket)
      .where('key', '=', p.key)
      .where('version', '>', p.version)
      .orderBy('version')
      .limit(p.limit),
);
const selectPartsAfter = statement({ upload: 'text', number: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .select(['upload', 'number', 'blob'])
    .where((where) => where(where.refTuple('upload', 'number'), '>', where.tuple(p.upload, p.number)))
    .orderBy('upload')
    .orderBy('number')
    .limit(p.limit),
);
const selectSharesAfter = statement({ blob: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('share').select('blob').where('blob', '>', p.blob).orderBy('blob').limit(p.limit),
);
const selectRestoredAfter = statement({ source: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('restored')
    .select(['source', 'blob'])
    .where('source', '>', p.source)
    .orderBy('source')
    .limit(p.limit),
);
const selectGarbageAfter = statement({ id: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('garbage').select(['id', 'kind']).where('id', '>', p.id).orderBy('id').limit(p.limit),
);

const keyedTables = {
  object: { after: (input) => selectObjectsAfter.all(input), of: (input) => selectObjectsOf.all(input) },
  version: { after: (input) => selectVersionsAfter.all(input), of: versionsOf },
} as const satisfies Record<TableWithData, KeyedTable>;

const versionsAtOnce = 1_000;

function* versionsOf(key: Key): Transaction<readonly KeyedRow[]> {
  const found: KeyedRow[] = [];
  for (let version = ''; ; ) {
    const rows = yield* selectVersionsOf.all({ ...key, version, limit: versionsAtOnce });
    found.push(...rows);
    if (rows.length < versionsAtOnce) return found;
    version = rows.at(-1)!.version;
  }
}

export type BlobReferenceCursor =
  | ({ readonly stage: 'keyed' } & Key)
  | { readonly stage: 'part'; readonly upload: string; readonly number: number }
  | { readonly stage: 'share'; readonly blob: string }
  | { readonly stage: 'restored'; readonly source: string }
  | { readonly stage: 'garbage'; readonly id: string };

export type BlobReferencePage = {
  /** Ids without anything between them: a page crosses threads, and one text is cheaper than two thousand. */
  readonly blobs: string;
  readonly next: BlobReferenceCursor | undefined;
};

export const blobIdLength = 32;
export const firstBlobReference: BlobReferenceCursor = { stage: 'keyed', bucket: -1, key: '' };

/** Pages until `next` is undefined give every blob that was needed when the first page was asked for and still is. */
export function* listBlobReferences(input: {
  cursor: BlobReferenceCursor;
  limit: number;
}): Transaction<BlobReferencePage> {
  const { cursor, limit } = input;
  switch (cursor.stage) {
    case 'keyed':
      return yield* keyedPage(cursor, limit);
    case 'part': {
      const rows = yield* selectPartsAfter.all({ upload: cursor.upload, number: cursor.number, limit });
      const last = rows.at(-1);
      const next: BlobReferenceCursor =
        last === undefined
          ? { stage: 'share', blob: '' }
          : { stage: 'part', upload: last.upload, number: last.number };
      return { blobs: joined(rows.map((row) => row.blob).filter((blob) => !isMovedPart(blob))), next };
    }
    case 'restored': {
      const rows = yield* selectRestoredAfter.all({ source: cursor.source, limit });
      const last = rows.at(-1);
      const blobs = rows.flatMap(({ blob }) => (blob === null ? [] : [blob]));
      const next: BlobReferenceCursor =
        last === undefined ? { stage: 'garbage', id: '' } : { stage: 'restored', source: last.source };
      return { blobs: joined(blobs), next };
    }
    case 'share': {
      const rows = yield* selectSharesAfter.all({ blob: cursor.blob, limit });
      const last = rows.at(-1);
      const next: BlobReferenceCursor =
        last === undefined ? { stage: 'restored', source: '' } : { stage: 'share', blob: last.blob };
      return { blobs: joined(rows.map((row) => row.blob)), next };
    }
    case 'garbage': {
      const rows = yield* selectGarbageAfter.all({ id: cursor.id, limit });
      const last = rows.at(-1);
      const blobs = rows.filter((row) => row.kind === 'blob').map((row) => row.id);
      return { blobs: joined(blobs), next: last && { stage: 'garbage', id: last.id } };
    }
  }
}

/**
 * Up to the smallest key at which a table had more to give, or to the end. Of that key the last row that was read may not
 * be the last there is, so all of its rows are read again.
 */
function* keyedPage(from: Key, limit: number): Transaction<BlobReferencePage> {
  const found: { table: KeyedTable; rows: readonly KeyedRow[] }[] = [];
  for (const table of Object.values<KeyedTable>(keyedTables)) {
    found.push({ table, rows: yield* table.after({ bucket: from.bucket, key: from.key, limit }) });
  }
  const bounds = found.filter(({ rows }) => rows.length === limit).map(({ rows }) => rows.at(-1)!);
  const bound = bounds.reduce<Key | undefined>(
    (least, row) => (least === undefined || compareKeys(row, least) < 0 ? row : least),
    undefined,
  );
  const blobs: string[] = [];
  for (const { table, rows } of found) {
    blobs.push(...blobsOf(bound === undefined ? rows : rows.filter((row) => compareKeys(row, bound) < 0)));
    if (bound !== undefined)
      blobs.push(...blobsOf(yield* table.of({ bucket: bound.bucket, key: bound.key })));
  }
  const next: BlobReferenceCursor =
    bound === undefined
      ? { stage: 'part', upload: '', number: 0 }
      : { stage: 'keyed', bucket: bound.bucket, key: bound.key };
  return { blobs: joined(blobs), next };
}

function blobsOf(rows: readonly KeyedRow[]): readonly string[] {
  return rows.flatMap(({ data, part_count }) =>
    data === null || part_count !== null || isMoved(data) ? [] : [data],
  );
}

function joined(blobs: readonly string[]): string {
  const wrong = blobs.find((blob) => blob.length !== blobIdLength);
  if (wrong !== undefined) throw damagedRow(`row that names ${JSON.stringify(wrong)} as its blob`);
  return blobs.join('');
}

/** As the engines order keys: by their UTF-8 bytes. */
export function compareKeys(left: Key, right: Key): number {
  if (left.bucket !== right.bucket) return left.bucket - right.bucket;
  return left.key === right.key ? 0 : Buffer.compare(Buffer.from(left.key), Buffer.from(right.key));
}
