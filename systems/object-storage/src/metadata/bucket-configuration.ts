// Transactions on what is set for a bucket: its policy, access control list, CORS rules and so on. One row per document,
// so that a new kind of setting needs no new table. Documents are text that only those who wrote it understand.

import type { Transaction } from '@cairn/engines';
import { type BucketRow, createBucket, deleteBucket, findBucket, type NewBucket } from './buckets.ts';
import { damagedRow, isIntact, sealedConfiguration } from './row-checksums.ts';
import { statement } from './tables.ts';
import { abortUploadsOf } from './uploads.ts';

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
}): Transaction<'stored' | 'NoSuchBucket'> {
  const bucket = yield* findBucket(input);
  if (bucket === undefined) return 'NoSuchBucket';
  yield* change(bucket.id, input.changes);
  return 'stored';
}

/** A bucket with its settings, or none of both. */
export function* createConfiguredBucket(input: {
  bucket: NewBucket;
  changes: readonly ConfigurationChange[];
}): Transaction<{ created: boolean; bucket: BucketRow }> {
  const outcome = yield* createBucket(input.bucket);
  if (outcome.created) yield* change(outcome.bucket.id, input.changes);
  return outcome;
}

/** `HasUploads`: it was empty but for unfinished uploads, some of which were aborted: to be asked again. */
export function* deleteConfiguredBucket(input: {
  bucket: string;
  nowMs: number;
}): Transaction<'deleted' | 'NoSuchBucket' | 'BucketNotEmpty' | 'HasUploads'> {
  const bucket = yield* findBucket(input);
  const outcome = yield* deleteBucket(input);
  if (outcome === 'HasUploads' && bucket !== undefined) {
    yield* abortUploadsOf({ bucket: bucket.id, sinceMs: input.nowMs, limit: uploadsAtOnce });
  }
  if (outcome === 'deleted' && bucket !== undefined) yield* removeDocuments.run({ bucket: bucket.id });
  return outcome;
}

const uploadsAtOnce = 100;

function* change(bucket: number, changes: readonly ConfigurationChange[]): Transaction<void> {
  for (const { name, document } of changes) {
    if (document === null) yield* removeDocument.run({ bucket, name });
    else yield* upsertDocument.run(sealedConfiguration({ bucket, name, document }));
  }
}
