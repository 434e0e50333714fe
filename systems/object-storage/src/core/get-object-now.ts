// The read of an object of which everything is at hand: its row is remembered, its bytes are few and in one blob. It needs no
// promise, and most reads of small objects that are read again and again are like that. All others take the usual way.

import type { BufferPool } from '../data/reading/buffer-pool.ts';
import { isMoved } from '../transition/moved-data.ts';
import { contentOf, rangeOf } from './content.ts';
import { explainError } from './explain-error.ts';
import { LentContent, type Readable } from './object-content.ts';
import type { ByteRange, GetObjectRequest, ObjectAtHand } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

/**
 * `smallReads` is lent to contents until they are closed. Undefined when there is anything to wait for. Throws what the usual
 * way throws.
 */
export function getObjectNow(
  parts: CoreParts,
  request: GetObjectRequest,
  smallReads: BufferPool,
): ObjectAtHand | undefined {
  if (isParticular(request)) return undefined;
  const known = parts.knownObjects.now(request);
  if (known === undefined) return undefined;
  const { row, info } = known;
  if (row.part_count !== null || isMoved(row.data)) return undefined;
  // Of an archive somebody has to say whether it was restored.
  if (info.encryption !== undefined || parts.places.isArchive(info.storageClass)) return undefined;
  request.judge?.(info);
  const range = request.select?.(info) ?? { start: 0, length: row.size };
  const content = readNow(parts, { blob: row.data, range, smallReads });
  return content && { info, infoIsKept: known.isKept, content };
}

function isParticular({ versionId, partNumber, customerKey }: GetObjectRequest): boolean {
  return versionId !== undefined || partNumber !== undefined || customerKey !== undefined;
}

/** What memory keeps is given as it is; else the blob is read into memory that serves one read after the other. */
function readNow(
  { data }: CoreParts,
  { blob, range, smallReads }: { blob: string; range: ByteRange; smallReads: BufferPool },
): Readable | undefined {
  const into = smallReads.take();
  let bytes: Uint8Array | undefined;
  try {
    bytes = data.readNow(blob, into);
  } catch (error) {
    throw explainError(error);
  } finally {
    if (bytes?.buffer !== into.buffer) smallReads.give(into);
  }
  if (bytes === undefined) return undefined;
  if (bytes.buffer !== into.buffer) return contentOf(bytes, range);
  return new LentContent(rangeOf(bytes, range), () => smallReads.give(into));
}
