// The outbox of replication: one row for each version and destination that have to be brought together, written in the
// transaction of the change. A row says only that: what is to be replicated is the version as it is when its turn comes.
//
// Rows are ordered by key and version, not by time: who reads them backwards has the versions of a key from the oldest on,
// also those that were there before the rule. A change of a version that waits already is counted in its row, so that who
// brought the version there as it was before leaves the row.

import type { Transaction } from '@cairn/engines';
import { sealedReplication } from '../row-checksums.ts';
import { type MetadataTables, statement } from '../tables.ts';

export type ReplicationRow = Readonly<MetadataTables['replication']>;
/** What a row is about. */
export type ReplicationName = Pick<ReplicationRow, 'target' | 'bucket' | 'key' | 'version'>;

const name = { target: 'text', bucket: 'integer', key: 'text', version: 'text' } as const;

export const selectReplication = statement(name, (db, p) =>
  db
    .selectFrom('replication')
    .selectAll()
    .where('target', '=', p.target)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);
const upsertReplication = statement(
  { ...name, changes: 'integer', since_ms: 'integer', progress: 'text?', row_crc: 'integer' },
  (db, { target, bucket, key, version, ...content }) =>
    db
      .insertInto('replication')
      .values({ target, bucket, key, version, ...content })
      .onConflict((conflict) =>
        conflict.columns(['target', 'bucket', 'key', 'version']).doUpdateSet(content),
      ),
);
export const removeReplication = statement(name, (db, p) =>
  db
    .deleteFrom('replication')
    .where('target', '=', p.target)
    .where('bucket', '=', p.bucket)
    .where('key', '=', p.key)
    .where('version', '=', p.version),
);

export function* keepReplication(row: Omit<ReplicationRow, 'row_crc'>): Transaction<void> {
  yield* upsertReplication.run(sealedReplication({ ...row }));
}

/** A version has to be brought to a destination, as it is from now on. */
export function* enqueue(version: ReplicationName, { nowMs }: { nowMs: number }): Transaction<void> {
  const { target, bucket, key, version: place } = version;
  const known = yield* selectReplication.first({ target, bucket, key, version: place });
  yield* keepReplication({
    ...{ target, bucket, key, version: place },
    changes: (known?.changes ?? 0) + 1,
    since_ms: known?.since_ms ?? nowMs,
    progress: known?.progress ?? null,
  });
}
