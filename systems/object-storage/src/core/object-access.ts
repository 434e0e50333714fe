// Changes who owns a version of an object and who may reach it, beside everything else that changes it at the same time.

import { ObjectStorageError } from '../errors.ts';
import { findObject } from './find-object.ts';
import { attributesFrom, attributesText, infoOf } from './object-rows.ts';
import type { SetObjectAccessRequest } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

const attemptsMax = 16;

export async function setObjectAccess(
  parts: CoreParts,
  { bucket, key, versionId, change }: SetObjectAccessRequest,
): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await findObject(parts, { bucket, key, versionId });
    const { version, attributes: known } = row;
    const access = change(infoOf(bucket, row));
    const attributes = attributesText({ ...attributesFrom(known), access });
    const write = { bucket, key, versionId: versionId ?? null, version, known, attributes };
    if ((await parts.metadata.write('setObjectAttributes', write)) === 'stored') return;
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}
