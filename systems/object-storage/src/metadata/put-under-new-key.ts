// Storing an object under a key that has none, in a bucket where a put changes nothing besides: most puts, in one statement.
//
// It is tried with what is known of the bucket, and the statement itself says whether that still holds: it stores nothing
// where the bucket's row is another than the intact one that was read last, or where the key is taken.

import type { Transaction } from '@cairn/engines';
import { type BucketRow, knownBucket } from './buckets.ts';
import type { NewObject } from './objects.ts';
import { sealedVersion } from './row-checksums.ts';
import { statement } from './tables.ts';
import { versionBeforeVersioning } from './version-order.ts';

const insertUnderNewKey = statement(
  {
    name: 'text',
    owner: 'text',
    created_ms: 'integer',
    bucket_crc: 'integer',
    bucket: 'integer',
    key: 'text',
    size: 'integer',
    etag: 'text',
    modified_ms: 'integer',
    attributes: 'text',
    checksum: 'text?',
    data: 'text',
    part_count: 'integer?',
    shared: 'integer?',
    version: 'text',
    null_version: 'integer',
    listed_crc: 'integer',
    row_crc: 'integer',
  },
  (db, p) =>
    db
      .insertInto('object')
      .columns([
        ...(['bucket', 'key', 'size', 'etag', 'modified_ms', 'attributes', 'checksum', 'data'] as const),
        ...(['part_count', 'shared', 'version', 'null_version', 'listed_crc', 'row_crc'] as const),
      ])
      .expression(
        db
          .selectFrom('bucket')
          .select(({ val }) => [
            val(p.bucket).as('bucket'),
            val(p.key).as('key'),
            val(p.size).as('size'),
            val(p.etag).as('etag'),
            val(p.modified_ms).as('modified_ms'),
            val(p.attributes).as('attributes'),
            val(p.checksum).as('checksum'),
            val(p.data).as('data'),
            val(p.part_count).as('part_count'),
            val(p.shared).as('shared'),
            val(p.version).as('version'),
            val(p.null_version).as('null_version'),
            val(p.listed_crc).as('listed_crc'),
            val(p.row_crc).as('row_crc'),
          ])
          .where('bucket.name', '=', p.name)
          .where('bucket.id', '=', p.bucket)
          .where('bucket.owner', '=', p.owner)
          .where('bucket.created_ms', '=', p.created_ms)
          .where('bucket.row_crc', '=', p.bucket_crc)
          .where('bucket.versioning', 'is', null)
          .where('bucket.notifies', 'is', null)
          .where('bucket.metered', 'is', null)
          .where('bucket.replicates', 'is', null),
      )
      .onConflict((conflict) => conflict.columns(['bucket', 'key']).doNothing()),
);

/** Where keys are written over again and again, trying would be in vain each time. */
const untriedAfterTaken = 15;
/** How often it is not to be tried, of buckets as they are known. It decides only which way a put takes to the same rows. */
const untried = new WeakMap<BucketRow, number>();

/** Whether it was stored; nothing happened when it was not. */
export function* putUnderNewKey(bucket: string, bucketId: number, object: NewObject): Transaction<boolean> {
  const known = knownBucket(bucket);
  if (known === undefined || known.row_crc === null || known.id !== bucketId) return false;
  if ((known.versioning ?? known.notifies ?? known.metered ?? known.replicates) !== null) return false;
  const left = untried.get(known) ?? 0;
  if (left > 0) {
    untried.set(known, left - 1);
    return false;
  }
  const { shared = null } = object;
  const row = { ...object, shared, bucket: bucketId, version: versionBeforeVersioning, null_version: 1 };
  const { name, owner, created_ms, row_crc: bucket_crc } = known;
  const stored = yield* insertUnderNewKey.run({ ...sealedVersion(row), name, owner, created_ms, bucket_crc });
  if (stored === 0) untried.set(known, untriedAfterTaken);
  return stored > 0;
}
