// An object's bytes, whole and in one piece, bounded before they are read.

import type { Blobs, ByteRange } from '@cairn/engines';
import { BackupError } from '../errors.ts';

export type ReadBlobOptions = {
  /** More than this is refused as `damaged`. */
  readonly bytesMax: number;
  readonly range?: ByteRange;
  readonly signal?: AbortSignal | undefined;
  /** Where the bytes go when they fit; memory of its own otherwise. */
  readonly into?: SharedArrayBuffer | undefined;
};

/** Undefined when there is no such object. */
export async function readBlob(
  blobs: Blobs,
  name: string,
  options: ReadBlobOptions,
): Promise<Uint8Array | undefined> {
  const { range, signal, into } = options;
  const content = await blobs.get(name, {
    ...(range === undefined ? {} : { range }),
    ...(signal === undefined ? {} : { signal }),
    ...(into === undefined ? {} : { into: new Uint8Array(into) }),
  });
  if (content === undefined) return undefined;
  const length = range?.length ?? content.info.sizeBytes;
  if (length > options.bytesMax) {
    for await (const _ of content.body) break; // gives the file or the connection back
    throw tooLong(name, length, options.bytesMax);
  }
  const bytes = roomFor(length, options.into);
  let filled = 0;
  for await (const piece of content.body) {
    if (filled + piece.length > length) throw tooLong(name, filled + piece.length, length);
    const isThere = piece.buffer === bytes.buffer && piece.byteOffset === filled;
    if (!isThere) bytes.set(piece, filled);
    filled += piece.length;
  }
  return bytes.subarray(0, filled);
}

function roomFor(length: number, into: SharedArrayBuffer | undefined): Uint8Array {
  if (into === undefined) return new Uint8Array(length);
  return new Uint8Array(into.byteLength >= length ? into : new SharedArrayBuffer(length), 0, length);
}

function tooLong(name: string, length: number, most: number): BackupError {
  return new BackupError('damaged', {
    attempted: `read ${name}`,
    detail: `${length} bytes, the most is ${most}`,
  });
}
