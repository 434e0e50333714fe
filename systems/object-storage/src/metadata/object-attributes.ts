// Changes what is kept beside the bytes of a version, in place: who owns it, who may reach it. Neither its bytes nor its
// time of modification nor its place among the versions of its key change.

import type { Transaction } from '@cairn/engines';
import { replicationOf } from '../replication/replication-state.ts';
import { findBucket } from './buckets.ts';
import { findObject } from './current-object.ts';
import { addObjectEvent, type Happened } from './events/add-event.ts';
import { findVersion } from './find-version.ts';
import { replicatedAgain } from './replication/add-replication.ts';
import { setAttributes } from './version-row.ts';

export type SetAttributesInput = {
  readonly bucket: string;
  readonly key: string;
  /** As it is shown; null for the current version. */
  readonly versionId: string | null;
  /** Of the version as it was when the change was made up; another one is left alone. */
  readonly version: string;
  readonly known: string;
  readonly attributes: string;
  readonly nowMs: number;
  /** What the change is, when it is one that events tell of. */
  readonly happened: Pick<Happened, 'event' | 'origin' | 'atMs'> | undefined;
};

/** `changed`: somebody else was there first, and the change has to be made up again. */
export function* setObjectAttributes(input: SetAttributesInput): Transaction<'stored' | 'changed'> {
  const { bucket, key, versionId } = input;
  const row =
    versionId === null ? yield* findObject({ bucket, key }) : yield* findVersion({ bucket, key, versionId });
  if (typeof row === 'string' || 'marker' in row) return 'changed';
  if (row.version !== input.version || row.attributes !== input.known) return 'changed';
  const attributes = yield* attributesToKeep(input);
  yield* setAttributes(row, attributes);
  // As Amazon, a list that stays as it was is no event.
  const told = input.attributes !== input.known || input.happened?.event !== 'ObjectAcl:Put';
  if (input.happened !== undefined && told) {
    const found = yield* findBucket(input);
    if (found !== undefined && found.notifies !== null) yield* addObjectEvent(found, row, input.happened);
  }
  return 'stored';
}

/** What was replicated is replicated again. */
function* attributesToKeep(input: SetAttributesInput): Transaction<string> {
  const { attributes, known, nowMs } = input;
  if (attributes === known || replicationOf(attributes) === undefined) return attributes;
  const bucket = yield* findBucket(input);
  if (bucket === undefined || bucket.replicates === null) return attributes;
  return yield* replicatedAgain(bucket, input, { nowMs });
}
