// Changes what is kept beside the bytes of a version, next to everything else that changes it at the same time.

import { ObjectStorageError } from '../errors.ts';
import { findObject } from './find-object.ts';
import { attributesText, infoOf } from './object-rows.ts';
import type { ChangeAttributesRequest } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

const attemptsMax = 16;

export async function changeAttributes(
  parts: CoreParts,
  { bucket, key, versionId, change }: ChangeAttributesRequest,
): Promise<void> {
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await findObject(parts, { bucket, key, versionId });
    const { version, attributes: known } = row;
    const info = infoOf(bucket, row);
    const attributes = attributesText({ ...info, ...change(info) });
    const write = { bucket, key, versionId: versionId ?? null, version, known, attributes };
    if ((await parts.metadata.write('setObjectAttributes', write)) === 'stored') return;
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}
