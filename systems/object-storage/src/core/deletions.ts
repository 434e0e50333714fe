// Deleting objects and versions.

import { ObjectStorageError, type ObjectStorageErrorCode } from '../errors.ts';
import { deleteKeysMax, keyBytesMax } from '../limits.ts';
import { isVersionId } from '../metadata/version-order.ts';
import { type Caused, originOf } from './events/caused.ts';
import { checkVersionId, invalidVersionId } from './find-object.ts';
import { checkKey } from './names.ts';
import { lockedMessage } from './object-lock.ts';
import type {
  Deleted,
  DeleteObjectsRequest,
  DeleteResult,
  DeleteTerms,
  VersionName,
} from './object-storage.ts';
import type { CoreParts } from './parts.ts';
import { occasion } from './parts.ts';

export async function deleteObject(
  parts: CoreParts,
  { bucket, key, versionId, origin, ...terms }: VersionName & DeleteTerms & Caused,
): Promise<Deleted> {
  checkKey(key);
  if (versionId !== undefined) checkVersionId(versionId);
  const wanted = { key, versionId, ...terms };
  const [deleted] = await deleteObjects(parts, { bucket, objects: [wanted], origin });
  if (deleted!.error === undefined) return deleted as Deleted;
  // A bucket that was never versioned has no other version than `null`.
  if (deleted!.error === 'NoSuchVersion') throw invalidVersionId(versionId ?? '');
  throw deletionError(deleted!.error, { bucket, key });
}

function deletionError(code: ObjectStorageErrorCode, name: { bucket: string; key: string }) {
  const message = code === 'AccessDenied' ? { message: lockedMessage } : {};
  return new ObjectStorageError(code, { ...name, ...message });
}

/** Names that nothing can have are answered each for itself; the others are deleted in one transaction. */
export async function deleteObjects(
  parts: CoreParts,
  { bucket, objects, origin: asked }: DeleteObjectsRequest,
): Promise<readonly DeleteResult[]> {
  if (objects.length > deleteKeysMax) throw new ObjectStorageError('MalformedXML', { bucket });
  for (const { key } of objects) if (key === '') checkKey(key);
  const errors = objects.map(nameError);
  const named = objects.filter((_, index) => errors[index] === undefined);
  const origin = originOf(parts, { bucket, origin: asked });
  const deletions = await parts.metadata.write('deleteObjects', {
    bucket,
    objects: named.map(({ key, versionId, condition, bypassGovernance = false, replica }) => ({
      ...{ key, versionId, condition, bypassGovernance, replica },
    })),
    origin,
    ...occasion(parts),
  });
  if (deletions === 'NoSuchBucket') throw new ObjectStorageError(deletions, { bucket });
  parts.wakeGarbageWorker();
  if (origin !== undefined) parts.wakeEventWorker();
  let next = 0;
  return errors.map((error): DeleteResult => {
    if (error !== undefined) return { error };
    const deletion = deletions[next++]!;
    return typeof deletion === 'string' ? { error: deletion } : deletion;
  });
}

function nameError({
  key,
  versionId,
}: DeleteObjectsRequest['objects'][number]): 'KeyTooLongError' | 'NoSuchVersion' | undefined {
  if (Buffer.byteLength(key) > keyBytesMax) return 'KeyTooLongError';
  return versionId === undefined || isVersionId(versionId) ? undefined : 'NoSuchVersion';
}
