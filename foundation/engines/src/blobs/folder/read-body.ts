// The bytes of an open file as a blob's body. A short one is read at once, so that it holds no file.

import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../blobs.ts';
import { BlobsError } from '../blobs-error.ts';
import { onFileSystem, toReadError } from './folder-error.ts';

type ReadOptions = {
  readonly range: ByteRange;
  readonly attempted: string;
  readonly signal?: AbortSignal | undefined;
  readonly into?: Uint8Array | undefined;
};

/** Takes over the file: it is closed when the body was read or left. */
export async function readBody(file: FileHandle, options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
  if (options.into !== undefined && options.into.length >= options.range.length)
    return readInto(file, options.into, options);
  if (options.range.length > readAtOnceBytesMax) return streamBody(file, options);
  const { range, attempted } = options;
  const bytes = Buffer.allocUnsafeSlow(range.length);
  await readExactly(file, bytes, { at: range.start, attempted });
  await onFileSystem(attempted, () => file.close());
  return once(bytes);
}

async function* streamBody(file: FileHandle, options: ReadOptions): AsyncGenerator<Uint8Array> {
  const { range, attempted, signal } = options;
  const stream = file.createReadStream({
    start: range.start,
    end: range.start + range.length - 1, // inclusive
    highWaterMark: pieceBytes,
  });
  const onAbort = () => stream.destroy(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  let remaining = range.length;
  try {
    signal?.throwIfAborted();
    for await (const piece of stream as AsyncIterable<Buffer>) {
      remaining -= piece.length;
      yield piece;
    }
    if (remaining > 0) throw cutOff(attempted);
  } catch (error) {
    throw toReadError(error, attempted);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    stream.destroy(); // closes the file
  }
}

/** No memory is made for what is read: with fresh buffers, collecting them costs more than reading. */
async function* readInto(
  file: FileHandle,
  into: Uint8Array,
  { range, attempted, signal }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  try {
    for (let filled = 0; filled < range.length; filled += intoPieceBytes) {
      signal?.throwIfAborted();
      const piece = into.subarray(filled, Math.min(filled + intoPieceBytes, range.length));
      await readExactly(file, piece, { at: range.start + filled, attempted });
      yield piece;
    }
  } finally {
    await file.close();
  }
}

async function readExactly(
  file: FileHandle,
  bytes: Uint8Array,
  { at, attempted }: { readonly at: number; readonly attempted: string },
): Promise<void> {
  for (let filled = 0; filled < bytes.length; ) {
    const { bytesRead } = await readSome(file, bytes.subarray(filled), { at: at + filled, attempted });
    if (bytesRead === 0) throw cutOff(attempted);
    filled += bytesRead;
  }
}

async function readSome(
  file: FileHandle,
  bytes: Uint8Array,
  { at, attempted }: { readonly at: number; readonly attempted: string },
): Promise<{ readonly bytesRead: number }> {
  try {
    return await file.read(bytes, 0, bytes.length, at);
  } catch (error) {
    throw toReadError(error, attempted);
  }
}

function cutOff(attempted: string): BlobsError {
  return new BlobsError('failed', { attempted, detail: 'the file is shorter than it was' });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

const readAtOnceBytesMax = 256 * 1024;
const pieceBytes = 256 * 1024;
/** An abort waits for so much at most. */
const intoPieceBytes = 4 * 1024 * 1024;
