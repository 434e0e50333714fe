// The content of an object whose bytes lie at a place, or in a restored copy of what lies there: there its parts are one blob.

import type { BlobReader } from '../../data/data-store.ts';
import { BlobDamagedError } from '../../data/data-store.ts';
import type { ObjectRow } from '../../metadata/objects.ts';
import { positionOfPart } from '../../transition/moved-data.ts';
import { ContentGone } from '../content-gone.ts';
import { readEncrypted } from '../encryption/encrypted-content.ts';
import { explainError, explainingChunks } from '../explain-error.ts';
import type { Readable } from '../object-content.ts';
import type { ByteRange } from '../object-storage.ts';
import { PartsContent, type Sources } from '../parts-content.ts';
import { storedSize } from './stored-bytes.ts';

export type MovedOpening = {
  readonly range: ByteRange;
  readonly objectKey: Uint8Array | undefined;
  /** The blob of the copy that is to be read. */
  readonly restored: string | undefined;
  readonly release: () => void;
};

/** Throws ContentGone, ServiceUnavailable while the place is away. */
export async function openMovedContent(
  sources: Sources,
  object: ObjectRow,
  { range, objectKey, restored, release }: MovedOpening,
): Promise<Readable> {
  const reader = await openStored(sources, object, restored);
  const end = () => {
    reader.close();
    release();
  };
  if (objectKey !== undefined && object.part_count !== null) {
    return new PartsContent(sources, {
      ...{ upload: object.data, range, objectKey, release: end },
      open: async (part) => windowOf(reader, positionOfPart(part.blob)),
    });
  }
  const chunks =
    objectKey === undefined
      ? () => reader.read(range, { explain: explainError, onEnd: end, gathers: true })
      : () =>
          explainingChunks(
            readEncrypted(reader, { key: objectKey, range, plainBytes: object.size }, { onEnd: end }),
          );
  return { sizeBytes: range.length, whole: undefined, chunks, close: end };
}

async function openStored(
  sources: Sources,
  object: ObjectRow,
  restored: string | undefined,
): Promise<BlobReader> {
  const sizeBytes = await storedSize(sources, object);
  if (restored === undefined) return sources.places.open({ data: object.data, sizeBytes });
  const reader = await sources.data.open(restored);
  if (reader === undefined) throw new ContentGone();
  if (reader.sizeBytes === sizeBytes) return reader;
  reader.close();
  throw new BlobDamagedError(restored, { detail: `it has ${reader.sizeBytes} bytes, not ${sizeBytes}` });
}

/** The bytes from a position on, as a blob of their own; it is closed with the whole. */
function windowOf(whole: BlobReader, position: number): BlobReader {
  return {
    sizeBytes: whole.sizeBytes - position,
    read: ({ start, length }, hooks) => whole.read({ start: position + start, length }, hooks),
    close() {},
  };
}
