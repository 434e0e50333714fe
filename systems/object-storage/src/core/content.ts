// The content of an object: one blob, the blobs of its parts one after the other, or what was moved, as one Readable.

import type { BlobReader, DataStore } from '../data/data-store.ts';
import type { PartRow } from '../metadata/completion.ts';
import type { ObjectRow } from '../metadata/objects.ts';
import { isMoved } from '../transition/moved-data.ts';
import { ContentGone } from './content-gone.ts';
import { openEncryptedContent } from './encryption/encrypted-content.ts';
import { explainError } from './explain-error.ts';
import { type Readable, wholeContent } from './object-content.ts';
import type { ByteRange } from './object-storage.ts';
import { PartsContent, type Sources } from './parts-content.ts';
import { openMovedContent } from './transition/moved-content.ts';

/** Throws ContentGone when the object's bytes were removed since its row was read. */
export async function openContent(
  sources: Sources,
  object: ObjectRow,
  {
    range,
    objectKey,
    restored,
    release,
  }: {
    range: ByteRange | undefined;
    objectKey: Uint8Array | undefined;
    /** The blob of a restored copy that is to be read in place of what was moved. */
    restored: string | undefined;
    release: () => void;
  },
): Promise<Readable> {
  const bytes = range ?? { start: 0, length: object.size };
  if (isMoved(object.data)) {
    return openMovedContent(sources, object, { range: bytes, objectKey, restored, release });
  }
  if (object.part_count !== null) {
    const open = (part: PartRow) => sources.data.open(part.blob);
    return new PartsContent(sources, { upload: object.data, range: bytes, objectKey, release, open });
  }
  if (objectKey === undefined) return openBlobContent(sources.data, { blob: object.data, range: bytes });
  const opening = { key: objectKey, range: bytes, plainBytes: object.size };
  return openEncryptedContent(sources.data, object.data, opening);
}

async function openBlobContent(
  data: DataStore,
  options: { blob: string; range: ByteRange },
): Promise<Readable> {
  const known = data.readNow(options.blob);
  if (known !== undefined) return contentOf(known, options.range);
  const reader = await data.open(options.blob);
  if (reader === undefined) throw new ContentGone();
  try {
    // Its place is known now, and may be at hand.
    const all = data.readNow(options.blob);
    if (all === undefined) return blobContent(reader, options.range);
    reader.close();
    return contentOf(all, options.range);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** A range of a blob that is there. */
export function contentOf(blob: Uint8Array, range: ByteRange): Readable {
  return wholeContent(rangeOf(blob, range));
}

export function rangeOf(blob: Uint8Array, { start, length }: ByteRange): Uint8Array {
  return length === blob.byteLength ? blob : blob.subarray(start, start + length);
}

function blobContent(reader: BlobReader, range: ByteRange): Readable {
  return {
    sizeBytes: range.length,
    whole: undefined,
    chunks: () => reader.read(range, { explain: explainError, onEnd: () => reader.close(), gathers: true }),
    close: () => reader.close(),
  };
}
