// Passes through what was there before: for each bucket and destination a row while one is due. It puts into the outbox
// what a rule covers and is not there yet, or failed.
//
// Both tables are looked at key by key, in one transaction, because rows of one key may move between them and never to
// another key. Until a pass is over nothing of its bucket is replicated to its destination: elsewhere the versions of a key
// have to arrive in their order, and the older ones may be the last to be found.

import { SqlError, type Transaction } from '@cairn/engines';
import { destinationsOf, rulesFor } from '../../replication/replication-rules.ts';
import { replicationOf, withDestination, withReplication } from '../../replication/replication-state.ts';
import { type BucketRow, bucketById } from '../buckets.ts';
import { isIntact, sealedReplicationPass } from '../row-checksums.ts';
import { encryptionOf } from '../stored-size.ts';
import { statement } from '../tables.ts';
import { setAttributes, versionsOf } from '../version-row.ts';
import { selectObject, type VersionRow } from '../version-statements.ts';
import { covered, replicationOfBucket } from './add-replication.ts';
import { enqueue } from './outbox.ts';

export type PassName = { readonly target: string; readonly bucket: number };

const name = { target: 'text', bucket: 'integer' } as const;
const selectPass = statement(name, (db, p) =>
  db.selectFrom('replication_pass').selectAll().where('target', '=', p.target).where('bucket', '=', p.bucket),
);
const selectPasses = statement({ target: 'text', bucket: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('replication_pass')
    .selectAll()
    .where('target', '=', p.target)
    .where('bucket', '>', p.bucket)
    .orderBy('bucket')
    .limit(p.limit),
);
const upsertPass = statement({ ...name, after: 'text', row_crc: 'integer' }, (db, p) => {
  const { target, bucket, ...content } = p;
  return db
    .insertInto('replication_pass')
    .values({ target, bucket, ...content })
    .onConflict((conflict) => conflict.columns(['target', 'bucket']).doUpdateSet(content));
});
const removePass = statement(name, (db, p) =>
  db.deleteFrom('replication_pass').where('target', '=', p.target).where('bucket', '=', p.bucket),
);
const removePasses = statement({ bucket: 'integer' }, (db, p) =>
  db.deleteFrom('replication_pass').where('bucket', '=', p.bucket),
);
const selectReplicating = statement({ id: 'integer', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('bucket')
    .select('id')
    .where('replicates', '=', (where) => where.lit(1))
    .where('id', '>', p.id)
    .orderBy('id')
    .limit(p.limit),
);
const selectNextObjectKey = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('object')
    .select('key')
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.key)
    .orderBy('key')
    .limit(p.limit),
);
const selectNextVersionKey = statement({ bucket: 'integer', key: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('version')
    .select('key')
    .where('bucket', '=', p.bucket)
    .where('key', '>', p.key)
    .orderBy('key')
    .limit(p.limit),
);

export function* startPasses(bucket: number, targets: Iterable<string>): Transaction<void> {
  for (const target of targets) yield* upsertPass.run(sealedReplicationPass({ target, bucket, after: '' }));
}

export function* forgetPasses(bucket: number): Transaction<void> {
  yield* removePasses.run({ bucket });
}

export function* isHeld({ target, bucket }: PassName): Transaction<boolean> {
  return (yield* selectPass.first({ target, bucket })) !== undefined;
}

/** Everything that replicates is looked at again, from the beginning: what failed is tried again. */
export function* retryReplication(_input: Record<string, never>): Transaction<{ buckets: number }> {
  let buckets = 0;
  for (let id = -1; ; buckets++) {
    const found = yield* selectReplicating.first({ id, limit: 1 });
    if (found === undefined) return { buckets };
    const document = yield* soundReplication(found.id);
    if (document !== undefined) yield* startPasses(found.id, destinationsOf(document));
    id = found.id;
  }
}

/** One bucket that is damaged keeps the others from nothing. */
function* soundReplication(id: number): Transaction<string | undefined> {
  try {
    const bucket = yield* bucketById({ bucket: id });
    return bucket && (yield* replicationOfBucket(bucket));
  } catch (error) {
    if (error instanceof SqlError && error.code === 'corrupt') return undefined;
    throw error;
  }
}

/** Of the first bucket behind `behind` that still has a pass for a target: its number. */
export function* findPass(input: { target: string; behind: number }): Transaction<number | undefined> {
  const { target, behind } = input;
  return (yield* selectPasses.first({ target, bucket: behind, limit: 1 }))?.bucket;
}

export type PassStep = PassName & { readonly keys: number; readonly nowMs: number };

/** One step of a pass: so many keys. False when it is over. */
export function* continuePass(input: PassStep): Transaction<boolean> {
  const { target } = input;
  const pass = yield* selectPass.first({ target, bucket: input.bucket });
  if (pass === undefined) return false;
  const bucket = yield* bucketById({ bucket: pass.bucket });
  const document = bucket && (yield* replicationOfBucket(bucket));
  // A place that rotted counts for nothing: to look again does no harm.
  let after: string | undefined = isIntact.replicationPass(pass) ? pass.after : '';
  for (let count = 0; count < input.keys && after !== undefined && document !== undefined; count++) {
    after = yield* nextKey({ bucket: pass.bucket, key: after });
    if (after !== undefined) yield* lookAt(bucket!, { document, key: after, ...input });
  }
  const isOver = after === undefined || document === undefined;
  if (isOver) yield* removePass.run({ target, bucket: pass.bucket });
  else yield* upsertPass.run(sealedReplicationPass({ target, bucket: pass.bucket, after: after! }));
  return !isOver;
}

function* nextKey(from: { bucket: number; key: string }): Transaction<string | undefined> {
  const object = (yield* selectNextObjectKey.first({ ...from, limit: 1 }))?.key;
  const version = (yield* selectNextVersionKey.first({ ...from, limit: 1 }))?.key;
  if (object === undefined || version === undefined) return object ?? version;
  return Buffer.compare(Buffer.from(object), Buffer.from(version)) < 0 ? object : version;
}

type Look = {
  readonly document: string;
  readonly key: string;
  readonly target: string;
  readonly nowMs: number;
};

function* lookAt(bucket: BucketRow, { key, ...look }: Look): Transaction<void> {
  const current = yield* selectObject.first({ bucket: bucket.id, key });
  const rows: readonly VersionRow[] = yield* versionsOf({ bucket: bucket.id, key });
  for (const row of current === undefined ? rows : [current, ...rows]) {
    // Of a damaged row nobody knows where it belongs.
    if (isIntact.version(row) && isDue(row, look)) yield* putIntoOutbox(row, look);
  }
}

function isDue(row: VersionRow, { document, target }: Omit<Look, 'key'>): boolean {
  const { attributes } = row;
  const known = replicationOf(attributes);
  if (known?.replica || encryptionOf(attributes)?.by === 'customer') return false;
  const rule = rulesFor(document, covered(row)).find(({ destination }) => destination === target);
  if (rule === undefined) return false;
  const status = known?.to[target]?.status;
  return status === undefined ? rule.existingObjects : status !== 'COMPLETED';
}

function* putIntoOutbox(row: VersionRow, { target, nowMs }: Omit<Look, 'key'>): Transaction<void> {
  const { bucket, key, version } = row;
  yield* enqueue({ target, bucket, key, version }, { nowMs });
  const replication = withDestination(replicationOf(row.attributes), target, { status: 'PENDING' });
  yield* setAttributes(row, withReplication(row.attributes, replication));
}
