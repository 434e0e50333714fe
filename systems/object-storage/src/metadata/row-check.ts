// Reads every row of the metadata store and compares it with its checksum, and with what must hold between rows: for
// `check`.

import type { Transaction } from '@cairn/engines';
import { listedText } from './listed-text.ts';
import { isIntact } from './row-checksums.ts';
import { type MetadataTables, statement } from './tables.ts';
import { objectColumns } from './version-statements.ts';

/** Where the next page starts: behind the row that these are the key of. */
export type RowCursor =
  | { readonly table: 'bucket'; readonly name: string }
  | { readonly table: 'bucket_configuration'; readonly bucket: number; readonly name: string }
  | { readonly table: 'object'; readonly bucket: number; readonly key: string }
  | { readonly table: 'version'; readonly bucket: number; readonly key: string; readonly version: string }
  | { readonly table: 'upload'; readonly bucket: number; readonly key: string; readonly id: string }
  | { readonly table: 'part'; readonly upload: string; readonly number: number }
  | { readonly table: 'event'; readonly target: string; readonly sequence: number }
  | { readonly table: 'event_sequence'; readonly name: string }
  | { readonly table: 'bucket_usage'; readonly bucket: number }
  | { readonly table: 'user_usage'; readonly owner: string }
  | { readonly table: 'movement'; readonly bucket: number; readonly key: string; readonly version: string }
  | { readonly table: 'restored'; readonly source: string }
  | {
      readonly table: 'replication';
      readonly target: string;
      readonly bucket: number;
      readonly key: string;
      readonly version: string;
    }
  | { readonly table: 'replication_pass'; readonly target: string; readonly bucket: number }
  | { readonly table: 'rename_token'; readonly token: string };

/** A row that is not what was written, or does not fit the others. */
export type RowFinding = { readonly where: string; readonly detail: string };
export type RowCheckPage = {
  readonly findings: readonly RowFinding[];
  /** Rows from before there were checksums. */
  readonly unsealed: number;
  readonly next: RowCursor | undefined;
};

/** Where each table starts, in the order in which they are gone through. */
const tableStarts: readonly RowCursor[] = [
  { table: 'bucket', name: '' },
  { table: 'bucket_configuration', bucket: -1, name: '' },
  { table: 'object', bucket: -1, key: '' },
  { table: 'version', bucket: -1, key: '', version: '' },
  { table: 'part', upload: '', number: 0 },
  { table: 'event', target: '', sequence: 0 },
  { table: 'event_sequence', name: '' },
  { table: 'bucket_usage', bucket: -1 },
  { table: 'user_usage', owner: '' },
  { table: 'movement', bucket: -1, key: '', version: '' },
  { table: 'restored', source: '' },
  { table: 'replication', target: '', bucket: -1, key: '', version: '' },
  { table: 'replication_pass', target: '', bucket: -1 },
  { table: 'rename_token', token: '' },
  { table: 'upload', bucket: -1, key: '', id: '' },
];
export const firstRow: RowCursor = tableStarts[0]!;

/** Of the table that comes behind this one. */
export function startAfter(table: RowCursor['table']): RowCursor | undefined {
  return tableStarts[tableStarts.findIndex((start) => start.table === table) + 1];
}

const selectBuckets = statement({ name: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('bucket').selectAll().where('name', '>', p.name).orderBy('name').limit(p.limit),
);
const selectConfigurations = statement({ bucket: 'integer', name: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('bucket_configuration')
    .selectAll()
    .where((where) => where(where.refTuple('bucket', 'name'), '>', where.tuple(p.bucket, p.name)))
    .orderBy('bucket')
    .orderBy('name')
    .limit(p.limit),
);
const selectObjects = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select(objectColumns)
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
      .leftJoin('object', (join) =>
        join.onRef('object.bucket', '=', 'version.bucket').onRef('object.key', '=', 'version.key'),
      )
      .select(objectColumns.map((column) => `version.${column}` as const))
      .select(['object.version as current', 'object.null_version as current_null'])
      .where((where) =>
        where(
          where.refTuple('version.bucket', 'version.key', 'version.version'),
          '>',
          where.tuple(p.bucket, p.key, p.version),
        ),
      )
      .orderBy('version.bucket')
      .orderBy('version.key')
      .orderBy('version.version')
      .limit(p.limit),
);
const selectUploads = statement({ bucket: 'integer', key: 'text', id: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('upload')
    .selectAll()
    .where((where) => where(where.refTuple('bucket', 'key', 'id'), '>', where.tuple(p.bucket, p.key, p.id)))
    .orderBy('bucket')
    .orderBy('key')
    .orderBy('id')
    .limit(p.limit),
);
const selectParts = statement({ upload: 'text', number: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('part')
    .selectAll()
    .where((where) => where(where.refTuple('upload', 'number'), '>', where.tuple(p.upload, p.number)))
    .orderBy('upload')
    .orderBy('number')
    .limit(p.limit),
);

const selectEvents = statement({ target: 'text', sequence: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('event')
    .selectAll()
    .where((where) => where(where.refTuple('target', 'sequence'), '>', where.tuple(p.target, p.sequence)))
    .orderBy('target')
    .orderBy('sequence')
    .limit(p.limit),
);
const selectEventSequences = statement({ name: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('event_sequence').selectAll().where('name', '>', p.name).orderBy('name').limit(p.limit),
);

const selectBucketUsages = statement({ bucket: 'integer', limit: 'integer' }, (db, p) =>
  db.selectFrom('bucket_usage').selectAll().where('bucket', '>', p.bucket).orderBy('bucket').limit(p.limit),
);
const selectUserUsages = statement({ owner: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('user_usage').selectAll().where('owner', '>', p.owner).orderBy('owner').limit(p.limit),
);
const selectMovements = statement(
  { bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('movement')
      .selectAll()
      .where((where) =>
        where(where.refTuple('bucket', 'key', 'version'), '>', where.tuple(p.bucket, p.key, p.version)),
      )
      .orderBy('bucket')
      .orderBy('key')
      .orderBy('version')
      .limit(p.limit),
);
const selectReplications = statement(
  { target: 'text', bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('replication')
      .selectAll()
      .where((where) =>
        where(
          where.refTuple('target', 'bucket', 'key', 'version'),
          '>',
          where.tuple(p.target, p.bucket, p.key, p.version),
        ),
      )
      .orderBy('target')
      .orderBy('bucket')
      .orderBy('key')
      .orderBy('version')
      .limit(p.limit),
);
const selectRestored = statement({ source: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('restored').selectAll().where('source', '>', p.source).orderBy('source').limit(p.limit),
);
const selectPasses = statement({ target: 'text', bucket: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('replication_pass')
    .selectAll()
    .where((where) => where(where.refTuple('target', 'bucket'), '>', where.tuple(p.target, p.bucket)))
    .orderBy('target')
    .orderBy('bucket')
    .limit(p.limit),
);

const selectRenameTokens = statement({ token: 'text', limit: 'integer' }, (db, p) =>
  db.selectFrom('rename_token').selectAll().where('token', '>', p.token).orderBy('token').limit(p.limit),
);

/** Findings of one page of rows. Rows that change between pages may be missed. */
export function* checkRows(input: { cursor: RowCursor; limit: number }): Transaction<RowCheckPage> {
  const { cursor, limit } = input;
  switch (cursor.table) {
    case 'bucket': {
      const rows = yield* selectBuckets.all({ name: cursor.name, limit });
      return pageOf(rows, {
        intact: isIntact.bucket,
        name: (row) => `bucket ${row.name}`,
        cursor: (row) => ({ table: 'bucket', name: row.name }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'bucket_configuration': {
      const rows = yield* selectConfigurations.all({ bucket: cursor.bucket, name: cursor.name, limit });
      return pageOf(rows, {
        intact: isIntact.configuration,
        name: (row) => `${row.name} of bucket ${row.bucket}`,
        cursor: ({ bucket, name }) => ({ table: 'bucket_configuration', bucket, name }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'object': {
      const rows = yield* selectObjects.all({ bucket: cursor.bucket, key: cursor.key, limit });
      return pageOf(rows, {
        intact: (row) => isIntact.listed(listedText(row), row.listed_crc) && isIntact.version(row),
        name: (row) => `object ${JSON.stringify(row.key)} of bucket ${row.bucket}`,
        cursor: ({ bucket, key }) => ({ table: 'object', bucket, key }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'version':
      return yield* checkVersions(cursor, limit);
    case 'upload': {
      const { table: _, ...from } = cursor;
      const rows = yield* selectUploads.all({ ...from, limit });
      return pageOf(rows, {
        intact: isIntact.upload,
        name: (row) => `upload ${row.id} of ${JSON.stringify(row.key)} in bucket ${row.bucket}`,
        cursor: ({ bucket, key, id }) => ({ table: 'upload', bucket, key, id }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'part': {
      const rows = yield* selectParts.all({ upload: cursor.upload, number: cursor.number, limit });
      return pageOf(rows, {
        intact: isIntact.part,
        name: (row) => `part ${row.number} of upload ${row.upload}`,
        cursor: ({ upload, number }) => ({ table: 'part', upload, number }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'event': {
      const rows = yield* selectEvents.all({ target: cursor.target, sequence: cursor.sequence, limit });
      return pageOf(rows, {
        intact: isIntact.event,
        name: (row) => `event ${row.sequence} for ${row.target}`,
        cursor: ({ target, sequence }) => ({ table: 'event', target, sequence }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'event_sequence': {
      const rows = yield* selectEventSequences.all({ name: cursor.name, limit });
      return pageOf(rows, {
        intact: isIntact.eventSequence,
        name: () => 'sequence of events',
        cursor: ({ name }) => ({ table: 'event_sequence', name }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'bucket_usage': {
      const rows = yield* selectBucketUsages.all({ bucket: cursor.bucket, limit });
      return pageOf(rows, {
        intact: isIntact.bucketUsage,
        name: (row) => `usage of bucket ${row.bucket}`,
        cursor: ({ bucket }) => ({ table: 'bucket_usage', bucket }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'user_usage': {
      const rows = yield* selectUserUsages.all({ owner: cursor.owner, limit });
      return pageOf(rows, {
        intact: isIntact.userUsage,
        name: (row) => `usage of user ${row.owner}`,
        cursor: ({ owner }) => ({ table: 'user_usage', owner }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'movement': {
      const { table: _, ...from } = cursor;
      const rows = yield* selectMovements.all({ ...from, limit });
      return pageOf(rows, {
        intact: isIntact.movement,
        name: (row) => `movement of ${JSON.stringify(row.key)} in bucket ${row.bucket}`,
        cursor: ({ bucket, key, version }) => ({ table: 'movement', bucket, key, version }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'restored': {
      const rows = yield* selectRestored.all({ source: cursor.source, limit });
      return pageOf(rows, {
        intact: isIntact.restored,
        name: (row) => `restored copy of ${JSON.stringify(row.key)} in bucket ${row.bucket}`,
        cursor: ({ source }) => ({ table: 'restored', source }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'replication': {
      const { table: _, ...from } = cursor;
      const rows = yield* selectReplications.all({ ...from, limit });
      return pageOf(rows, {
        intact: isIntact.replication,
        name: (row) => `what waits for ${row.target} of ${JSON.stringify(row.key)} in bucket ${row.bucket}`,
        cursor: ({ target, bucket, key, version }) => ({
          table: 'replication',
          target,
          bucket,
          key,
          version,
        }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'replication_pass': {
      const rows = yield* selectPasses.all({ target: cursor.target, bucket: cursor.bucket, limit });
      return pageOf(rows, {
        intact: isIntact.replicationPass,
        name: (row) => `replication pass of bucket ${row.bucket} to ${row.target}`,
        cursor: ({ target, bucket }) => ({ table: 'replication_pass', target, bucket }),
        nextTable: startAfter(cursor.table),
      });
    }
    case 'rename_token': {
      const rows = yield* selectRenameTokens.all({ token: cursor.token, limit });
      return pageOf(rows, {
        intact: isIntact.renameToken,
        name: (row) => `client token ${row.token}`,
        cursor: ({ token }) => ({ table: 'rename_token', token }),
        nextTable: startAfter(cursor.table),
      });
    }
  }
}

function* checkVersions(cursor: RowCursor & { table: 'version' }, limit: number): Transaction<RowCheckPage> {
  const { bucket, key, version } = cursor;
  const rows = yield* selectVersions.all({ bucket, key, version, limit });
  const name = (row: VersionName) =>
    `version ${row.version} of ${JSON.stringify(row.key)} in bucket ${row.bucket}`;
  const page = pageOf(rows, {
    intact: isIntact.version,
    name,
    cursor: (row) => ({ table: 'version', bucket: row.bucket, key: row.key, version: row.version }),
    nextTable: startAfter(cursor.table),
  });
  let before: VersionName = cursor;
  const misfits: RowFinding[] = [];
  for (const row of rows) {
    const newest = row.bucket !== before.bucket || row.key !== before.key;
    const detail = misfitOf(row, { newest });
    if (detail !== undefined) misfits.push({ where: name(row), detail });
    before = row;
  }
  return { ...page, findings: [...page.findings, ...misfits] };
}

type VersionName = Pick<MetadataTables['version'], 'bucket' | 'key' | 'version'>;
type VersionBesideObject = Pick<MetadataTables['version'], 'version' | 'null_version' | 'data'> & {
  readonly current: string | null;
  readonly current_null: number | null;
};

/** What the versions of a key must be to each other: versions.ts. */
function misfitOf(row: VersionBesideObject, { newest }: { newest: boolean }): string | undefined {
  if (row.current === null) {
    return newest && row.data !== null ? 'it is the newest version of its key, but not current' : undefined;
  }
  if (row.current >= row.version) return 'it is newer than the current version of its key';
  return row.null_version === 1 && row.current_null === 1 ? 'its key has two null versions' : undefined;
}

function pageOf<Row extends { readonly row_crc: number | null }>(
  rows: readonly Row[],
  options: {
    intact: (row: Row) => boolean;
    name: (row: Row) => string;
    cursor: (row: Row) => RowCursor;
    /** The table that comes next. */
    nextTable: RowCursor | undefined;
  },
): RowCheckPage {
  const last = rows.at(-1);
  return {
    findings: rows
      .filter((row) => !options.intact(row))
      .map((row) => ({ where: options.name(row), detail: 'its row does not match its checksum' })),
    unsealed: rows.filter((row) => row.row_crc === null).length,
    next: last === undefined ? options.nextTable : options.cursor(last),
  };
}
