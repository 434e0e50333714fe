// RenameObject, on every bucket: atomic, without moving a byte. Needs the right to put the one name, and to get and delete
// the other; where there are versions to delete one of it: it goes from the history of its key, and when versioning is
// suspended the next put would remove it. A client token makes a retry of what succeeded succeed.

import { ObjectStorageError } from '../../errors.ts';
import type { Ground, Judge } from '../access/request-access.ts';
import { requireCopyConditions } from '../headers/read-conditions.ts';
import { renameClientToken } from '../headers/rename-client-token.ts';
import { parseRenameSource, renameSourceConditions, renameTargetTimes } from '../headers/rename-source.ts';
import { versionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import type { Handler, S3Context, S3Request } from './handler.ts';
import { hidingAbsence } from './hidden-absence.ts';

export const renameObject: Handler = async (request, { storage }) => {
  const { bucket, key, headers } = request;
  const source = parseRenameSource(headers);
  const judge = await requireMovable(request, { source, storage });
  const conditions = renameSourceConditions(headers);
  const rename = storage.renameObject({
    ...{ bucket, key, source },
    select(info) {
      judge?.(info);
      requireCopyConditions(conditions, info);
    },
    condition: writeCondition(headers),
    origin: () => request.origin(),
    targetTimes: renameTargetTimes(headers),
    clientToken: renameClientToken(headers, request.principal),
  });
  const renamed = await hidingAbsence(request, rename, { bucket, key: source });
  return { status: 200, headers: versionHeaders(renamed) };
};

/** What the source has to satisfy. Throws AccessDenied. */
async function requireMovable(
  { bucket, access }: S3Request,
  { source, storage }: { source: string; storage: S3Context['storage'] },
): Promise<Judge | undefined> {
  const { versioning } = await storage.bucketConfiguration({ bucket });
  const deleting = versioning === undefined ? [] : ['s3:DeleteObjectVersion'];
  const name = { bucket, key: source };
  const grounds: Ground[] = [];
  for (const action of ['s3:GetObject', 's3:DeleteObject', ...deleting]) {
    const ground = await access.groundOf(action, name);
    if (ground === undefined) throw new ObjectStorageError('AccessDenied', name);
    grounds.push(ground);
  }
  return access.judgeOf(grounds[0], { bucket, permission: 'READ' });
}
