// A small body as a whole: the XML of a request.

import type { ObjectBody } from '../../core/object-body.ts';
import { ObjectStorageError } from '../../errors.ts';

/** Throws MaxMessageLengthExceeded, as soon as it is clear, and whatever the body throws. */
export async function readWholeBody(
  { chunks, sizeBytes }: Pick<ObjectBody, 'chunks' | 'sizeBytes'>,
  { bytesMax }: { bytesMax: number },
): Promise<Buffer> {
  if ((sizeBytes ?? 0) > bytesMax) throw tooLong(bytesMax);
  // Copied, because a client may send pieces of one byte, and each would be an object of hundreds.
  let bytes = Buffer.alloc(firstBytes);
  let length = 0;
  for await (const piece of chunks) {
    if (length + piece.length > bytesMax) throw tooLong(bytesMax);
    if (length + piece.length > bytes.length) {
      bytes = Buffer.concat([bytes], Math.max(2 * bytes.length, length + piece.length));
    }
    bytes.set(piece, length);
    length += piece.length;
  }
  return bytes.subarray(0, length);
}

const firstBytes = 4 * 1024;

function tooLong(bytesMax: number): ObjectStorageError {
  return new ObjectStorageError('MaxMessageLengthExceeded', {
    fields: { MaxMessageLengthBytes: String(bytesMax) },
  });
}
