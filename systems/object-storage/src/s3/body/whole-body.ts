// A small body as a whole: the XML of a request.

import type { ObjectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';

/** Throws MaxMessageLengthExceeded, as soon as it is clear, and whatever the body throws. */
export async function readWholeBody(
  { chunks, sizeBytes }: Pick<ObjectBody, 'chunks' | 'sizeBytes'>,
  { bytesMax }: { bytesMax: number },
): Promise<Buffer> {
  if ((sizeBytes ?? 0) > bytesMax) throw tooLong(bytesMax);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of chunks) {
    length += piece.length;
    if (length > bytesMax) throw tooLong(bytesMax);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

function tooLong(bytesMax: number): ObjectStorageError {
  return new ObjectStorageError('MaxMessageLengthExceeded', {
    fields: { MaxMessageLengthBytes: String(bytesMax) },
  });
}
