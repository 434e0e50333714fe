// Finding the row of an object: the current one of its key, or a version by its id.

import { ObjectStorageError } from '../errors.ts';
import type { FoundObject } from '../metadata/current-object.ts';
import { isVersionId } from '../metadata/version-order.ts';
import { checkKey } from './names.ts';
import type { VersionName } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

/** Throws NoSuchBucket, NoSuchKey, NoSuchVersion, MethodNotAllowed for a delete marker, InvalidArgument. */
export async function findObject(parts: CoreParts, name: VersionName): Promise<FoundObject> {
  const { bucket, key, versionId } = name;
  checkKey(key);
  if (versionId !== undefined) return findVersion(parts, { bucket, key, versionId });
  const found = parts.knownObjects.now(name)?.row ?? (await parts.knownObjects.find(name));
  if (typeof found !== 'string') return found;
  if (found === 'NoSuchBucket') throw new ObjectStorageError(found, { bucket, key });
  const hidden = await parts.metadata.lookup('findDeleteMarker', { bucket, key });
  throw new ObjectStorageError('NoSuchKey', { bucket, key, ...(hidden && { deleteMarker: hidden.marker }) });
}

async function findVersion(
  { metadata }: CoreParts,
  name: Required<VersionName> & { readonly versionId: string },
): Promise<FoundObject> {
  const { bucket, key, versionId } = name;
  checkVersionId(versionId);
  const found = await metadata.lookup('findVersion', { bucket, key, versionId });
  if (found === 'NoSuchBucket') throw new ObjectStorageError(found, { bucket, key });
  if (found === 'NoSuchVersion')
    throw new ObjectStorageError(found, { bucket, key, fields: { VersionId: versionId } });
  if (!('marker' in found)) return found;
  throw new ObjectStorageError('MethodNotAllowed', {
    fields: { ResourceType: 'DeleteMarker' },
    deleteMarker: found.marker,
  });
}

/** Throws InvalidArgument for what is no version's id. */
export function checkVersionId(versionId: string): void {
  if (isVersionId(versionId)) return;
  throw invalidVersionId(versionId);
}

export function invalidVersionId(versionId: string): ObjectStorageError {
  const message = versionId === '' ? 'Version id cannot be the empty string' : 'Invalid version id specified';
  return new ObjectStorageError('InvalidArgument', {
    message,
    fields: { ArgumentName: 'versionId', ArgumentValue: versionId },
  });
}
