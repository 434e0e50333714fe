// Restoring archived objects: asking for a copy that can be read for some days, and reading it.

import { ObjectStorageError } from '../../errors.ts';
import { storageClassFrom } from '../../metadata/checksum-text.ts';
import type { ObjectRow } from '../../metadata/objects.ts';
import type { RestoredRow } from '../../metadata/transition/restored-rows.ts';
import { isMoved, movedFrom } from '../../transition/moved-data.ts';
import { originOf } from '../events/caused.ts';
import { findObject } from '../find-object.ts';
import type { ObjectInfo, RestoreObjectRequest, RestoreState, StorageClass } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';

const attemptsMax = 16;

export async function restoreObject(
  parts: CoreParts,
  request: RestoreObjectRequest,
): Promise<'accepted' | 'extended'> {
  const { bucket, key, days } = request;
  const { metadata, places, world, dayMs } = parts;
  const origin = originOf(parts, request);
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await findObject(parts, request);
    const storageClass = storageClassFrom(row.checksum);
    if (storageClass === undefined || !places.isArchive(storageClass)) throw notArchived(storageClass);
    const result = await metadata.write('requestRestore', {
      ...{ bucket: row.bucket, key, version: row.version, source: row.data, days, dayMs, origin },
      storageClass: isMoved(row.data) ? movedFrom(row.data).place : storageClass,
      nowMs: Math.floor(world.clock.nowMs()),
    });
    if (result === 'changed') continue;
    if (result === 'RestoreAlreadyInProgress') throw new ObjectStorageError(result, { bucket, key });
    if (origin !== undefined) parts.wakeEventWorker();
    return result;
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}

type Archived = { readonly info: ObjectInfo; readonly row: ObjectRow };

/** The same description, with the copy that was asked for. */
export async function withRestore(parts: CoreParts, { info, row }: Archived): Promise<ObjectInfo> {
  const restore = stateOf(await parts.metadata.lookup('findRestored', { source: row.data }), parts);
  return restore === undefined ? info : { ...info, restore };
}

/** The copy's blob, undefined for bytes that have not left yet. Throws InvalidObjectState when there is no copy. */
export async function requireRestored(
  parts: CoreParts,
  { info, row }: Archived,
): Promise<{ described: ObjectInfo; restored: string | undefined }> {
  const found = await parts.metadata.lookup('findRestored', { source: row.data });
  const restore = stateOf(found, parts);
  if (restore?.ongoing !== false) throw notRestored(info);
  return { described: { ...info, restore }, restored: found?.blob ?? undefined };
}

/** One whose time is over counts for nothing, whether it is gone yet or not. */
function stateOf(
  row: RestoredRow | undefined,
  { world }: Pick<CoreParts, 'world'>,
): RestoreState | undefined {
  if (row === undefined) return undefined;
  if (row.ready === 0) return { ongoing: true };
  return row.due_ms > world.clock.nowMs() ? { ongoing: false, untilMs: row.due_ms } : undefined;
}

function notRestored({ bucket, key, storageClass }: ObjectInfo): ObjectStorageError {
  const fields = { StorageClass: storageClass ?? 'STANDARD' };
  return new ObjectStorageError('InvalidObjectState', { bucket, key, fields });
}

function notArchived(storageClass: StorageClass = 'STANDARD'): ObjectStorageError {
  return new ObjectStorageError('InvalidObjectState', {
    message: "Restore is not allowed for the object's current storage class",
    fields: { StorageClass: storageClass },
  });
}
