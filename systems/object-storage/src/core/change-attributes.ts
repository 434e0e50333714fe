// Changes what is kept beside the bytes of a version, next to everything else that changes it at the same time.

import { ObjectStorageError } from '../errors.ts';
import type { Happened } from '../metadata/events/add-event.ts';
import { originOf } from './events/caused.ts';
import { findObject } from './find-object.ts';
import { attributesText, infoOf } from './object-rows.ts';
import type { ChangeAttributesRequest, ObjectAttributes, ObjectInfo, VersionName } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

const attemptsMax = 16;

/** Everything but locks, which have rules of their own. */
export function changeAttributes(
  parts: CoreParts,
  { change, event, origin, ...name }: ChangeAttributesRequest,
): Promise<void> {
  const caused = event && { event, origin: originOf(parts, { bucket: name.bucket, origin }) };
  return changeStored(parts, name, change, caused);
}

/** `change` is called again when the version changed meanwhile. */
export async function changeStored(
  parts: CoreParts,
  { bucket, key, versionId }: VersionName,
  change: (info: ObjectInfo) => Partial<ObjectAttributes>,
  caused?: Pick<Happened, 'event' | 'origin'>,
): Promise<void> {
  const nowMs = Math.floor(parts.world.clock.nowMs());
  const happened = caused && { ...caused, atMs: nowMs };
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await findObject(parts, { bucket, key, versionId });
    const { version, attributes: known } = row;
    const info = infoOf(bucket, row);
    const attributes = attributesText({ ...info, ...change(info) });
    const wanted = { bucket, key, versionId: versionId ?? null };
    const write = { ...wanted, version, known, attributes, nowMs, happened };
    if ((await parts.metadata.write('setObjectAttributes', write)) !== 'stored') continue;
    if (caused?.origin !== undefined) parts.wakeEventWorker();
    return;
  }
  // Each time another change was there first, so somebody gets on.
  throw new ObjectStorageError('SlowDown', { bucket, key });
}
