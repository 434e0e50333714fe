// Renaming an object within its bucket: its row moves from one key to another, and its bytes stay where they are.
//
// With versioning the version that moves is the newest of its new key, under a new id, and leaves a delete marker behind:
// what was older of the old key stays hidden. The row is one: a version never has two places.

import type { Transaction } from '@cairn/engines';
import type { ChangeOrigin } from '../events/event-record.ts';
import { replicationOf, withReplication } from '../replication/replication-state.ts';
import { storageClassFrom } from './checksum-text.ts';
import { findCurrent, intactObject, type ObjectRow } from './current-object.ts';
import { addEvent } from './events/add-event.ts';
import { isProtected, lockOf } from './object-lock.ts';
import { type Condition, type StoreFailure, storeCurrent } from './objects.ts';
import { changeUsage, versionChange } from './quotas/metering.ts';
import { findRename, noteRename, type RenameToken, type TokenAnswer } from './rename-tokens.ts';
import { carryMovement } from './transition/movements.ts';
import { carryRestore } from './transition/restores.ts';
import { shownVersionId } from './version-order.ts';
import { removeObject, selectObject } from './version-statements.ts';
import { markDeleted, type Occasion } from './versions.ts';

export type RenameInput = Occasion & {
  readonly bucket: string;
  readonly source: string;
  readonly key: string;
  /** Of the object as it was found: another one is left alone. */
  readonly version: string;
  readonly data: string;
  /** What is appended to keeps `data`. */
  readonly etag: string;
  readonly known: string;
  /** Of the object under its new name: a key is wrapped for a name. */
  readonly attributes: string;
  readonly condition: Condition;
  readonly targetTimes: TimeCondition;
  readonly token: RenameToken | undefined;
  readonly origin: ChangeOrigin | undefined;
};
/** About the object that is replaced; in seconds, as dates of headers are. */
export type TimeCondition = {
  readonly modifiedAfterSecond: number | undefined;
  readonly unmodifiedAfterSecond: number | undefined;
};
export type RenameOutput = TokenAnswer | StoreFailure | 'changed' | 'AccessDenied';

/** `changed`: the source is another object by now, or none. */
export function* renameObject(input: RenameInput): Transaction<RenameOutput> {
  const { token } = input;
  const repeated = token && (yield* findRename({ bucket: input.bucket, token }));
  if (repeated !== undefined) return repeated;
  const found = yield* findCurrent({ bucket: input.bucket, key: input.source });
  if (found?.object === undefined) return 'changed';
  const moved = intactObject(found.object);
  if (moved.version !== input.version || moved.data !== input.data) return 'changed';
  if (moved.etag !== input.etag || moved.attributes !== input.known) return 'changed';
  const { bucket } = found;
  // For its old key that would be a removal.
  if (isProtected(lockOf(moved.attributes), { nowMs: input.nowMs, bypassGovernance: false })) {
    return 'AccessDenied';
  }
  const target = yield* selectObject.first({ bucket: bucket.id, key: input.key });
  if (!timesHold(input.targetTimes, target)) return 'PreconditionFailed';
  const { size, etag, modified_ms, checksum, data, part_count, shared } = moved;
  const { key, condition, origin, nowMs: atMs } = input;
  // What became of it under its old name says nothing of the new one.
  const attributes =
    replicationOf(input.attributes) === undefined
      ? input.attributes
      : withReplication(input.attributes, undefined);
  const gone = versionChange({ key: input.source, size }, -1);
  const stored = yield* storeCurrent(
    { key, size, etag, modified_ms, attributes, checksum, data, part_count, shared },
    {
      current: { bucket, key, object: target },
      condition,
      occasion: input,
      cause: { event: 'ObjectCreated:Copy', origin },
      leaving: [gone],
    },
  );
  if (typeof stored === 'string') return stored;
  yield* removeObject.run({ bucket: bucket.id, key: input.source });
  if (bucket.metered !== null) yield* changeUsage(bucket, [gone]);
  if (storageClassFrom(checksum) !== undefined) {
    const from = { bucket: bucket.id, key: input.source, version: moved.version };
    const to = { bucket: bucket.id, key, version: stored.version };
    yield* carryMovement({ from, to });
    yield* carryRestore({ source: data, to });
  }
  const marker =
    bucket.versioning === null
      ? undefined
      : yield* markDeleted({ bucket, key: input.source, object: undefined }, input);
  if (bucket.notifies !== null) {
    const event = marker ? 'ObjectRemoved:DeleteMarkerCreated' : 'ObjectRemoved:Delete';
    const versionId = marker && shownVersionId(marker);
    yield* addEvent(bucket, { event, key: input.source, versionId, origin, atMs });
  }
  const renamed = { versionId: stored.versioning === null ? undefined : shownVersionId(stored) };
  if (token !== undefined) yield* noteRename({ bucket: bucket.id, token, renamed }, input);
  return renamed;
}

function timesHold(
  { modifiedAfterSecond, unmodifiedAfterSecond }: TimeCondition,
  target: ObjectRow | undefined,
): boolean {
  if (target === undefined) return modifiedAfterSecond === undefined;
  if (modifiedAfterSecond === undefined && unmodifiedAfterSecond === undefined) return true;
  const second = Math.floor(intactObject(target).modified_ms / 1_000);
  return (
    (modifiedAfterSecond === undefined || second > modifiedAfterSecond) &&
    (unmodifiedAfterSecond === undefined || second <= unmodifiedAfterSecond)
  );
}
