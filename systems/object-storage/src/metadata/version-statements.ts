// Statements on the versions of one key.

import { type MetadataTables, statement } from './tables.ts';

export type VersionRow = Readonly<Omit<MetadataTables['version'], 'listed_crc'>>;

/** Of both tables. */
export const objectColumns = [
  'bucket',
  'key',
  'version',
  'null_version',
  'size',
  'etag',
  'modified_ms',
  'attributes',
  'checksum',
  'data',
  'part_count',
  'shared',
  'listed_crc',
  'row_crc',
] as const satisfies readonly (keyof MetadataTables['version'])[];

const keyParameters = { bucket: 'integer', key: 'text' } as const;
const versionParameters = { ...keyParameters, version: 'text' } as const;

export const selectNewest = statement({ ...keyParameters, limit: 'integer' }, (db, p) =>
  db
    .selectFrom('version')
    .select(objectColumns)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .orderBy('version')
    .limit(p.limit),
);
export const selectVersion = statement(versionParameters, (db, p) =>
  db
    .selectFrom('version')
    .select(objectColumns)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
export const selectNullVersion = statement(keyParameters, (db, p) =>
  db
    .selectFrom('version')
    .select(objectColumns)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('null_version', '=', (where) => where.lit(1)),
);
export const selectVersionOfUpload = statement(
  { ...keyParameters, data: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('version')
      .select(objectColumns)
      .where('bucket', '=', p.bucket)
      .where('key', '=', p.key)
      .where('data', '=', p.data)
      .limit(p.limit),
);
export const insertVersion = statement(
  {
    ...versionParameters,
    null_version: 'integer',
    size: 'integer',
    etag: 'text',
    modified_ms: 'integer',
    attributes: 'text',
    checksum: 'text?',
    data: 'text?',
    part_count: 'integer?',
    shared: 'integer?',
    listed_crc: 'integer',
    row_crc: 'integer',
  },
  (db, p) => db.insertInto('version').values({ ...p }),
);
export const removeVersion = statement(versionParameters, (db, p) =>
  db
    .deleteFrom('version')
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
export const selectObject = statement(keyParameters, (db, p) =>
  db.selectFrom('object').select(objectColumns).where('bucket', '=', p.bucket).where('key', '=', p.key),
);
export const removeObject = statement(keyParameters, (db, p) =>
  db.deleteFrom('object').where('bucket', '=', p.bucket).where('key', '=', p.key),
);
export const copyToVersion = statement(keyParameters, (db, p) =>
  db
    .insertInto('version')
    .columns(objectColumns)
    .expression(
      db.selectFrom('object').select(objectColumns).where('bucket', '=', p.bucket).where('key', '=', p.key),
    ),
);
export const copyToObject = statement(versionParameters, (db, p) =>
  db
    .insertInto('object')
    .columns(objectColumns)
    .expression(
      db
        .selectFrom('version')
        .select((row) => objectColumns.map((column) => row.ref(column).$notNull().as(column)))
        .where('bucket', '=', p.bucket)
        .where('key', '=', p.key)
        .where('version', '=', p.version),
    ),
);
