// Transactions on what is set for a bucket: its policy, access control list, CORS rules and so on. One row per document,
// so that a new kind of setting needs no new table. Documents are text that only those who wrote it understand.

import type { Transaction } from '@cairn/engines';
import { notificationDocument } from '../events/notification-rules.ts';
import { lifecycleDocument } from '../lifecycle/lifecycle-rules.ts';
import { destinationsOf, replicationDocument } from '../replication/replication-rules.ts';
import {
  type BucketRow,
  createBucket,
  findBucket,
  isEmpty,
  type NewBucket,
  removeBucketRow,
  setNotifies,
  setReplicates,
  setVersioning,
} from './buckets.ts';
import { forgetLifecycle, lifecycleChanged } from './lifecycle/passes.ts';
import { hasObjectLock, objectLockDocument } from './object-lock.ts';
import { forgetMetered, meterNewBucket } from './quotas/quotas.ts';
import { forgetPasses, startPasses } from './replication/passes.ts';
import { damagedRow, isIntact, sealedConfiguration } from './row-checksums.ts';
import { statement, type Versioning } from './tables.ts';
import { dropUploads } from './uploads.ts';

export type ConfigurationRow = { readonly name: string; readonly document: string };
/** Without a document the setting is taken away. */
export type ConfigurationChange = { readonly name: string; readonly document: string | null };

const selectDocuments = statement({ bucket: 'integer' }, (db, p) =>
  db.selectFrom('bucket_configuration').selectAll().where('bucket', '=', p.bucket).orderBy('name'),
);
const upsertDocument = statement(
  { bucket: 'integer', name: 'text', document: 'text', row_crc: 'integer' },
  (db, p) => {
    const { bucket, name, ...content } = p;
    return db
      .insertInto('bucket_configuration')
      .values({ bucket, name, ...content })
      .onConflict((conflict) => conflict.columns(['bucket', 'name']).doUpdateSet(content));
  },
);
const removeDocument = statement({ bucket: 'integer', name: 'text' }, (db, p) =>
  db.deleteFrom('bucket_configuration').where('bucket', '=', p.bucket).where('name', '=', p.name),
);
const removeDocuments = statement({ bucket: 'integer' }, (db, p) =>
  db.deleteFrom('bucket_configuration').where('bucket', '=', p.bucket),
);

export function* findBucketConfiguration(input: {
  bucket: string;
}): Transaction<{ bucket: BucketRow; documents: readonly ConfigurationRow[] } | undefined> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return undefined;
  const rows = yield* selectDocuments.all({ bucket: bucket.id });
  const damaged = rows.find((row) => !isIntact.configuration(row));
  if (damaged !== undefined) throw damagedRow(`${damaged.name} of bucket ${input.bucket}`);
  return { bucket, documents: rows.map(({ name, document }) => ({ name, document })) };
}

export function* configureBucket(input: {
  bucket: string;
  changes: readonly ConfigurationChange[];
}): Transaction<'stored' | 'NoSuchBucket' | 'InvalidBucketState' | 'InvalidRequest'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const lock = input.changes.find(({ name }) => name === objectLockDocument);
  const lockable = lock?.document !== null && bucket.versioning === 'enabled';
  if (lock !== undefined && !lockable) return 'InvalidBucketState';
  const replication = input.changes.find(({ name }) => name === replicationDocument);
  if (replication?.document && bucket.versioning !== 'enabled') return 'InvalidRequest';
  yield* change(bucket, input.changes);
  return 'stored';
}

/**
 * Where objects may be locked, versioning stays enabled: every other put would remove what is locked. Likewise where they
 * are replicated: every other put would remove what waits.
 */
export function* changeVersioning(input: {
  bucket: string;
  versioning: Versioning;
}): Transaction<'set' | 'NoSuchBucket' | 'InvalidBucketState'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  const suspended = input.versioning === 'suspended';
  if (suspended && (bucket.replicates !== null || (yield* hasObjectLock({ bucket: bucket.id })))) {
    return 'InvalidBucketState';
  }
  return yield* setVersioning(input);
}

/** A bucket with its settings, or none of both. One with object lock or replication has versioning enabled. */
export function* createConfiguredBucket(input: {
  bucket: NewBucket;
  changes: readonly ConfigurationChange[];
}): Transaction<{ created: boolean; bucket: BucketRow }> {
  const outcome = yield* createBucket(input.bucket);
  if (!outcome.created) return outcome;
  const bucket = yield* meterNewBucket(outcome.bucket);
  yield* change(bucket, input.changes);
  if (!input.changes.some(({ name }) => versioned.includes(name))) return { created: true, bucket };
  yield* setVersioning({ bucket: input.bucket.name, versioning: 'enabled' });
  return { created: true, bucket: { ...bucket, versioning: 'enabled' } };
}

const versioned = [objectLockDocument, replicationDocument];

export type DeleteBucketInput = {
  readonly bucket: string;
  readonly nowMs: number;
  /** How many unfinished uploads may go in this transaction. */
  readonly uploadsMax: number;
};

/**
 * Deletes an empty bucket with its settings and its unfinished uploads. `more`: it had more uploads than may go at once,
 * is still there, and has to be deleted again.
 */
export function* deleteBucket(
  input: DeleteBucketInput,
): Transaction<'deleted' | 'more' | 'NoSuchBucket' | 'BucketNotEmpty'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  if (!(yield* isEmpty(bucket))) return 'BucketNotEmpty';
  const { nowMs, uploadsMax: limit } = input;
  if ((yield* dropUploads({ bucket, nowMs, limit })) === limit) return 'more';
  yield* removeDocuments.run({ bucket: bucket.id });
  yield* forgetLifecycle(bucket.id);
  if (bucket.metered !== null) yield* forgetMetered(bucket);
  yield* forgetPasses(bucket.id);
  yield* removeBucketRow(bucket);
  return 'deleted';
}

function* change(
  { id: bucket, name: bucketName }: Pick<BucketRow, 'id' | 'name'>,
  changes: readonly ConfigurationChange[],
): Transaction<void> {
  for (const { name, document } of changes) {
    if (name === notificationDocument) {
      yield* setNotifies({ bucket: bucketName, notifies: document !== null });
    }
    if (document === null) yield* removeDocument.run({ bucket, name });
    else yield* upsertDocument.run(sealedConfiguration({ bucket, name, document }));
    if (name === replicationDocument) {
      yield* setReplicates({ bucket: bucketName, replicates: document !== null });
      yield* forgetPasses(bucket);
      if (document !== null) yield* startPasses(bucket, destinationsOf(document));
    }
    if (name !== lifecycleDocument) continue;
    if (document === null) yield* forgetLifecycle(bucket);
    else yield* lifecycleChanged(bucket);
  }
}
