// How much there is of what a quota counts: a row per metered bucket, and one per user with a quota, whose counters are the
// sums of those of his buckets. A row exists while a quota needs it; a bucket's own row says so too (`metered`), so that
// changes in all other buckets do not look here.
//
//   counted_to   null: the counters are all there is           a key: they are all up to and with that key, and the count goes on

import type { Transaction } from '@cairn/engines';
import { damagedRow, isIntact, sealedBucketUsage, sealedUserUsage } from '../row-checksums.ts';
import { type MetadataTables, statement } from '../tables.ts';

export type BucketUsageRow = MetadataTables['bucket_usage'];
export type UserUsageRow = MetadataTables['user_usage'];
export type Limits = Pick<UserUsageRow, 'bytes_max' | 'objects_max'>;
export type Counters = Pick<UserUsageRow, 'bytes' | 'objects'>;

const selectOfBucket = statement({ bucket: 'integer' }, (db, p) =>
  db.selectFrom('bucket_usage').selectAll().where('bucket', '=', p.bucket),
);
const selectOfUser = statement({ owner: 'text' }, (db, p) =>
  db.selectFrom('user_usage').selectAll().where('owner', '=', p.owner),
);
const upsertOfBucket = statement(
  {
    bucket: 'integer',
    bytes: 'integer',
    objects: 'integer',
    counted_to: 'text?',
    bytes_max: 'integer?',
    objects_max: 'integer?',
    row_crc: 'integer',
  },
  (db, { bucket, ...content }) =>
    db
      .insertInto('bucket_usage')
      .values({ bucket, ...content })
      .onConflict((conflict) => conflict.column('bucket').doUpdateSet(content)),
);
const upsertOfUser = statement(
  {
    owner: 'text',
    bytes: 'integer',
    objects: 'integer',
    bytes_max: 'integer?',
    objects_max: 'integer?',
    row_crc: 'integer',
  },
  (db, { owner, ...content }) =>
    db
      .insertInto('user_usage')
      .values({ owner, ...content })
      .onConflict((conflict) => conflict.column('owner').doUpdateSet(content)),
);
const removeOfBucket = statement({ bucket: 'integer' }, (db, p) =>
  db.deleteFrom('bucket_usage').where('bucket', '=', p.bucket),
);
const removeOfUser = statement({ owner: 'text' }, (db, p) =>
  db.deleteFrom('user_usage').where('owner', '=', p.owner),
);

/** As they are stored, rotten or not. */
export const storedUsage = {
  ofBucket: (bucket: number) => selectOfBucket.first({ bucket }),
  ofUser: (owner: string) => selectOfUser.first({ owner }),
};

/** By counters and limits that rotted nothing is decided: the change fails, until the quota is set anew. */
export function* bucketUsage(bucket: number): Transaction<BucketUsageRow | undefined> {
  const row = yield* selectOfBucket.first({ bucket });
  if (row === undefined || isIntact.bucketUsage(row)) return row;
  throw damagedRow(`usage of bucket ${bucket}`);
}

export function* userUsage(owner: string): Transaction<UserUsageRow | undefined> {
  const row = yield* selectOfUser.first({ owner });
  if (row === undefined || isIntact.userUsage(row)) return row;
  throw damagedRow(`usage of user ${owner}`);
}

export function* keepBucketUsage(row: Omit<BucketUsageRow, 'row_crc'>): Transaction<void> {
  yield* upsertOfBucket.run(sealedBucketUsage(row));
}

export function* keepUserUsage(row: Omit<UserUsageRow, 'row_crc'>): Transaction<void> {
  yield* upsertOfUser.run(sealedUserUsage(row));
}

export function* forgetBucketUsage(bucket: number): Transaction<void> {
  yield* removeOfBucket.run({ bucket });
}

export function* forgetUserUsage(owner: string): Transaction<void> {
  yield* removeOfUser.run({ owner });
}
