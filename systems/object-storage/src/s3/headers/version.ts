// Version ids, while buckets have no versions: what is there is the version `null`.

import { ObjectStorageError } from '../../errors.ts';

/** Throws NoSuchVersion for any id but that of the current object. */
export function requireCurrentVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === 'null') return;
  throw new ObjectStorageError('NoSuchVersion', { fields: { VersionId: versionId } });
}
