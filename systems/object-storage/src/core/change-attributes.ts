// Changes what is kept beside the bytes of a version, next to everything else that changes it at the same time.

import { ObjectStorageError } from '../errors.ts';
import { findObject } from './find-object.ts';
import { attributesText, infoOf } from './object-rows.ts';
import type { ChangeAttributesRequest, ObjectAttributes, ObjectInfo, VersionName } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

const attemptsMax = 16;

/** Everything but locks, which have rules of their own. */
export function changeAttributes(
  parts: CoreParts,
  { change, ...name }: ChangeAttributesRequest,
): Promise<void> {
  return changeStored(parts, name, change);
}

/** `change` is called again when the version changed meanwhile. */
export async function changeStored(
  parts: CoreParts,
  { bucket, key, versionId }: VersionName,
  change: (info: ObjectInfo) => Partial<ObjectAttributes>,
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
