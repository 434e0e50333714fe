// The outbox of replication as its worker reads and empties it.
//
// A row goes in the transaction that writes into the version what became of it, so a crash before that replicates the
// version again, which a destination notices, and a crash behind it leaves nothing to do.

import type { Transaction } from '@cairn/engines';
import { type ReplicationRule, rulesFor } from '../../replication/replication-rules.ts';
import {
  type DestinationState,
  replicationOf,
  withDestination,
  withReplication,
} from '../../replication/replication-state.ts';
import { bucketById } from '../buckets.ts';
import { damagedRow, isIntact } from '../row-checksums.ts';
import { statement } from '../tables.ts';
import { shownVersionId } from '../version-order.ts';
import { rowAt, setAttributes } from '../version-row.ts';
import { intactVersion } from '../versions.ts';
import { covered, replicationOfBucket } from './add-replication.ts';
import { keepReplication, type ReplicationName, removeReplication, selectReplication } from './outbox.ts';
import { isHeld } from './passes.ts';

export type QueuePlace = Omit<ReplicationName, 'target'>;
export type QueuedVersion = QueuePlace & {
  readonly changes: number;
  readonly sinceMs: number;
  readonly progress: string | null;
  /** Its row does not match its checksum: nobody knows what waits. */
  readonly rotten: boolean;
};
export type ReplicationQueue = {
  readonly target: string;
  readonly waiting: number;
  /** Since when the oldest waits; 0 when none does. */
  readonly oldestMs: number;
  /** Buckets whose existing objects are still to be looked at. */
  readonly passes: number;
};

/** Behind every row, as they are read. */
export const queueStart: QueuePlace = { bucket: Number.MAX_SAFE_INTEGER, key: '', version: '' };

const selectFirstTarget = statement({ target: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('replication')
    .select('target')
    .where('target', '>', p.target)
    .orderBy('target')
    .limit(p.limit),
);
const selectFirstPass = statement({ target: 'text', limit: 'integer' }, (db, p) =>
  db
    .selectFrom('replication_pass')
    .select('target')
    .where('target', '>', p.target)
    .orderBy('target')
    .limit(p.limit),
);
const selectQueued = statement(
  { target: 'text', bucket: 'integer', key: 'text', version: 'text', limit: 'integer' },
  (db, p) =>
    db
      .selectFrom('replication')
      .selectAll()
      .where('target', '=', p.target)
      .where((where) =>
        where(where.refTuple('bucket', 'key', 'version'), '<', where.tuple(p.bucket, p.key, p.version)),
      )
      .orderBy('bucket', 'desc')
      .orderBy('key', 'desc')
      .orderBy('version', 'desc')
      .limit(p.limit),
);
const countQueues = statement({}, (db) =>
  db
    .selectFrom('replication')
    .select((row) => [
      'target',
      row.fn.countAll<number>().as('waiting'),
      row.fn.min<number>('since_ms').as('oldest_ms'),
    ])
    .groupBy('target')
    .orderBy('target'),
);

const countPasses = statement({}, (db) =>
  db
    .selectFrom('replication_pass')
    .select((row) => ['target', row.fn.countAll<number>().as('passes')])
    .groupBy('target')
    .orderBy('target'),
);

/** Destinations that something waits for: versions, or a pass through what was there before. */
export function* listReplicationTargets(_input: Record<string, never>): Transaction<readonly string[]> {
  const found = new Set<string>();
  for (const select of [selectFirstTarget, selectFirstPass]) {
    for (let target = ''; ; ) {
      const row = yield* select.first({ target, limit: 1 });
      if (row === undefined) break;
      target = row.target;
      found.add(target);
    }
  }
  return [...found];
}

/** What waits for a destination, behind `behind`: of a key the older versions first. */
export function* listReplications(input: {
  target: string;
  behind: QueuePlace;
  limit: number;
}): Transaction<readonly QueuedVersion[]> {
  const { target, behind, limit } = input;
  const rows = yield* selectQueued.all({ target, ...behind, limit });
  return rows.map(({ bucket, key, version, changes, since_ms: sinceMs, progress, ...row }) => ({
    ...{ bucket, key, version, changes, sinceMs, progress },
    rotten: !isIntact.replication({ bucket, key, version, changes, since_ms: sinceMs, progress, ...row }),
  }));
}

/** Scans all that wait. */
export function* countReplications(_input: Record<string, never>): Transaction<readonly ReplicationQueue[]> {
  const queues = new Map<string, ReplicationQueue>();
  for (const { target, waiting, oldest_ms } of yield* countQueues.all({})) {
    queues.set(target, { target, waiting: Number(waiting), oldestMs: Number(oldest_ms), passes: 0 });
  }
  for (const { target, passes } of yield* countPasses.all({})) {
    const known = queues.get(target) ?? { target, waiting: 0, oldestMs: 0 };
    queues.set(target, { ...known, passes: Number(passes) });
  }
  return [...queues.values()];
}

/** A version that waits, as it is now. */
export type VersionToReplicate = {
  readonly bucket: string;
  readonly key: string;
  /** As it is shown. */
  readonly versionId: string;
  /** Its place, as text. */
  readonly version: string;
  readonly modifiedMs: number;
  readonly marker: boolean;
  /** What is known of it at the destination. */
  readonly state: DestinationState | undefined;
  /** That covers it now; undefined when none does any more: what happened before is still replicated. */
  readonly rule: ReplicationRule | undefined;
};

/** `gone`: the version was deleted. `held`: what was there before is not in the outbox yet. */
export function* findReplication(name: ReplicationName): Transaction<VersionToReplicate | 'gone' | 'held'> {
  const bucket = yield* bucketById({ bucket: name.bucket });
  const row = bucket && (yield* rowAt(name));
  if (bucket === undefined || row === undefined) return 'gone';
  if (yield* isHeld(name)) return 'held';
  const { key, attributes, data, modified_ms: modifiedMs } = intactVersion(row);
  const document = yield* replicationOfBucket(bucket);
  const rules = document === undefined ? [] : rulesFor(document, covered(row));
  const known = replicationOf(attributes);
  return {
    ...{ bucket: bucket.name, key, version: name.version, versionId: shownVersionId(row) },
    ...{ modifiedMs, marker: data === null },
    state: known?.replica ? undefined : known?.to[name.target],
    rule: rules.find(({ destination }) => destination === name.target),
  };
}

export type SettledReplication = ReplicationName & {
  /** Of the row, when the version was looked at: a version that changed since waits on. */
  readonly changes: number;
  /** Undefined for a version that is not there any more. */
  readonly state: DestinationState | undefined;
};

export function* settleReplication(input: SettledReplication): Transaction<void> {
  const { target, bucket, key, version, state } = input;
  const name = { target, bucket, key, version };
  const queued = yield* selectReplication.first(name);
  const changed = queued !== undefined && queued.changes !== input.changes;
  if (!changed) yield* removeReplication.run(name);
  const row = state && (yield* rowAt(name));
  if (state === undefined || row === undefined || !isIntact.version(row)) return;
  const known = replicationOf(row.attributes);
  if (known?.replica) return;
  const kept = changed ? { ...state, status: 'PENDING' as const } : state;
  yield* setAttributes(row, withReplication(row.attributes, withDestination(known, target, kept)));
}

/** A row of which nobody knows what it says. */
export function* forgetReplication(name: ReplicationName): Transaction<void> {
  const { target, bucket, key, version } = name;
  yield* removeReplication.run({ target, bucket, key, version });
}

/** How far a long upload to the destination is, for who goes on with it. */
export function* noteReplication(input: ReplicationName & { readonly progress: string }): Transaction<void> {
  const { target, bucket, key, version, progress } = input;
  const row = yield* selectReplication.first({ target, bucket, key, version });
  if (row === undefined) return;
  if (!isIntact.replication(row)) throw damagedRow(`what waits for ${target}`);
  const { row_crc: _, ...known } = row;
  yield* keepReplication({ ...known, progress });
}
