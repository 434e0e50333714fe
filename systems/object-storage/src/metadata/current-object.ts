// The current object of a key, read together with its bucket in one statement: what every GET and every change begins
// with.

import type { Transaction } from '@cairn/engines';
import { type BucketRow, intactBucket } from './buckets.ts';
import { damagedRow, isIntact } from './row-checksums.ts';
import { type MetadataTables, statement, type Versioning } from './tables.ts';

export type ObjectRow = Readonly<Omit<MetadataTables['object'], 'listed_crc'>>;
export type FoundObject = ObjectRow & { readonly bucket_versioning: Versioning | null };

/** The bucket's columns have its name in front, but for its id, which is the object's `bucket` too. */
const selectCurrent = statement({ name: 'text', key: 'text' }, (db, p) =>
  db
    .selectFrom('bucket')
    .leftJoin('object', (join) => join.onRef('object.bucket', '=', 'bucket.id').on('object.key', '=', p.key))
    .select([
      'bucket.id as bucket',
      'bucket.owner as bucket_owner',
      'bucket.created_ms as bucket_created_ms',
      'bucket.versioning as bucket_versioning',
      'bucket.row_crc as bucket_crc',
      'bucket.notifies as bucket_notifies',
      'bucket.metered as bucket_metered',
      'bucket.replicates as bucket_replicates',
      'object.size',
      'object.etag',
      'object.modified_ms',
      'object.attributes',
      'object.checksum',
      'object.data',
      'object.part_count',
      'object.shared',
      'object.version',
      'object.null_version',
      'object.row_crc',
    ])
    .where('bucket.name', '=', p.name),
);

export type Current = {
  readonly bucket: BucketRow;
  /** Not verified: who only replaces it need not, and must not refuse. */
  readonly object: FoundObject | undefined;
};

/** Undefined when there is no such bucket. */
export function* findCurrent(input: { bucket: string; key: string }): Transaction<Current | undefined> {
  const row = yield* selectCurrent.first({ name: input.bucket, key: input.key });
  if (row === undefined) return undefined;
  const bucket = intactBucket({
    name: input.bucket,
    id: row.bucket,
    owner: row.bucket_owner,
    created_ms: row.bucket_created_ms,
    versioning: row.bucket_versioning,
    row_crc: row.bucket_crc,
    notifies: row.bucket_notifies,
    metered: row.bucket_metered,
    replicates: row.bucket_replicates,
  });
  if (row.data === null) return { bucket, object: undefined };
  return { bucket, object: Object.assign(row, { key: input.key }) as FoundObject };
}

/** The same row, verified. */
export function intactObject<Row extends ObjectRow>(row: Row): Row {
  if (isIntact.version(row)) return row;
  throw damagedRow(`object ${JSON.stringify(row.key)} of bucket ${row.bucket}`);
}

/** One statement, because every GET is one. */
export function* findObject(input: {
  bucket: string;
  key: string;
}): Transaction<FoundObject | 'NoSuchBucket' | 'NoSuchKey'> {
  const current = yield* findCurrent(input);
  if (current === undefined) return 'NoSuchBucket';
  return current.object === undefined ? 'NoSuchKey' : intactObject(current.object);
}
