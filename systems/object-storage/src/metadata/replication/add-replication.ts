// Writes what has to be replicated into the outbox, in the transaction of the change, and that it waits into the version.
//
// The rules that decide are those in the transaction. That a bucket has any stands in its row (`replicates`), which every
// change reads anyway: where there are none, callers do not come here.

import type { Transaction } from '@cairn/engines';
import type { ObjectAttributes } from '../../core/object-storage.ts';
import {
  destinationsOf,
  type ReplicatedVersion,
  replicationDocument,
  rulesFor,
} from '../../replication/replication-rules.ts';
import { replicationOf, withDestination, withReplication } from '../../replication/replication-state.ts';
import type { BucketRow } from '../buckets.ts';
import { damagedRow, isIntact } from '../row-checksums.ts';
import { encryptionOf } from '../stored-size.ts';
import { statement } from '../tables.ts';
import { enqueue } from './outbox.ts';

/** A version that is being made, or changed. */
type Version = {
  readonly key: string;
  readonly version: string;
  /** JSON of ObjectAttributes; empty for most delete markers. */
  readonly attributes: string;
  /** Null for a delete marker. */
  readonly data: string | null;
};

const selectDocument = statement({ bucket: 'integer', name: 'text' }, (db, p) =>
  db.selectFrom('bucket_configuration').selectAll().where('bucket', '=', p.bucket).where('name', '=', p.name),
);

/** Undefined for rules that rotted too: for who only looks where bytes may be. */
export function* intactReplicationOf(bucket: number): Transaction<string | undefined> {
  const row = yield* selectDocument.first({ bucket, name: replicationDocument });
  return row !== undefined && isIntact.configuration(row) ? row.document : undefined;
}

/** By rules that rotted nothing is left out in silence: the change fails. */
export function* replicationOfBucket(bucket: BucketRow): Transaction<string | undefined> {
  const row = yield* selectDocument.first({ bucket: bucket.id, name: replicationDocument });
  if (row === undefined || isIntact.configuration(row)) return row?.document;
  throw damagedRow(`${replicationDocument} of bucket ${bucket.name}`);
}

/**
 * The attributes of a new version, as they are to be kept. A replica stays where it is, and what is under a client's key
 * nobody can read without the client.
 */
export function* replicated(
  bucket: BucketRow,
  row: Version,
  { nowMs }: { readonly nowMs: number },
): Transaction<string> {
  const { key, version, attributes } = row;
  if (replicationOf(attributes)?.replica || encryptionOf(attributes)?.by === 'customer') return attributes;
  const document = yield* replicationOfBucket(bucket);
  const rules = document === undefined ? [] : rulesFor(document, covered(row));
  if (rules.length === 0) return attributes;
  const to: Record<string, { status: 'PENDING' }> = {};
  for (const { destination } of rules) {
    to[destination] = { status: 'PENDING' };
    yield* enqueue({ target: destination, bucket: bucket.id, key, version }, { nowMs });
  }
  return withReplication(attributes, { to });
}

/** The same of one that changes, as far as it was replicated before: what rules say of new versions only is not asked. */
export function* replicatedAgain(
  bucket: BucketRow,
  { key, version, attributes }: Omit<Version, 'data'>,
  { nowMs }: { readonly nowMs: number },
): Transaction<string> {
  const known = replicationOf(attributes);
  const document = yield* replicationOfBucket(bucket);
  if (known === undefined || known.replica || document === undefined) return attributes;
  let replication = known;
  for (const destination of destinationsOf(document).intersection(new Set(Object.keys(known.to)))) {
    yield* enqueue({ target: destination, bucket: bucket.id, key, version }, { nowMs });
    replication = withDestination(replication, destination, { status: 'PENDING' }) as typeof known;
  }
  return withReplication(attributes, replication);
}

/** As rules look at it. */
export function covered({ key, attributes, data }: Omit<Version, 'version'>): ReplicatedVersion {
  if (data === null) return { key, marker: true };
  const { tags } = JSON.parse(attributes) as ObjectAttributes;
  return { key, tags, marker: false };
}
