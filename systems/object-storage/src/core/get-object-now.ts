// The read of an object of which everything is at hand: its row is remembered, its bytes are few and in one blob. It needs no
// promise, and most reads of small objects that are read again and again are like that. All others take the usual way.

import { isMoved } from '../transition/moved-data.ts';
import { contentOf } from './content.ts';
import { explainError } from './explain-error.ts';
import type { Readable } from './object-content.ts';
import type { GetObjectRequest, ObjectInfo } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

/** Undefined when there is anything to wait for. Throws what the usual way throws. */
export function getObjectNow(
  parts: CoreParts,
  request: GetObjectRequest,
): { info: ObjectInfo; content: Readable } | undefined {
  if (isParticular(request)) return undefined;
  const known = parts.knownObjects.now(request);
  if (known === undefined) return undefined;
  const { row, info } = known;
  if (row.part_count !== null || isMoved(row.data)) return undefined;
  // Of an archive somebody has to say whether it was restored.
  if (info.encryption !== undefined || parts.places.isArchive(info.storageClass)) return undefined;
  request.judge?.(info);
  const range = request.select?.(info) ?? { start: 0, length: row.size };
  const blob = readNow(parts, row.data);
  return blob === undefined ? undefined : { info, content: contentOf(blob, range) };
}

function isParticular({ versionId, partNumber, customerKey }: GetObjectRequest): boolean {
  return versionId !== undefined || partNumber !== undefined || customerKey !== undefined;
}

function readNow({ data }: CoreParts, blob: string): Uint8Array | undefined {
  try {
    return data.readNow(blob);
  } catch (error) {
    throw explainError(error);
  }
}
