// Listing objects and versions.

import { ObjectStorageError } from '../errors.ts';
import { listKeysMax } from '../limits.ts';
import { checksumFrom, storageClassFrom } from '../metadata/checksum-text.ts';
import { parseListed } from '../metadata/listed-text.ts';
import { isVersionMarker } from '../metadata/version-order.ts';
import type {
  ListObjectsPage,
  ListObjectsRequest,
  ListVersionsPage,
  ListVersionsRequest,
} from './object-storage.ts';
import type { CoreParts } from './parts.ts';

export async function listObjects(
  { metadata }: CoreParts,
  request: ListObjectsRequest,
): Promise<ListObjectsPage> {
  const { bucket, prefix, delimiter, after } = request;
  const limit = Math.min(request.limit, listKeysMax);
  const page = await metadata.read('listObjects', { bucket, prefix, delimiter, after, limit });
  if (page === 'NoSuchBucket') throw new ObjectStorageError(page, { bucket });
  const { commonPrefixes, next } = page;
  return { objects: page.objects.map(parseListed), commonPrefixes, next };
}

export async function listVersions(
  { metadata }: CoreParts,
  request: ListVersionsRequest,
): Promise<ListVersionsPage> {
  const { bucket, prefix, delimiter, afterKey, afterVersion } = request;
  if (afterVersion !== '' && !isVersionMarker(afterVersion)) {
    throw new ObjectStorageError('InvalidArgument', {
      message: 'Invalid version id specified',
      fields: { ArgumentName: 'version-id-marker', ArgumentValue: afterVersion },
    });
  }
  const limit = Math.min(request.limit, listKeysMax);
  const input = { bucket, prefix, delimiter, afterKey, afterVersion, limit };
  const page = await metadata.read('listVersions', input);
  if (page === 'NoSuchBucket') throw new ObjectStorageError(page, { bucket });
  const { commonPrefixes, next } = page;
  const versions = page.versions.map((row) => {
    const { key, etag, versionId, latest, deleteMarker } = row;
    const [checksum, storageClass] = [checksumFrom(row.checksum), storageClassFrom(row.checksum)];
    const listed = { key, sizeBytes: row.size, etag, modifiedMs: row.modified_ms, checksum, storageClass };
    return { ...listed, versionId, latest, deleteMarker };
  });
  return { versions, commonPrefixes, next };
}
