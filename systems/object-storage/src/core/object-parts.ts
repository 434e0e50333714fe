// The parts that an object was made from, by pages.

import { ObjectStorageError } from '../errors.ts';
import { listKeysMax } from '../limits.ts';
import { checksumFrom } from '../metadata/checksum-text.ts';
import type { FoundObject } from '../metadata/current-object.ts';
import { findObject } from './find-object.ts';
import { infoOf } from './object-rows.ts';
import type { ObjectInfo, ObjectPartsRequest, PartInfo } from './object-storage.ts';
import { stillNames } from './objects.ts';
import type { CoreParts } from './parts.ts';
import { partInfo } from './uploads.ts';

type ObjectParts = {
  readonly info: ObjectInfo;
  readonly page: { readonly parts: readonly PartInfo[]; readonly next: number | undefined } | undefined;
};

const attemptsMax = 4;

/** Looks again when the object was replaced while its parts were read: they may be gone by then. */
export async function objectParts(parts: CoreParts, request: ObjectPartsRequest): Promise<ObjectParts> {
  const { bucket, key } = request;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const row = await findObject(parts, request);
    const info = infoOf(bucket, row);
    if (row.part_count === null) return { info, page: undefined };
    const release = parts.holds.hold(row.data);
    try {
      // Held only from now on: the parts may be garbage already, unless the row is still there.
      if (await stillNames(parts, request, row)) return { info, page: await pageOf(parts, row, request) };
    } finally {
      release();
    }
  }
  throw new ObjectStorageError('SlowDown', { bucket, key });
}

async function pageOf(
  { metadata }: CoreParts,
  row: FoundObject,
  request: ObjectPartsRequest,
): Promise<ObjectParts['page']> {
  const { afterPart } = request;
  const limit = Math.min(request.limit, listKeysMax);
  const rows = await metadata.read('listObjectParts', { upload: row.data, afterPart, limit: limit + 1 });
  const algorithm = checksumFrom(row.checksum)?.algorithm;
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? (shown.at(-1)?.number ?? afterPart) : undefined;
  return { parts: shown.map((part) => partInfo(part, algorithm)), next };
}
