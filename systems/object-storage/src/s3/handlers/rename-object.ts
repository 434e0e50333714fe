// RenameObject, on every bucket: atomic, without moving a byte. Needs the right to put the one name, and to get and delete
// the other. A client token is taken and not remembered: a retry of what succeeded finds no source.

import { ObjectStorageError } from '../../errors.ts';
import { requireCopyConditions } from '../headers/read-conditions.ts';
import { parseRenameSource, renameSourceConditions, renameTargetTimes } from '../headers/rename-source.ts';
import { versionHeaders } from '../headers/version.ts';
import { writeCondition } from '../headers/write-condition.ts';
import type { Handler } from './handler.ts';

export const renameObject: Handler = async (request, { storage }) => {
  const { bucket, key, headers } = request;
  const source = parseRenameSource(headers);
  for (const action of ['s3:GetObject', 's3:DeleteObject']) {
    if (!(await request.allows(action, { bucket, key: source })))
      throw new ObjectStorageError('AccessDenied', { bucket, key: source });
  }
  const conditions = renameSourceConditions(headers);
  const rename = storage.renameObject({
    ...{ bucket, key, source },
    select: (info) => requireCopyConditions(conditions, info),
    condition: writeCondition(headers),
    origin: () => request.origin(),
    targetTimes: renameTargetTimes(headers),
  });
  return { status: 200, headers: versionHeaders(await rename) };
};
